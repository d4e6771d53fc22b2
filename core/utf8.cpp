#include "core/utf8.hpp"

#include <cstddef>
#include <cstdint>

namespace rackproof {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

struct Decoded {
    char32_t character = 0;
    std::size_t length = 0;  // 0: not well formed
};

std::uint8_t byte_at(std::string_view text, std::size_t index) {
    return static_cast<std::uint8_t>(text[index]);
}

/// The character that starts at `text[0]`; `text` is not empty.
Decoded decode(std::string_view text) {
    const std::uint8_t lead = byte_at(text, 0);
    if (lead < 0x80) return {lead, 1};
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {};
    char32_t character = lead & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        const std::uint8_t next = byte_at(text, i);
        if ((next & 0xC0U) != 0x80U) return {};
        character = (character << 6) | (next & 0x3FU);
    }
    const bool overlong =
        (length == 3 && character < 0x800) || (length == 4 && character < 0x10000);
    const bool surrogate = character >= 0xD800 && character <= 0xDFFF;
    if (overlong || surrogate || character > 0x10FFFF) return {};
    return {character, length};
}

template <class Unwanted>
std::string with_replacements(std::string_view text, Unwanted unwanted) {
    std::string result;
    result.reserve(text.size());
    while (!text.empty()) {
        const Decoded next = decode(text);
        const std::size_t taken = next.length == 0 ? 1 : next.length;
        if (next.length == 0 || unwanted(next.character)) {
            result += kReplacement;
        } else {
            result += text.substr(0, taken);
        }
        text.remove_prefix(taken);
    }
    return result;
}

}  // namespace

std::string valid_utf8(std::string_view text) {
    return with_replacements(text, [](char32_t) { return false; });
}

std::string printable(std::string_view text) {
    return with_replacements(text, [](char32_t c) { return c < 0x20 || (c >= 0x7F && c <= 0x9F); });
}

std::string shortened(std::string_view text, std::size_t most) {
    if (text.size() <= most) return std::string{text};
    constexpr std::string_view kCut = "...";
    std::size_t end = most > kCut.size() ? most - kCut.size() : 0;
    while (end > 0 && (byte_at(text, end) & 0xC0U) == 0x80U) --end;
    return std::string{text.substr(0, end)}.append(kCut);
}

}  // namespace rackproof
