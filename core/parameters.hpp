#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rackproof {

/// One value of a suite's parameter. Sizes are bytes, durations seconds.
using ParameterValue = std::variant<std::int64_t, double, std::string, std::vector<std::int64_t>,
                                    std::vector<std::string>>;

/// A suite's parameters as they are used, every one with a value. Ordered by name, so that two
/// equal sets read the same wherever they are written.
class Parameters {
  public:
    void set(std::string name, ParameterValue value);
    [[nodiscard]] bool has(std::string_view name) const;

    /// Each throws Error if the name is missing or of another type.
    [[nodiscard]] std::int64_t integer(std::string_view name) const;
    [[nodiscard]] double real(std::string_view name) const;  ///< an integer is taken as well
    [[nodiscard]] const std::string& text(std::string_view name) const;
    [[nodiscard]] const std::vector<std::int64_t>& integers(std::string_view name) const;
    [[nodiscard]] const std::vector<std::string>& texts(std::string_view name) const;

    [[nodiscard]] const std::map<std::string, ParameterValue, std::less<>>& all() const {
        return values_;
    }

    /// One JSON object, names in order.
    [[nodiscard]] std::string json() const;

    friend bool operator==(const Parameters&, const Parameters&) = default;

    /// For core/wire.hpp.
    template <class Visit>
    friend void wire_members(Parameters& parameters, Visit visit) {
        visit(parameters.values_);
    }

  private:
    [[nodiscard]] const ParameterValue& at(std::string_view name) const;
    std::map<std::string, ParameterValue, std::less<>> values_;
};

/// What a suite takes in a plan: name, default (which fixes the type), allowed values, and a line
/// for `rackproof list cases`.
struct ParameterSpec {
    enum class Kind : std::uint8_t { Count, Bytes, Seconds, Number, Text, Counts, Texts };
    std::string name;
    Kind kind = Kind::Count;
    ParameterValue default_value;
    double minimum = 0;                ///< for numbers, and each of a list of numbers
    double maximum = 1e18;             ///< likewise
    std::vector<std::string> allowed;  ///< for texts; empty: any
    std::string help;
};

/// `text` as a JSON string with its quotes; control characters escaped, bytes that are not UTF-8
/// replaced by U+FFFD.
[[nodiscard]] std::string json_quoted(std::string_view text);

}  // namespace rackproof
