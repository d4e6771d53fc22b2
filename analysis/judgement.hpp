#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/outcome.hpp"
#include "core/plan.hpp"
#include "core/run.hpp"

namespace rackproof {

enum class Level : std::uint8_t { Device, Node, Link, Rack, Fleet };
enum class FindingKind : std::uint8_t {
    Slow,
    Unstable,
    Drift,
    Limit,
    WrongAnswer,
    Hardware,
    Missing,
};
[[nodiscard]] std::string_view to_string(Level level) noexcept;
[[nodiscard]] std::string_view to_string(FindingKind kind) noexcept;

/// One piece of evidence, at the level where the fault sits. Empty optionals are null in JSON.
struct Finding {
    std::int32_t id = 0;
    Verdict verdict = Verdict::Watch;
    Level level = Level::Device;
    std::string rack;
    std::string node;
    std::optional<std::string> device;  ///< its index within the node
    std::optional<std::string> peer;
    std::string metric;
    FindingKind kind = FindingKind::Slow;
    std::optional<double> observed;
    std::optional<double> expected;
    std::string unit;
    std::optional<double> deviation;  ///< relative, negative when worse
    std::optional<double> p_value;
    std::string rule;                    ///< "cohort", "limit", "outcome"
    std::optional<std::int64_t> cohort;  ///< size
    std::string sentence;
    std::string action;
};

struct NodeVerdict {
    std::string node;
    std::string rack;
    std::string slot;
    std::string sku;
    Verdict verdict = Verdict::Pass;
    std::vector<std::int32_t> findings;
    std::map<std::string, Verdict> suites;  ///< worst of each suite that has cells on this node
};

struct RackVerdict {
    std::string rack;
    Verdict verdict = Verdict::Pass;
    std::vector<std::int32_t> findings;
};

/// What was and what was not measured and judged, a metric each.
struct Coverage {
    std::string metric;
    std::map<Outcome, std::int64_t> outcomes;  ///< cells (first attempts) by outcome; they sum
    std::int64_t attempts = 0;                 ///< rows, retests included
    bool required = true;
    std::int64_t judged = 0;  ///< completed cells held against peers or a limit
    std::string not_judged;   ///< why the others were not; empty if all were
};

struct Judgement {
    std::string run_id;
    bool run_complete = false;
    Policy policy;
    std::vector<NodeVerdict> nodes;  ///< in the run's order
    std::vector<RackVerdict> racks;  ///< by name
    std::vector<Finding> findings;
    std::vector<Coverage> coverage;  ///< in the run's order of metrics
};

/// Facts to judgement: a pure function, independent of the order of rows. See docs/statistics.md.
/// Throws InputError if a limit's unit is not its metric's.
[[nodiscard]] Judgement judge(const Run& run, const Policy& policy);

/// 1 if any node or rack fails, else 3 if the run is incomplete or any is no_data, else 0.
[[nodiscard]] int exit_status(const Judgement& judgement);

}  // namespace rackproof
