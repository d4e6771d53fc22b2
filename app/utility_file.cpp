#include "app/utility_file.hpp"

#include <fmt/format.h>

#include <optional>

#include "app/plan_file.hpp"
#include "app/toml_table.hpp"
#include "core/error.hpp"
#include "core/unit_text.hpp"
#include "core/utf8.hpp"

namespace rackproof {
namespace {

double positive(TomlTable& table, std::string_view key, std::string_view expected) {
    const std::optional<double> number = table.number(key);
    if (!number) table.refuse_missing(key, expected);
    if (!(*number > 0)) {
        throw InputError{table.place_of(key),
                         fmt::format("'{}' is {:.6g}; expected more than 0", key, *number)};
    }
    return *number;
}

/// `max` in `unit`, which is one of W, and with `behind` one of these: "MW/s".
double most(TomlTable& table, std::string_view behind) {
    const double number = positive(table, "max", "a number");
    const std::optional<std::string> unit = table.text("unit");
    const std::string expected = fmt::format("W{0}, kW{0} or MW{0}", behind);
    if (!unit) table.refuse_missing("unit", expected);
    std::string_view watts = *unit;
    const bool fits = watts.ends_with(behind);
    if (fits) watts.remove_suffix(behind.size());
    const std::optional<ScaledUnit> scaled = fits ? scaled_unit(watts) : std::nullopt;
    if (!scaled || scaled->base != "W") {
        throw InputError{table.place_of("unit"),
                         "'" + printable(*unit) + "' is no such unit; expected " + expected};
    }
    return number * scaled->factor;
}

SwingLimit range_limit(TomlTable& table) {
    SwingLimit limit;
    limit.kind = SwingLimit::Kind::Range;
    limit.most = most(table, "");
    table.refuse_unknown_keys();
    return limit;
}

SwingLimit ramp_limit(TomlTable& table) {
    SwingLimit limit;
    limit.kind = SwingLimit::Kind::Ramp;
    limit.most = most(table, "/s");
    limit.window_s = positive(table, "window_s", "the seconds over which the change is taken");
    table.refuse_unknown_keys();
    return limit;
}

SwingLimit band_limit(TomlTable& table) {
    SwingLimit limit;
    limit.kind = SwingLimit::Kind::Band;
    limit.most = most(table, "");
    limit.from_hz = positive(table, "from_hz", "the lowest frequency");
    limit.to_hz = positive(table, "to_hz", "the highest frequency");
    if (limit.from_hz > limit.to_hz) {
        throw InputError{table.place_of("from_hz"), "'from_hz' is above 'to_hz'"};
    }
    if (limit.to_hz > kHighest_hz) {
        throw InputError{
            table.place_of("to_hz"),
            fmt::format("'to_hz' is above {:g}, up to which swings are looked at", kHighest_hz)};
    }
    table.refuse_unknown_keys();
    return limit;
}

}  // namespace

UtilityLimits parse_utility(std::string_view text, const std::string& file) {
    const toml::table document = parse_toml(text, file);
    TomlTable root{document, file, ""};
    UtilityLimits utility;
    const std::optional<std::string> source = root.text("source");
    if (!source || source->empty()) root.refuse_missing("source", "where the numbers stand");
    utility.source = *source;
    if (auto range = root.table("range")) utility.limits.push_back(range_limit(*range));
    if (auto ramp = root.table("ramp")) utility.limits.push_back(ramp_limit(*ramp));
    for (TomlTable& band : root.tables("band")) utility.limits.push_back(band_limit(band));
    root.refuse_unknown_keys();
    if (utility.limits.empty()) root.refuse_missing("range", "[range], [ramp] or [[band]]");
    return utility;
}

UtilityLimits read_utility(const std::filesystem::path& path) {
    return parse_utility(read_text_file(path, kMostPlanBytes), path.string());
}

}  // namespace rackproof
