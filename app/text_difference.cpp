#include "app/text_difference.hpp"

#include <algorithm>
#include <vector>

#include "core/utf8.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kMostLines = 4;  ///< of either side
constexpr std::size_t kLongestLine = 120;

/// The text's lines; behind a last one without a newline stands its absence.
std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        const std::size_t size = end == std::string_view::npos ? text.size() : end + 1;
        lines.push_back(text.substr(0, size));
        text.remove_prefix(size);
    }
    return lines;
}

std::string shown(std::string_view line) {
    const bool ended = line.ends_with('\n');
    if (ended) line.remove_suffix(1);
    return shortened(printable(line), kLongestLine) + (ended ? "" : " (without a newline)");
}

std::string side(char sign, const std::vector<std::string_view>& lines, std::size_t first,
                 std::size_t end) {
    std::string text;
    for (std::size_t i = first; i < std::min(end, first + kMostLines); ++i) {
        text += std::string{"\n  "} + sign + " " + std::to_string(i + 1) + ": " + shown(lines[i]);
    }
    if (end > first + kMostLines) {
        text += std::string{"\n  "} + sign + " and " + std::to_string(end - first - kMostLines) +
                " more lines";
    }
    return text;
}

}  // namespace

std::string text_difference(std::string_view before, std::string_view after) {
    if (before == after) return "";
    const std::vector<std::string_view> old_lines = lines_of(before);
    const std::vector<std::string_view> new_lines = lines_of(after);
    const std::size_t shorter = std::min(old_lines.size(), new_lines.size());
    std::size_t first = 0;
    while (first < shorter && old_lines[first] == new_lines[first]) ++first;
    std::size_t old_end = old_lines.size();
    std::size_t new_end = new_lines.size();
    while (old_end > first && new_end > first && old_lines[old_end - 1] == new_lines[new_end - 1]) {
        --old_end;
        --new_end;
    }
    return side('-', old_lines, first, old_end) + side('+', new_lines, first, new_end);
}

}  // namespace rackproof
