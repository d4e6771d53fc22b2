#include "hwcheck/tree.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <system_error>

#include "core/descriptor.hpp"
#include "core/error.hpp"
#include "hwcheck/sysfs.hpp"

namespace rackproof {
namespace {

constexpr std::int64_t kMostCpus = 65'536;
constexpr std::size_t kFirstBytes = 4096;

std::string why_not(int error_number) {
    if (error_number == ENOENT || error_number == ENOTDIR) return kNoSuchFile;
    if (error_number == EACCES || error_number == EPERM) return kNeedsRoot;
    return errno_text(error_number);
}

}  // namespace

Tree::Tree(std::filesystem::path root, std::size_t most_names)
    : root_{std::move(root)}, most_names_{most_names} {
    std::error_code error;
    const std::filesystem::path whole = std::filesystem::canonical(root_, error);
    if (error || !std::filesystem::is_directory(whole, error)) {
        throw InputError{{root_.string(), {}, {}},
                         "is no folder; expected one that holds a copy "
                         "of a machine's /proc and /sys"};
    }
    root_ = whole;
    living_ = root_ == "/";
}

/// In a copy, the path after all links; empty if they lead out of it.
std::filesystem::path Tree::place(std::string_view path) const {
    std::filesystem::path direct = root_ / path.substr(path.find_first_not_of('/'));
    if (living_) return direct;
    std::error_code error;
    std::filesystem::path whole = std::filesystem::canonical(direct, error);
    if (error) return direct;
    const auto parted = std::ranges::mismatch(root_, whole);
    return parted.in1 == root_.end() ? whole : std::filesystem::path{};
}

FileText Tree::read_bytes(std::string_view path, std::size_t most, Whole whole) const {
    const std::filesystem::path file = place(path);
    if (file.empty()) return {{}, "a link that leads out of the folder"};
    const Descriptor opened{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
    if (!opened) return {{}, why_not(errno)};
    struct stat status {};
    if (::fstat(opened.get(), &status) != 0) return {{}, why_not(errno)};
    if (!S_ISREG(status.st_mode)) return {{}, "no regular file"};
    std::string text;  // grows with what is there: `most` is megabytes, and most files a line
    while (text.size() <= most) {
        const std::size_t length = text.size();
        text.resize(std::min(most + 1, std::max(kFirstBytes, 2 * length)));
        const ssize_t got = ::read(opened.get(), text.data() + length, text.size() - length);
        const bool failed = got < 0;
        text.resize(length + (failed ? 0 : static_cast<std::size_t>(got)));
        if (failed && errno == EINTR) continue;
        if (failed) return {{}, why_not(errno)};
        if (got == 0) break;
    }
    if (text.size() > most && whole == Whole::Yes) {
        return {{}, "holds more than " + std::to_string(most) + " bytes"};
    }
    text.resize(std::min(text.size(), most));
    return {std::move(text), {}};
}

OpenedFile Tree::open_device(std::string_view path) const {
    const std::filesystem::path file = place(path);
    if (file.empty()) return {{}, "a link that leads out of the folder"};
    Descriptor opened{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
    if (!opened) return {{}, why_not(errno)};
    struct stat status {};
    if (::fstat(opened.get(), &status) != 0) return {{}, why_not(errno)};
    if (living_ && !S_ISCHR(status.st_mode)) return {{}, "no device"};
    if (!living_ && !S_ISREG(status.st_mode)) return {{}, "no regular file"};
    return {std::move(opened), {}};
}

FileText Tree::read(std::string_view path, std::size_t most_bytes) const {
    FileText read = read_bytes(path, most_bytes, Whole::Yes);
    if (read.text) read.text->erase(read.text->find_last_not_of(" \t\n") + 1);
    return read;
}

FileText Tree::read_head(std::string_view path, std::size_t most_bytes) const {
    return read_bytes(path, most_bytes, Whole::No);
}

std::optional<std::int64_t> Tree::number(std::string_view path) const {
    const FileText read_text = read(path);
    if (!read_text.text) return std::nullopt;
    std::int64_t number = 0;
    const char* const end = read_text.text->data() + read_text.text->size();
    const auto [stopped, error] = std::from_chars(read_text.text->data(), end, number);
    if (error != std::errc{} || stopped != end) return std::nullopt;
    return number;
}

std::vector<std::string> Tree::names(std::string_view folder) const {
    std::vector<std::string> names;
    const std::filesystem::path where = place(folder);
    if (where.empty()) return names;
    for (const std::filesystem::path& entry : entries(where)) {
        if (names.size() == most_names_) break;
        names.push_back(entry.filename().string());
    }
    return names;
}

bool Tree::exists(std::string_view path) const {
    std::error_code error;
    const std::filesystem::path where = place(path);
    return !where.empty() && std::filesystem::exists(where, error);
}

std::string Tree::link_name(std::string_view path) const {
    return std::filesystem::path{link_path(path)}.filename().string();
}

std::string Tree::link_path(std::string_view path) const {
    std::error_code error;
    const std::filesystem::path link = root_ / path.substr(path.find_first_not_of('/'));
    const std::filesystem::path target = std::filesystem::read_symlink(link, error);
    if (error) return {};
    const std::filesystem::path machine{path};
    return (machine.parent_path() / target).lexically_normal().string();
}

std::vector<std::int64_t> numbers_of_list(std::string_view list) {
    std::vector<std::int64_t> numbers;
    const auto number = [](std::string_view text) -> std::optional<std::int64_t> {
        std::int64_t value = 0;
        const char* const end = text.data() + text.size();
        const auto [stopped, error] = std::from_chars(text.data(), end, value);
        if (error != std::errc{} || stopped != end || value < 0) return std::nullopt;
        return value;
    };
    while (!list.empty()) {
        const std::string_view part = list.substr(0, list.find(','));
        list.remove_prefix(std::min(list.size(), part.size() + 1));
        const std::size_t dash = part.find('-');
        const auto first = number(part.substr(0, dash));
        const auto last = dash == std::string_view::npos ? first : number(part.substr(dash + 1));
        if (!first || !last || *last < *first || *last >= kMostCpus) return {};
        for (std::int64_t i = *first; i <= *last; ++i) numbers.push_back(i);
    }
    return numbers;
}

std::optional<std::int64_t> count_of_list(std::string_view list) {
    const std::vector<std::int64_t> numbers = numbers_of_list(list);
    if (numbers.empty()) return std::nullopt;
    return static_cast<std::int64_t>(numbers.size());
}

}  // namespace rackproof
