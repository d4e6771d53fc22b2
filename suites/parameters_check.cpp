#include "suites/parameters_check.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "core/error.hpp"

namespace rackproof {
namespace {

using Kind = ParameterSpec::Kind;

std::string joined(const std::vector<std::string>& items) {
    std::string text;
    for (const std::string& item : items) text.append(text.empty() ? "" : ", ").append(item);
    return text;
}

/// A bound as people write it: without the fraction of a whole number.
std::string bound_text(double bound) {
    Parameters one;
    one.set("bound", bound);
    const std::string json = one.json();  // {"bound":0.5}
    const std::size_t begin = json.find(':') + 1;
    return json.substr(begin, json.size() - begin - 1);
}

std::string_view what_it_is(Kind kind) {
    switch (kind) {
        case Kind::Count: return "a whole number";
        case Kind::Bytes: return "a whole number of bytes";
        case Kind::Seconds: return "a number of seconds";
        case Kind::Number: return "a number";
        case Kind::Text: return "a text";
        case Kind::Counts: return "a list of whole numbers, not empty,";
        case Kind::Texts: return "a list of texts, not empty,";
    }
    return "something else";
}

std::string expected(const ParameterSpec& spec) {
    std::string text{what_it_is(spec.kind)};
    if (spec.kind == Kind::Text || spec.kind == Kind::Texts) {
        if (!spec.allowed.empty()) text += " out of " + joined(spec.allowed);
        return text;
    }
    constexpr double kNoBound = 1e18;  // ParameterSpec's default
    if (spec.maximum >= kNoBound) return text + " of at least " + bound_text(spec.minimum);
    return text + " from " + bound_text(spec.minimum) + " to " + bound_text(spec.maximum);
}

[[noreturn]] void refuse(const ParameterSpec& spec, const ParameterValue& value) {
    Parameters shown;
    shown.set(spec.name, value);
    const std::string json = shown.json();  // {"name":value}
    const std::size_t begin = json_quoted(spec.name).size() + 2;
    throw InputError{"'" + spec.name + "' is " + json.substr(begin, json.size() - begin - 1) +
                     "; expected " + expected(spec)};
}

bool in_bounds(const ParameterSpec& spec, double number) {
    return std::isfinite(number) && number >= spec.minimum && number <= spec.maximum;
}

bool is_allowed(const ParameterSpec& spec, const std::string& text) {
    return spec.allowed.empty() || std::ranges::find(spec.allowed, text) != spec.allowed.end();
}

/// `value` in the parameter's own type; nullopt if it is of another or not allowed.
std::optional<ParameterValue> checked(const ParameterSpec& spec, const ParameterValue& value) {
    const auto whole_fits = [&spec](std::int64_t number) {
        return in_bounds(spec, static_cast<double>(number));
    };
    const auto* whole = std::get_if<std::int64_t>(&value);
    switch (spec.kind) {
        case Kind::Count:
        case Kind::Bytes:
            if (whole != nullptr && whole_fits(*whole)) return value;
            break;
        case Kind::Seconds:
        case Kind::Number: {
            const auto* real = std::get_if<double>(&value);
            if (real != nullptr && in_bounds(spec, *real)) return value;
            if (whole != nullptr && whole_fits(*whole)) return static_cast<double>(*whole);
            break;
        }
        case Kind::Text: {
            const auto* text = std::get_if<std::string>(&value);
            if (text != nullptr && is_allowed(spec, *text)) return value;
            break;
        }
        case Kind::Counts: {
            const auto* list = std::get_if<std::vector<std::int64_t>>(&value);
            if (list != nullptr && !list->empty() && std::ranges::all_of(*list, whole_fits)) {
                return value;
            }
            break;
        }
        case Kind::Texts: {
            const auto* list = std::get_if<std::vector<std::string>>(&value);
            const auto fits = [&spec](const std::string& text) { return is_allowed(spec, text); };
            if (list != nullptr && !list->empty() && std::ranges::all_of(*list, fits)) {
                return value;
            }
            break;
        }
    }
    return std::nullopt;
}

void refuse_unknown(const Suite& suite, const std::vector<ParameterSpec>& specs,
                    const Parameters& given) {
    std::vector<std::string> names;
    for (const ParameterSpec& spec : specs) names.push_back(spec.name);
    for (const auto& [name, value] : given.all()) {
        if (std::ranges::find(names, name) != names.end()) continue;
        throw InputError{"suite " + std::string{suite.name()} + " has no parameter '" + name +
                         "'; expected one of " + joined(names)};
    }
}

}  // namespace

Parameters with_defaults(const Suite& suite, const Parameters& given) {
    const std::vector<ParameterSpec> specs = suite.parameters();
    refuse_unknown(suite, specs, given);
    Parameters complete;
    for (const ParameterSpec& spec : specs) {
        const auto found = given.all().find(spec.name);
        const ParameterValue& value =
            found == given.all().end() ? spec.default_value : found->second;
        std::optional<ParameterValue> good = checked(spec, value);
        if (!good) refuse(spec, value);
        complete.set(spec.name, *std::move(good));
    }
    return complete;
}

}  // namespace rackproof
