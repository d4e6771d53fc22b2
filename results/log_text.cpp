#include "results/log_text.hpp"

#include <charconv>
#include <cmath>
#include <fstream>
#include <utility>

#include "core/error.hpp"
#include "core/number_text.hpp"
#include "core/utf8.hpp"

namespace rackproof::logs {
namespace {

constexpr std::uintmax_t kMostBytes = std::uintmax_t{256} << 20U;

bool is_space(char c) { return c == ' ' || c == '\t'; }

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

LogText::LogText(std::string name, std::string text, BadRows bad_lines)
    : name_{std::move(name)}, text_{std::move(text)}, bad_lines_{bad_lines} {}

LogText LogText::read(const std::filesystem::path& path, BadRows bad_lines) {
    const InputPlace place{path.string(), {}, {}};
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error)) {
        throw InputError{place, "is no file that can be read; expected a log"};
    }
    if (std::filesystem::file_size(path, error) > kMostBytes || error) {
        throw InputError{place, "is larger than 256 MiB; expected the log of one run of a tool"};
    }
    std::ifstream file{path, std::ios::binary};
    if (!file) throw InputError{place, "cannot be opened"};
    std::string text{std::istreambuf_iterator<char>{file}, {}};
    if (file.bad()) throw Error{"read " + path.string(), "the reading stopped before the end"};
    return {path.string(), std::move(text), bad_lines};
}

bool LogText::next(std::string_view& line) {
    if (at_ >= text_.size()) return false;
    const std::size_t end = std::min(text_.find('\n', at_), text_.size());
    line = std::string_view{text_}.substr(at_, end - at_);
    at_ = end + 1;
    ++line_;
    while (!line.empty() && (is_space(line.back()) || line.back() == '\r')) line.remove_suffix(1);
    return true;
}

void LogText::refuse(int line, const std::string& problem) {
    if (bad_lines_ == BadRows::Refuse) refuse_all(line, problem);
    skipped_.emplace_back(InputError{{name_, line, {}}, problem}.what());
}

void LogText::refuse_all(int line, const std::string& problem) const {
    throw InputError{{name_, line, {}}, problem};
}

std::vector<std::string_view> words(std::string_view line) {
    std::vector<std::string_view> found;
    std::size_t at = 0;
    while (at < line.size()) {
        while (at < line.size() && is_space(line[at])) ++at;
        const std::size_t begin = at;
        while (at < line.size() && !is_space(line[at])) ++at;
        if (at > begin) found.push_back(line.substr(begin, at - begin));
    }
    return found;
}

std::optional<double> decimal(std::string_view text, int shift) {
    constexpr std::size_t kLongest = 64;
    constexpr int kMostExponent = 400;
    const std::size_t e = text.find_first_of("eE");
    const std::string_view mantissa = text.substr(0, e);
    int exponent = 0;
    if (e != std::string_view::npos) {
        std::string_view digits = text.substr(e + 1);
        if (digits.starts_with('+')) digits.remove_prefix(1);
        const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
        if (parsed.ec != std::errc{} || parsed.ptr != digits.data() + digits.size()) return {};
    }
    const bool is_plain = !mantissa.empty() && is_digit(mantissa.back()) &&
                          mantissa.find_first_not_of("-.0123456789") == std::string_view::npos;
    if (!is_plain || mantissa.size() > kLongest || std::abs(exponent) > kMostExponent) return {};
    const std::string whole_text = std::string{mantissa} + "e" + std::to_string(exponent + shift);
    double number = 0;
    const char* end = whole_text.data() + whole_text.size();
    const auto parsed = std::from_chars(whole_text.data(), end, number);
    if (parsed.ec != std::errc{} || parsed.ptr != end || !std::isfinite(number)) return {};
    return number;
}

double shifted(double number, int shift) {
    return decimal(number_text(number), shift).value_or(number * std::pow(10.0, shift));
}

std::optional<std::int64_t> whole(std::string_view text, std::int64_t most) {
    std::int64_t number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) return std::nullopt;
    if (number < 0 || number > most) return std::nullopt;
    return number;
}

std::string in_quotes(std::string_view text) {
    constexpr std::size_t kMost = 80;
    return "'" + shortened(printable(text), kMost) + "'";
}

std::string one_line(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return "";
    std::string line{text.substr(first, text.find_last_not_of(" \t\r\n") + 1 - first)};
    for (char& c : line) {
        if (c == '\t' || c == '\r' || c == '\n') c = ' ';
    }
    return printable(line);
}

std::string name_part(std::string_view text) {
    std::string part;
    for (const char c : text) {
        const bool is_upper = c >= 'A' && c <= 'Z';
        const bool is_lower = c >= 'a' && c <= 'z';
        if (is_upper || is_lower || is_digit(c)) {
            part += is_upper ? static_cast<char>(c - 'A' + 'a') : c;
        } else if (!part.empty() && part.back() != '_') {
            part += '_';
        }
    }
    while (!part.empty() && part.back() == '_') part.pop_back();
    return part;
}

}  // namespace rackproof::logs
