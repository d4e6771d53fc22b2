#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/manifest.hpp"
#include "core/metric.hpp"
#include "core/outcome.hpp"

namespace rackproof {

inline constexpr double kNoValue = std::numeric_limits<double>::quiet_NaN();

/// How a target was measured, where targets may differ.
struct Variant {
    std::string parameters = "{}";  ///< JSON object
    std::string algorithm;
    std::string library;
    std::string transport;

    friend auto operator<=>(const Variant&, const Variant&) = default;
};

/// One case over all its targets: dense matrices, one row a target and attempt.
struct Metric {
    std::string name;
    std::string suite;
    Scope scope = Scope::Device;
    std::string unit = "1";
    Direction better = Direction::HigherIsBetter;
    std::string parameters = "{}";  ///< JSON object, the same for all targets
    std::string definition;
    std::size_t repetitions = 0;        ///< columns
    std::vector<double> values;         ///< rows x repetitions, row-major; NaN = no value
    std::vector<double> time;           ///< same shape, s since the run started; may be empty
    std::vector<Target> target;         ///< rows
    std::vector<Outcome> outcome;       ///< rows
    std::vector<std::int32_t> variant;  ///< rows; index into Run::variants, -1 = never measured
    std::vector<std::int32_t> attempt;  ///< rows; 0 = first

    [[nodiscard]] std::size_t rows() const { return target.size(); }

    /// The samples of one row, in order, NaN where there is none.
    [[nodiscard]] std::span<const double> row(std::size_t index) const {
        return std::span{values}.subspan(index * repetitions, repetitions);
    }

    /// Appends a row without values. Returns its index.
    std::size_t add_row(Target row_target, std::int32_t row_attempt, Outcome row_outcome);
};

/// Why a row did not complete. `row` indexes the metric's matrices.
struct Reason {
    std::string metric;
    std::int32_t row = 0;
    std::string text;

    friend bool operator==(const Reason&, const Reason&) = default;
};

/// When each rank entered and left one sample of a collective; seconds since the run started,
/// on clocks synchronised in the job. Columns of equal length.
struct RankTimes {
    std::vector<std::int32_t> cell;  ///< row of the metric
    std::vector<std::int32_t> rank;
    std::vector<std::int32_t> repetition;
    std::vector<double> entry;
    std::vector<double> exit;
    std::vector<double> clock_error;  ///< s, half width

    friend bool operator==(const RankTimes&, const RankTimes&) = default;
};

/// A fact of each node or each device, as text; empty where it could not be read.
struct InventoryColumn {
    std::string key;
    Scope scope = Scope::Node;
    std::string source;
    std::vector<std::string> values;

    friend bool operator==(const InventoryColumn&, const InventoryColumn&) = default;
};

/// One sensor over all targets of its scope: values [times, targets], NaN where none.
struct SensorSeries {
    std::string name;
    std::string unit;
    Scope scope = Scope::Node;
    double resolution = 0;  ///< smallest step the sensor can show, in `unit`; 0 = unknown
    std::vector<float> values;
};

struct Telemetry {
    std::vector<double> time;  ///< s since the run started, ascending
    std::vector<SensorSeries> sensors;
};

struct Event {
    double time = 0;                ///< s since the run started
    std::int32_t node = -1;         ///< -1 = none
    std::int32_t device = -1;       ///< index into devices; -1 = none
    std::string severity = "info";  ///< info, warning, error
    std::string code;
    std::string text;

    friend bool operator==(const Event&, const Event&) = default;
};

/// One run file in memory: facts only. See docs/file-format.md.
struct Run {
    std::string run_id;
    std::string started;   ///< ISO 8601, UTC
    std::string finished;  ///< likewise; empty if the run never finished
    std::string tool_version;
    std::string plan_name;
    std::string launcher;
    bool complete = false;
    std::string plan_toml;
    std::string fleet_toml;
    std::map<std::string, std::string> environment;
    std::vector<Node> nodes;
    std::vector<Device> devices;
    std::vector<std::vector<std::int32_t>> groups;  ///< members are node indices
    std::vector<Variant> variants;
    std::vector<Metric> metrics;
    std::vector<Reason> reasons;
    std::map<std::string, RankTimes> ranks;  ///< by metric name
    std::vector<InventoryColumn> inventory;
    Telemetry telemetry;
    std::vector<Event> events;
};

}  // namespace rackproof
