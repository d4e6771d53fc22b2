#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/metric.hpp"
#include "core/outcome.hpp"

/// Fleets that never were, with faults whose place and size are known: to try the judge on, and to
/// choose thresholds and repetitions before the racks arrive. Nothing here knows how analysis/
/// judges, and no constant is shared with it: a judge tried on its own assumptions proves nothing.
///
/// Effects, spreads and sizes are relative (0.01 is 1 %), but kelvin for metrics in degC.
/// `metrics` are patterns ('*' for any characters); empty = every metric.
namespace rackproof::simulator {

/// A number drawn evenly between two; equal ends give that number.
struct Range {
    double low = 0;
    double high = 0;
};

/// Nights on which something is so, both ends among them; they count from 1.
struct Nights {
    std::int32_t first = 1;
    std::int32_t last = std::numeric_limits<std::int32_t>::max();
    [[nodiscard]] bool contains(std::int32_t night) const {
        return first <= night && night <= last;
    }
};

/// How healthy targets spread around the centre.
enum class Tail : std::uint8_t {
    Normal,
    Skewed,     ///< shifted log-normal, its long end on the worse side
    StudentT3,  ///< Student's t with 3 degrees of freedom
};

/// One number of each device or node, and how it varies where nothing is wrong.
struct MetricModel {
    std::string name;
    std::string suite;
    std::string unit = "1";
    Direction better = Direction::HigherIsBetter;
    Scope scope = Scope::Device;  ///< or Node
    double centre = 1;
    double spread = 0.01;  ///< half of the width that holds 68.27 % of the targets
    Tail tail = Tail::Normal;
    double skew = 0.3;       ///< of Tail::Skewed: the standard deviation of the logarithm
    double correlation = 0;  ///< two metrics of a device correlate by the root of the product
    double noise = 0.002;    ///< standard deviation from one repetition to the next
    std::int32_t repetitions = 5;
    double night_noise = 0;      ///< standard deviation of a target from one night to the next
    double outlier_rate = 0;     ///< share of the rows of which one repetition is an outlier
    double outlier_size = 0.05;  ///< by so much worse
};

/// In which pieces a share of the fleet is dealt out.
enum class Piece : std::uint8_t { Device, Node, Rack };

struct SkuModel {
    std::string name = "sim";
    std::string vendor = "simulated";
    std::string model = "simulated";
    double fraction = 1;
    double scale = 1;                      ///< its centres against those of the metrics
    std::map<std::string, double> centre;  ///< by metric name, where `scale` will not do
    std::optional<std::int32_t> devices_per_node;
};

/// A part of the fleet that differs by what it is (driver, power cap, library), not by a fault.
/// Without any fact it is a lower or higher mode that nothing explains.
struct Population {
    std::string name;
    double fraction = 0;
    Piece by = Piece::Node;
    double effect = 0;  ///< negative is worse
    std::vector<std::string> metrics;
    std::optional<std::string> driver;             ///< fact of the device
    std::optional<std::string> vbios;              ///< likewise
    std::map<std::string, std::string> inventory;  ///< facts of the device
    std::optional<std::string> algorithm;          ///< how it was measured
    std::optional<std::string> library;            ///< likewise
    std::optional<std::string> transport;          ///< likewise
    Nights nights;
};

/// A change along the rack that is nobody's fault: the warm top of it.
struct Gradient {
    double effect = 0;  ///< from the first slot to the last; negative is worse
    std::vector<std::string> metrics;
};

/// Racks differ by their place on the coolant loop; normal.
struct RackEffect {
    double spread = 0;
    std::vector<std::string> metrics;
};

enum class FaultKind : std::uint8_t { Slow, Unstable, WrongAnswer, Missing, Hardware };
enum class FaultLevel : std::uint8_t { Device, Node, Rack, Fleet };

/// How a slow place becomes so.
enum class Growth : std::uint8_t {
    Step,    ///< on its first night
    Linear,  ///< by its size once more each night
};

/// What is left of something that is missing.
enum class Missing : std::uint8_t {
    Absent,    ///< no row; where all metrics are gone, no device either
    NoNumber,  ///< rows that completed without a number
    Failed,
    TimedOut,
    Lost,
    Skipped,
    Excluded,
};

/// `count` (or the `fraction`) of the devices, nodes or racks, drawn among those that carry no
/// other fault, or `inside` those that the fault plan of that name took.
struct FaultPlan {
    std::string name;
    FaultKind kind = FaultKind::Slow;
    FaultLevel level = FaultLevel::Device;
    std::optional<std::int32_t> count;
    std::optional<double> fraction;
    /// Slow: by how much worse. Unstable: standard deviation of the repetitions.
    std::optional<Range> size;
    std::optional<Range> size_in_spreads;  ///< the same as a multiple of the metric's spread
    std::vector<std::string> metrics;
    Missing missing = Missing::Absent;
    std::int32_t attempts = 1;  ///< of Failed, TimedOut and Lost: so many rows, all of them bad
    std::string inside;
    Nights nights;
    Growth growth = Growth::Step;
    std::string code = "xid.79";  ///< of Hardware: the event's
    std::string text = "GPU has fallen off the bus";
};

struct Scenario {
    std::string name = "scenario";
    std::string toml;         ///< as it was written; stands in the run file as its plan
    std::int32_t nights = 1;  ///< a run of the same fleet each
    std::int32_t nodes = 640;
    std::int32_t devices_per_node = 8;
    std::int32_t nodes_per_rack = 8;
    std::int32_t racks_per_row = 10;
    Piece skus_by = Piece::Rack;  ///< Rack or Node
    std::string device_kind = "gpu";
    std::string driver = "570.124.06";
    std::string vbios = "96.00.A5.00.01";
    std::map<std::string, std::string> inventory;  ///< facts of every device
    std::string algorithm;
    std::string library;
    std::string transport;
    double node_spread = 0;      ///< nodes differ by so much, in every metric but temperatures
    std::vector<SkuModel> skus;  ///< none: one, by default
    std::vector<MetricModel> metrics;
    std::vector<Population> populations;
    std::vector<Gradient> gradients;
    std::vector<RackEffect> rack_effects;
    std::vector<FaultPlan> faults;
};

/// What is wrong with a scenario, and where: table "fault", its third entry, key "size".
struct Problem {
    std::string table;  ///< empty = the scenario itself
    std::size_t index = 0;
    std::string key;
    std::string text;  ///< with what was expected
};

/// The first thing for which no fleet can be made of this scenario; nullopt if there is none.
[[nodiscard]] std::optional<Problem> find_problem(const Scenario& scenario);

/// True if one of the patterns matches, or there is none.
[[nodiscard]] bool concerns(const std::vector<std::string>& patterns, const std::string& metric);

/// True if its effects are kelvin.
[[nodiscard]] bool in_kelvin(const MetricModel& metric);

[[nodiscard]] std::string_view to_string(FaultKind kind) noexcept;
[[nodiscard]] std::string_view to_string(FaultLevel level) noexcept;
[[nodiscard]] std::string_view to_string(Missing missing) noexcept;
[[nodiscard]] std::string_view to_string(Growth growth) noexcept;

}  // namespace rackproof::simulator
