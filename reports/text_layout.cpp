#include "reports/text_layout.hpp"

#include <algorithm>
#include <cstdint>

#include "core/utf8.hpp"

namespace rackproof {
namespace {

struct Character {
    std::size_t bytes = 0;
    std::size_t columns = 0;
};

struct Range {
    char32_t first;
    char32_t last;
};

constexpr Range kWide[] = {{0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0xA4CF},
                           {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},
                           {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},   {0x1F300, 0x1F64F},
                           {0x1F680, 0x1F6FF}, {0x1F900, 0x1FAFF}, {0x20000, 0x3FFFD}};
constexpr Range kCombining[] = {
    {0x0300, 0x036F}, {0x1AB0, 0x1AFF}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}};

template <std::size_t kCount>
bool within(const Range (&ranges)[kCount], char32_t character) {
    return std::ranges::any_of(ranges, [character](const Range& range) {
        return character >= range.first && character <= range.last;
    });
}

/// The character at the start of well-formed UTF-8; `text` is not empty.
Character first_character(std::string_view text) {
    const auto lead = static_cast<std::uint8_t>(text[0]);
    if (lead < 0x80) return {1, 1};
    const std::size_t wanted = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    const std::size_t bytes = std::min(wanted, text.size());
    char32_t character = lead & (0x7FU >> wanted);
    for (std::size_t i = 1; i < bytes; ++i) {
        character = (character << 6) | (static_cast<std::uint8_t>(text[i]) & 0x3FU);
    }
    const std::size_t columns = within(kWide, character)        ? 2
                                : within(kCombining, character) ? 0
                                                                : 1;
    return {bytes, columns};
}

/// The longest start of `text` that fits.
std::string_view head(std::string_view text, std::size_t columns) {
    std::size_t used = 0;
    std::size_t end = 0;
    while (end < text.size()) {
        const Character next = first_character(text.substr(end));
        if (used + next.columns > columns) break;
        used += next.columns;
        end += next.bytes;
    }
    return text.substr(0, end);
}

/// The longest end of `text` that fits.
std::string_view tail(std::string_view text, std::size_t columns) {
    std::size_t used = display_width(text);
    while (used > columns) {
        const Character next = first_character(text);
        used -= next.columns;
        text.remove_prefix(next.bytes);
    }
    return text;
}

/// Takes the next word off `text`, which has no space at its start.
std::string_view take_word(std::string_view& text) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(word.size());
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    return word;
}

}  // namespace

std::string clean(std::string_view text) {
    constexpr std::size_t kMostBytes = 4096;
    const std::string valid = shortened(printable(text.substr(0, 2 * kMostBytes)), kMostBytes);
    std::string result;
    for (std::size_t i = 0; i < valid.size(); ++i) {
        // U+202A-202E are E2 80 AA-AE, U+2066-2069 are E2 81 A6-A9.
        const std::string_view next = std::string_view{valid}.substr(i, 3);
        const bool embeds = next >= "\xE2\x80\xAA" && next <= "\xE2\x80\xAE";
        const bool isolates = next >= "\xE2\x81\xA6" && next <= "\xE2\x81\xA9";
        if (embeds || isolates) {
            result += "\xEF\xBF\xBD";
            i += 2;
        } else {
            result += valid[i];
        }
    }
    return result;
}

std::size_t display_width(std::string_view text) {
    std::size_t columns = 0;
    while (!text.empty()) {
        const Character next = first_character(text);
        columns += next.columns;
        text.remove_prefix(next.bytes);
    }
    return columns;
}

std::string fitted(std::string_view text, std::size_t columns) {
    constexpr std::string_view kCut = "...";
    std::string result{text};
    if (display_width(text) > columns) {
        const std::size_t kept = columns > kCut.size() ? columns - kCut.size() : 0;
        result = std::string{head(text, kept - kept / 2)}.append(kCut).append(tail(text, kept / 2));
        result = std::string{head(result, columns)};
    }
    return result.append(columns - display_width(result), ' ');
}

std::vector<std::string> wrapped(std::string_view text, std::size_t columns) {
    std::vector<std::string> lines{""};
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    while (!text.empty()) {
        std::string_view word = take_word(text);
        const std::size_t gap = lines.back().empty() ? 0 : 1;
        if (display_width(lines.back()) + gap + display_width(word) <= columns) {
            lines.back().append(gap, ' ').append(word);
            continue;
        }
        if (gap == 1) lines.emplace_back();
        while (display_width(word) > columns) {
            const std::string_view part = head(word, columns);
            lines.back() = part;
            lines.emplace_back();
            word.remove_prefix(part.size());
        }
        lines.back() = word;
    }
    return lines;
}

std::string paragraph(std::string_view prefix, std::size_t indent, std::string_view text,
                      std::size_t columns) {
    std::string result;
    for (const std::string& line : wrapped(text, columns - indent)) {
        result += result.empty() ? std::string{prefix} : std::string(indent, ' ');
        result += line + "\n";
    }
    return result;
}

std::string notes_section(std::string_view title, const std::vector<std::string>& notes,
                          std::size_t columns) {
    constexpr std::size_t kIndent = 4;
    if (notes.empty()) return "";
    std::string text = "\n" + std::string{title} + "\n";
    for (const std::string& note : notes) {
        text += paragraph("  ", kIndent, clean(note), columns);
    }
    return text;
}

}  // namespace rackproof
