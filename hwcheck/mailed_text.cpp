#include "hwcheck/mailed_text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <iterator>
#include <utility>

#include "core/error.hpp"
#include "core/number_text.hpp"
#include "core/utf8.hpp"

namespace rackproof {
namespace {

constexpr std::uintmax_t kMostMailedBytes = std::uintmax_t{256} << 20U;
constexpr std::size_t kMostLineBytes = std::size_t{64} << 10U;

bool is_white(char c) { return c == ' ' || c == '\t' || c == '\r'; }

}  // namespace

MailedText::MailedText(std::string name, std::string text)
    : name_{std::move(name)}, text_{std::move(text)} {}

MailedText MailedText::read(const std::filesystem::path& path, std::string_view expected) {
    const InputPlace place{path.string(), {}, {}};
    const std::string wanted = "; expected " + std::string{expected};
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) {
        throw InputError{place, "is no file that can be read" + wanted};
    }
    const std::uintmax_t size = std::filesystem::file_size(path, error);
    if (error || size > kMostMailedBytes) {
        throw InputError{place, "is larger than 256 MiB" + wanted};
    }
    if (size == 0) throw InputError{place, "is empty" + wanted};
    std::ifstream file{path, std::ios::binary};
    if (!file) throw InputError{place, "cannot be opened"};
    std::string text{std::istreambuf_iterator<char>{file}, {}};
    if (file.bad()) throw Error{"read " + path.string(), "the reading stopped before the end"};
    return {path.string(), std::move(text)};
}

bool MailedText::next(std::string_view& line) {
    if (at_ >= text_.size()) return false;
    const std::size_t end = std::min(text_.find('\n', at_), text_.size());
    line = std::string_view{text_}.substr(at_, end - at_);
    at_ = end + 1;
    ++line_;
    if (line.size() > kMostLineBytes) {
        refuse(line_, "is a line of " + std::to_string(line.size()) +
                          " bytes; expected text of at most 64 KiB a line");
    }
    while (!line.empty() && is_white(line.back())) line.remove_suffix(1);
    return true;
}

void MailedText::rewind() {
    at_ = 0;
    line_ = 0;
}

int MailedText::line_at(std::size_t offset) const {
    const auto end = text_.begin() + static_cast<std::ptrdiff_t>(std::min(offset, text_.size()));
    return 1 + static_cast<int>(std::count(text_.begin(), end, '\n'));
}

void MailedText::refuse(int line, std::string_view problem) const {
    throw InputError{{name_, line, {}}, problem};
}

std::string MailedText::place(int line) const {
    return printable(name_) + ":" + std::to_string(line);
}

namespace mailed {
namespace {

constexpr int kHex = 16;

/// Hexadecimal digits of a fixed number, in small letters; empty if it is not that.
std::string hex_digits(std::string_view text, std::size_t digits) {
    if (text.size() != digits || !whole(text, kHex)) return "";
    return lower(text);
}

struct PciParts {
    std::string slot;
    std::string function;
};

std::optional<PciParts> pci_parts(std::string_view text) {
    constexpr std::size_t kDomain = 4;
    constexpr std::size_t kLongDomain = 8;
    PciParts parts;
    if (const std::size_t dot = text.find('.'); dot != std::string_view::npos) {
        parts.function = hex_digits(text.substr(dot + 1), 1);
        if (parts.function.empty()) return {};
        text = text.substr(0, dot);
    }
    std::string domain = "0000";
    if (std::count(text.begin(), text.end(), ':') == 2) {
        std::string_view said = take_until(text, ':');
        if (said.size() == kLongDomain && said.starts_with("0000")) said.remove_prefix(kDomain);
        domain = hex_digits(said, said.size() == kLongDomain ? kLongDomain : kDomain);
    }
    const std::string bus = hex_digits(take_until(text, ':'), 2);
    const std::string device = hex_digits(text, 2);
    if (domain.empty() || bus.empty() || device.empty()) return {};
    parts.slot = domain + ":" + bus + ":" + device;
    return parts;
}

}  // namespace

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_white(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_white(text.back())) text.remove_suffix(1);
    return text;
}

std::string_view take_until(std::string_view& text, char end) {
    const std::size_t at = text.find(end);
    const std::string_view taken = text.substr(0, at);
    text = at == std::string_view::npos ? std::string_view{} : text.substr(at + 1);
    return taken;
}

std::string quoted(std::string_view text) {
    constexpr std::size_t kMost = 80;
    return "'" + shortened(printable(text), kMost) + "'";
}

std::string lower(std::string_view text) {
    std::string small{text};
    for (char& c : small) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return small;
}

std::optional<std::uint64_t> whole(std::string_view text, int base) {
    std::uint64_t number = 0;
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number, base);
    if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
    return number;
}

std::optional<double> decimal(std::string_view text) {
    double number = 0;
    const char* end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number, std::chars_format::fixed);
    // "inf" and "nan" are numbers to from_chars.
    if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
    if (text.find_first_not_of("-.0123456789") != std::string_view::npos) return std::nullopt;
    return number;
}

std::string plain(double number) {
    constexpr double kExact = 1e15;
    const double whole_part = std::trunc(number);
    const bool is_whole = whole_part == number && std::abs(number) < kExact;
    return is_whole ? std::to_string(static_cast<std::int64_t>(number)) : number_text(number);
}

std::optional<std::string> pci_slot(std::string_view text) {
    const std::optional<PciParts> parts = pci_parts(text);
    return parts ? std::optional{parts->slot} : std::nullopt;
}

std::optional<std::string> pci_function(std::string_view text) {
    const std::optional<PciParts> parts = pci_parts(text);
    if (!parts || parts->function.empty()) return std::nullopt;
    return parts->slot + "." + parts->function;
}

}  // namespace mailed
}  // namespace rackproof
