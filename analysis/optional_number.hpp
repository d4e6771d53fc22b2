#pragma once

#include <cmath>
#include <limits>
#include <optional>

namespace rackproof {

/// As std::optional<double>, in the room of a double: a million of them are read again and again.
/// What is no number is none.
class OptionalNumber {
  public:
    using value_type = double;

    OptionalNumber() = default;
    // NOLINTNEXTLINE(google-explicit-constructor): as of std::optional
    OptionalNumber(double number) : number_{number} {}
    // NOLINTNEXTLINE(google-explicit-constructor): they are the same
    OptionalNumber(const std::optional<double>& number) : number_{number.value_or(kNone)} {}
    // NOLINTNEXTLINE(google-explicit-constructor): they are the same
    operator std::optional<double>() const {
        return has_value() ? std::optional{number_} : std::nullopt;
    }

    [[nodiscard]] bool has_value() const { return !std::isnan(number_); }
    explicit operator bool() const { return has_value(); }
    /// Not where there is none.
    double operator*() const { return number_; }
    [[nodiscard]] double value_or(double other) const { return has_value() ? number_ : other; }
    friend bool operator==(const OptionalNumber& number, std::nullopt_t /*none*/) {
        return !number.has_value();
    }

  private:
    static constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

    double number_ = kNone;
};

}  // namespace rackproof
