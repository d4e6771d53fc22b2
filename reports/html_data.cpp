#include "reports/html_data.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <utility>

#include "reports/text_layout.hpp"

namespace rackproof {
namespace {

static_assert(std::endian::native == std::endian::little, "packed columns are little-endian");

constexpr std::int32_t kMiddleCode = 32'768;
constexpr double kCodesEachWay = 32'767;
/// asinh(1e9): who is a thousand million steps away is not placed any further out.
constexpr double kFurthest = 21.416413017506358;

template <class Number>
std::string raw_bytes(std::span<const Number> numbers) {
    std::string bytes(numbers.size_bytes(), '\0');
    if (!numbers.empty()) std::memcpy(bytes.data(), numbers.data(), bytes.size());
    return bytes;
}

template <class Narrow>
std::string narrowed(std::span<const std::int32_t> numbers) {
    std::vector<Narrow> narrow;
    narrow.reserve(numbers.size());
    for (const std::int32_t number : numbers) narrow.push_back(static_cast<Narrow>(number));
    return raw_bytes(std::span<const Narrow>{narrow});
}

Json column(const char* type, const std::string& bytes) {
    return {{"type", type}, {"data", base64(bytes)}};
}

}  // namespace

std::string base64(std::string_view bytes) {
    constexpr const char* kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    constexpr unsigned kSix = 63;
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t held = std::min<std::size_t>(bytes.size() - i, 3);
        unsigned three = 0;
        for (std::size_t k = 0; k < 3; ++k) {
            three = three << 8U | (k < held ? static_cast<unsigned char>(bytes[i + k]) : 0U);
        }
        for (std::size_t k = 0; k < 4; ++k) {
            text += k <= held ? kDigits[three >> (18 - 6 * k) & kSix] : '=';
        }
    }
    return text;
}

Json cleaned(Json json) {
    if (json.is_string()) return clean(json.get_ref<const std::string&>());
    for (Json& inner : json) {
        if (inner.is_string() || inner.is_structured()) inner = cleaned(std::move(inner));
    }
    return json;
}

std::string clean_lines(std::string_view text) {
    std::string lines;
    std::string part;
    const auto end_part = [&] {
        lines += clean(part);
        part.clear();
    };
    for (const char c : text) {
        if (c != '\n' && c != '\t') {
            part += c;
            continue;
        }
        end_part();
        lines += c;
    }
    end_part();
    return lines;
}

std::string script_text(const Json& json) {
    const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
    std::string safe;
    safe.reserve(text.size() + text.size() / 64);
    for (std::size_t i = 0; i < text.size(); ++i) {
        // Outside of texts JSON has none of these, and inside they may be written so.
        switch (text[i]) {
            case '<': safe += "\\u003c"; break;
            case '>': safe += "\\u003e"; break;
            case '&': safe += "\\u0026"; break;
            case '\xE2':
                if (text.compare(i, 3, "\xE2\x80\xA8") == 0 ||
                    text.compare(i, 3, "\xE2\x80\xA9") == 0) {
                    safe += text[i + 2] == '\xA8' ? "\\u2028" : "\\u2029";
                    i += 2;
                } else {
                    safe += text[i];
                }
                break;
            default: safe += text[i];
        }
    }
    return safe;
}

Json packed(std::span<const std::int32_t> numbers) {
    constexpr std::int32_t kMostOfByte = 255;
    constexpr std::int32_t kMostOfTwo = 65'535;
    const auto [least, most] = std::ranges::minmax_element(numbers);
    if (numbers.empty()) return {{"all", 0}, {"size", 0}};
    if (*least == *most) return {{"all", *least}, {"size", numbers.size()}};
    if (*least < 0 || *most > kMostOfTwo) return column("i32", raw_bytes(numbers));
    if (*most > kMostOfByte) return column("u16", narrowed<std::uint16_t>(numbers));
    return column("u8", narrowed<std::uint8_t>(numbers));
}

Json packed(std::span<const float> numbers) { return column("f32", raw_bytes(numbers)); }

void TextColumn::add(std::string_view text) {
    std::string safe = clean(text);
    const auto next = static_cast<std::int32_t>(texts_.size());
    const auto [known, is_new] = known_.emplace(safe, next);
    if (is_new) texts_.push_back(std::move(safe));
    of_.push_back(known->second);
}

Json TextColumn::json() const { return {{"is", texts_}, {"of", packed(of_)}}; }

std::int32_t Quantiser::code(double value) const {
    const double distance = std::clamp((value - centre_) / step_, -1e9, 1e9);
    if (std::isnan(distance)) return 0;
    return kMiddleCode +
           static_cast<std::int32_t>(std::lround(std::asinh(distance) / kFurthest * kCodesEachWay));
}

double Quantiser::value(std::int32_t code) const {
    return centre_ + step_ * std::sinh((code - kMiddleCode) / kCodesEachWay * kFurthest);
}

}  // namespace rackproof
