#include "app/meter_file.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>
#include <vector>

#include "app/csv_text.hpp"
#include "app/plan_file.hpp"
#include "core/error.hpp"
#include "core/utf8.hpp"
#include "results/utc_time.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 30;
constexpr std::size_t kFewestValues = 2;

struct Head {
    std::size_t time = 0;
    std::size_t power = 0;
    double factor = 1;  ///< W of one of the column's units
    std::size_t columns = 0;
};

std::optional<double> watts_of(std::string_view column) {
    if (column == "power_W") return 1;
    if (column == "power_kW") return 1e3;
    if (column == "power_MW") return 1e6;
    return std::nullopt;
}

Head head_of(const std::vector<CsvField>& fields, const CsvText& csv) {
    std::optional<std::size_t> time;
    std::optional<std::size_t> power;
    Head head;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const std::optional<double> factor = watts_of(fields[i].text);
        std::optional<std::size_t>& place = factor ? power : time;
        if (!factor && fields[i].text != "time") continue;
        if (place) throw InputError{csv.place_of(fields[i]), "a second column of this kind"};
        place = i;
        if (factor) head.factor = *factor;
    }
    if (!time || !power) {
        throw InputError{csv.place_of(fields.front()),
                         "expected a head with the columns time and power_W, power_kW or power_MW"};
    }
    head.time = *time;
    head.power = *power;
    head.columns = fields.size();
    return head;
}

std::optional<double> meter_number(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) {
        return std::nullopt;
    }
    return value;
}

std::optional<double> meter_time(std::string_view text) {
    const std::optional<double> seconds = meter_number(text);
    return seconds ? seconds : parse_utc(text);
}

}  // namespace

PowerSeries parse_meter(std::string_view text, const std::string& file) {
    CsvText csv{text, file};
    const std::optional<std::vector<CsvField>> first = csv.next();
    if (!first) throw InputError{{file, 1, 1}, "is empty; expected a meter's series as CSV"};
    const Head head = head_of(*first, csv);
    PowerSeries series;
    while (const std::optional<std::vector<CsvField>> row = csv.next()) {
        if (row->size() != head.columns) {
            throw InputError{csv.place_of(row->front()),
                             fmt::format("{} fields; the head has {}", row->size(), head.columns)};
        }
        const CsvField& when = (*row)[head.time];
        const CsvField& what = (*row)[head.power];
        const std::optional<double> time_s = meter_time(when.text);
        const std::optional<double> power = meter_number(what.text);
        if (!time_s) {
            throw InputError{csv.place_of(when),
                             "'" + printable(shortened(when.text, 100)) +
                                 "' is no time; expected 2026-11-28T04:41:11.250Z or seconds "
                                 "since 1970"};
        }
        if (!power) {
            throw InputError{csv.place_of(what), "'" + printable(shortened(what.text, 100)) +
                                                     "' is no power; expected a number"};
        }
        if (!series.time_s.empty() && *time_s <= series.time_s.back()) {
            throw InputError{csv.place_of(when), "this time is not after that of the row before"};
        }
        series.time_s.push_back(*time_s);
        series.power_w.push_back(*power * head.factor);
    }
    if (series.size() < kFewestValues) {
        throw InputError{{file, 1, 1}, "has fewer than two values; expected a meter's series"};
    }
    return series;
}

PowerSeries read_meter(const std::filesystem::path& path) {
    return parse_meter(read_text_file(path, kMostBytes), path.string());
}

}  // namespace rackproof
