#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "reports/verdict_json.hpp"

namespace rackproof {

// How data stands in the HTML pages: JSON in <script type="application/json">, with columns of
// numbers packed. reports/html/blocks.js reads it.

/// RFC 4648, section 4.
[[nodiscard]] std::string base64(std::string_view bytes);

/// The JSON with every text made harmless by clean(); that of plans and fleet files is
/// `clean_lines`.
[[nodiscard]] Json cleaned(Json json);

/// clean() of each line; lines and tabs stay.
[[nodiscard]] std::string clean_lines(std::string_view text);

/// The JSON as it may stand in a script element: no "<", ">" or "&", which could end the element or
/// begin a comment, and no U+2028 or U+2029.
[[nodiscard]] std::string script_text(const Json& json);

/// Numbers, little-endian, in base64: {"type": "f32", "data": "..."}. Whole numbers take the
/// narrowest of u8, u16 and i32 that holds them all; a column of one value is {"all": 7, "size":
/// 3}.
[[nodiscard]] Json packed(std::span<const std::int32_t> numbers);
[[nodiscard]] Json packed(std::span<const float> numbers);

/// A column of texts of which many are the same: {"is": [texts], "of": packed indices}.
class TextColumn {
  public:
    void add(std::string_view text);
    [[nodiscard]] Json json() const;

  private:
    std::unordered_map<std::string, std::int32_t> known_;
    std::vector<std::string> texts_;
    std::vector<std::int32_t> of_;
};

/// A value in 16 bits: 0 is none; else asinh of its distance from `centre` in `step`, so that near
/// the centre it is right within 0.0005 steps, and far from it within 0.05 % of the distance.
class Quantiser {
  public:
    Quantiser(double centre, double step) : centre_{centre}, step_{step} {}
    [[nodiscard]] std::int32_t code(double value) const;
    [[nodiscard]] double value(std::int32_t code) const;  ///< what a reader makes of it

  private:
    double centre_;
    double step_;
};

}  // namespace rackproof
