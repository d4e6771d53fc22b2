#include "core/unit_text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>

namespace rackproof {
namespace {

struct Named {
    std::string_view text;
    std::string_view base;
};

constexpr Named kBases[] = {
    {"B/s", "B/s"},     {"FLOP/s", "FLOP/s"}, {"FLOPS", "FLOP/s"}, {"FLOPs", "FLOP/s"},
    {"OP/s", "FLOP/s"}, {"1/s", "1/s"},       {"s", "s"},          {"W", "W"},
    {"Hz", "Hz"},       {"J", "J"},           {"V", "V"},          {"A", "A"},
    {"K/W", "K/W"},
};

struct Prefix {
    char letter;
    double factor;
};

constexpr Prefix kPrefixes[] = {{'n', 1e-9}, {'u', 1e-6}, {'m', 1e-3}, {'k', 1e3},  {'K', 1e3},
                                {'M', 1e6},  {'G', 1e9},  {'T', 1e12}, {'P', 1e15}, {'E', 1e18}};

constexpr Prefix kSizes[] = {{'K', 1024.0}, {'M', 0x1p20}, {'G', 0x1p30}, {'T', 0x1p40}};

const Named* find_base(std::string_view text) {
    const auto* found =
        std::ranges::find_if(kBases, [&](const Named& named) { return named.text == text; });
    return found == std::end(kBases) ? nullptr : found;
}

/// The factor of a size's unit, without the space before it; 0 if it is none.
double size_factor(std::string_view unit) {
    if (unit.empty() || unit == "B") return 1;
    const bool binary = unit.size() == 3 && unit.substr(1) == "iB";
    const bool decimal = unit.size() == 2 && unit[1] == 'B';
    if (binary) {
        for (const Prefix& size : kSizes) {
            if (size.letter == unit[0]) return size.factor;
        }
    }
    if (decimal) {
        for (const Prefix& prefix : kPrefixes) {
            if (prefix.letter == unit[0] && prefix.factor > 1) return prefix.factor;
        }
    }
    return 0;
}

}  // namespace

std::optional<ScaledUnit> scaled_unit(std::string_view text) {
    if (text == "1" || text == "degC") return ScaledUnit{std::string{text}, 1};
    if (text == "%") return ScaledUnit{"1", 0.01};
    if (const Named* base = find_base(text)) return ScaledUnit{std::string{base->base}, 1};
    if (text.empty()) return std::nullopt;
    const auto* prefix = std::ranges::find_if(
        kPrefixes, [&](const Prefix& candidate) { return candidate.letter == text[0]; });
    const Named* base = find_base(text.substr(1));
    if (prefix == std::end(kPrefixes) || base == nullptr || base->text == "1/s") {
        return std::nullopt;
    }
    return ScaledUnit{std::string{base->base}, prefix->factor};
}

std::optional<std::int64_t> parse_bytes(std::string_view text) {
    double number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    if (parsed.ec != std::errc{} || !std::isfinite(number) || number < 0) return std::nullopt;
    std::string_view unit = text.substr(static_cast<std::size_t>(parsed.ptr - text.data()));
    while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
    const double bytes = number * size_factor(unit);
    if (size_factor(unit) == 0 || bytes != std::floor(bytes) || bytes > 0x1p62) {
        return std::nullopt;
    }
    return static_cast<std::int64_t>(bytes);
}

}  // namespace rackproof
