#include "hwcheck/sysfs.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <system_error>
#include <tuple>

#include "core/descriptor.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kMostBytes = 64;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::optional<std::string> read_text(const std::filesystem::path& file) {
    const Descriptor opened{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (!opened) return std::nullopt;
    struct stat status {};
    if (::fstat(opened.get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
    std::array<char, kMostBytes + 1> buffer{};
    std::size_t length = 0;
    while (length < buffer.size()) {
        const ssize_t got = ::read(opened.get(), buffer.data() + length, buffer.size() - length);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return std::nullopt;
        if (got == 0) break;
        length += static_cast<std::size_t>(got);
    }
    if (length > kMostBytes) return std::nullopt;
    std::string text{buffer.data(), length};
    text.erase(text.find_last_not_of(" \t\n") + 1);
    return text;
}

std::optional<std::int64_t> read_whole_number(const std::filesystem::path& file) {
    const std::optional<std::string> text = read_text(file);
    if (!text) return std::nullopt;
    std::int64_t number = 0;
    const char* const end = text->data() + text->size();
    const auto [stopped, error] = std::from_chars(text->data(), end, number);
    if (error != std::errc{} || stopped != end) return std::nullopt;
    return number;
}

std::vector<std::filesystem::path> entries(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> found;
    std::error_code error;
    for (std::filesystem::directory_iterator entry{folder, error}, end; !error && entry != end;
         entry.increment(error)) {
        found.push_back(entry->path());
    }
    const auto natural = [](const std::filesystem::path& path) {
        std::string name = path.filename().string();
        const std::size_t digits = name.find_first_of("0123456789");
        const std::size_t stem = std::min(digits, name.size());
        return std::tuple{name.substr(0, stem), name.size(), name};
    };
    std::ranges::sort(found, {}, natural);
    return found;
}

std::optional<std::string> number_between(std::string_view name, std::string_view before,
                                          std::string_view after) {
    if (name.size() <= before.size() + after.size()) return std::nullopt;
    if (!name.starts_with(before) || !name.ends_with(after)) return std::nullopt;
    name.remove_prefix(before.size());
    name.remove_suffix(after.size());
    if (!std::ranges::all_of(name, is_digit)) return std::nullopt;
    return std::string{name};
}

}  // namespace rackproof
