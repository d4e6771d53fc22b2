#include "reports/csv_field.hpp"

#include <algorithm>

#include "core/utf8.hpp"

namespace rackproof {
namespace {

/// `text` with its control characters replaced, but for line ends and tabs.
std::string harmless(std::string_view text) {
    constexpr std::string_view kKept = "\r\n\t";
    std::string result;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of(kKept), text.size());
        result += printable(text.substr(0, end));
        if (end < text.size()) result += text[end];
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return result;
}

}  // namespace

std::string csv_field(std::string_view text) {
    std::string valid = harmless(text);
    const bool is_formula = !valid.empty() && valid != "-" &&
                            std::string_view{"=+-@\t\r"}.find(valid[0]) != std::string_view::npos;
    if (is_formula) valid.insert(0, 1, '\'');
    if (valid.find_first_of(",\"\r\n") == std::string::npos) return valid;
    std::string quoted = "\"";
    for (const char c : valid) {
        if (c == '"') quoted += '"';
        quoted += c;
    }
    return quoted + "\"";
}

}  // namespace rackproof
