#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/outcome.hpp"
#include "core/parameters.hpp"

namespace rackproof {

/// A contract limit on the metrics whose name matches `pattern`, independent of peers. `unit` is
/// the metric's base unit: a limit in another unit is refused, never silently compared.
struct Limit {
    std::string pattern;
    std::string unit = "1";
    std::optional<double> min;
    std::optional<double> max;
    std::string source;        ///< where the number comes from, for the finding's sentence
    bool provisional = false;  ///< nobody has promised or proved it: a data sheet, few nodes
    friend bool operator==(const Limit&, const Limit&) = default;
};

/// What a policy sets otherwise for the metrics whose name matches `pattern`; of several that match
/// the last that sets a value counts.
struct MetricRule {
    std::string pattern;
    std::optional<double> min_effect;  ///< as Policy::min_effect; in K for temperatures
    std::optional<Verdict> unstable;
    friend bool operator==(const MetricRule&, const MetricRule&) = default;
};

/// What nodes of a sku must be, as a good one was read or a contract says: columns of the inventory
/// ("gpu.vbios@0") and their allowed values. What is not known there is no data.
struct Profile {
    std::string name;
    std::string sku;     ///< a pattern
    std::string source;  ///< where it comes from, for the finding's sentence
    using Values = std::map<std::string, std::vector<std::string>>;
    Values must;               ///< another value fails
    Values should;             ///< another value is watched
    bool provisional = false;  ///< as Limit::provisional
    friend bool operator==(const Profile&, const Profile&) = default;
};

/// What the record is judged by: the `[policy]` table of a plan, or a policy file. Patterns are
/// case names in which each `*` stands for any run of characters.
struct Policy {
    std::string name = "default";
    std::vector<Limit> limits;        ///< all that match apply
    std::vector<MetricRule> metrics;  ///< in the order of the file
    std::vector<Profile> profiles;
    std::vector<std::string> optional;  ///< patterns; a skip there shows under coverage only
    double min_effect = 0.03;           ///< relative; smaller deviations are no finding
    double min_effect_kelvin = 5.0;     ///< likewise, for temperatures
    double fail_q = 0.001;              ///< expected share of false ones among what fails
    double watch_q = 0.01;              ///< among what is watched or fails
    std::int32_t min_cohort = 4;        ///< fewer peers: not judged against each other
    Verdict unstable = Verdict::Watch;  ///< Pass: instability is no finding
    double unstable_cv = 0.005;         ///< scatter of repetitions, relative to their median
    double unstable_ratio = 4.0;        ///< and so many times the cohort's
    /// Of a node with numbers, none of which was held against peers or a limit: Pass or NoData.
    Verdict unjudged = Verdict::Pass;
    friend bool operator==(const Policy&, const Policy&) = default;
};

/// One `[[stage.suite]]` of a plan, its parameters complete and checked.
struct SuiteEntry {
    std::string suite;
    std::string label;  ///< appended to the case names; empty = none
    Parameters parameters;
    std::optional<double> deadline_s;  ///< for one cell; else the suite's own estimate
    friend bool operator==(const SuiteEntry&, const SuiteEntry&) = default;
};

/// What the ranks of one case of a stage belong to.
enum class Over : std::uint8_t {
    Node,   ///< one node: its devices, each by itself, or all of them together
    Pairs,  ///< two nodes
    Group,  ///< all nodes of the run
    Rack,   ///< all nodes of one rack
};

/// What else is at work on the fabric while a pair is measured again.
enum class PairLoad : std::uint8_t {
    None,    ///< nothing: one pair at a time
    Others,  ///< the pairs of its round of which both nodes do well
};

struct Stage {
    static constexpr std::int32_t kEveryRound = std::numeric_limits<std::int32_t>::max();
    static constexpr std::int32_t kEnoughRounds = 0;

    std::string name;
    std::vector<SuiteEntry> suites;
    Over over = Over::Node;
    /// With Over::Pairs: into how many rounds of disjoint pairs the nodes are put, at the most.
    /// No pair meets twice. `kEnoughRounds`: as many as it takes to tell who is slow.
    std::int32_t pair_rounds = 3;
    /// A node of one of these verdicts after this stage takes no part in later cells of several
    /// nodes; what measures it alone still runs.
    std::vector<Verdict> gate{};
    /// A node of one of these verdicts takes no part in any later cell: no load where it does harm.
    std::vector<Verdict> stop{};
    std::optional<double> device_power_w{};  ///< of one device at work here; for `rackproof plan`
    /// With Over::Pairs: partners are drawn with this seed, as evenly inside and outside of each
    /// part of the fabric as there are. Without: the first round pairs neighbours.
    std::optional<std::uint64_t> pair_seed{};
    /// Where no two nodes can measure together: the stage is left out, and an event says so. Else
    /// the plan is refused.
    bool skip_alone = false;
    /// With Over::Pairs: a search for who slows what an earlier stage, over several nodes,
    /// measured. It begins only where that fell short or is not known to be well. Empty: no search.
    std::string only_if_short{};
    /// Of a search: no pair begins later than so long after it began.
    std::optional<double> budget_s{};
    /// With Over::Pairs: measures again, of the pairs of this stage before it, those of whom the
    /// record so far suspects, each with known-good partners. Empty: it measures all of its pairs.
    std::string confirms{};
    PairLoad load = PairLoad::None;
    std::int32_t most_suspects = 8;  ///< the worst of them; the others are told of
    friend bool operator==(const Stage&, const Stage&) = default;
};

/// Which devices of a node take part, and how CPU devices are cut out of it.
struct DeviceOptions {
    static constexpr std::int32_t kOnePerNumaNode = 0;
    static constexpr std::int32_t kOnePerCore = -1;
    /// One of the constants above, or into how many devices the cores are split evenly.
    std::int32_t devices_per_node = kOnePerNumaNode;
    /// True lets more devices than cores share cores. Only for proving the harness itself: what
    /// such devices measure is not comparable with anything.
    bool share_cores = false;
    /// The node's GPUs take part, too, behind its CPU devices: some case of the plan wants them.
    bool with_gpus = false;
    friend bool operator==(const DeviceOptions&, const DeviceOptions&) = default;
};

/// A plan as the person wrote it, parsed and checked; `toml` is its exact text.
struct Plan {
    std::string name;
    std::string description;
    std::string toml;
    DeviceOptions devices;
    std::int32_t retests = 1;         ///< attempts alone after failed, timed_out, lost
    double run_deadline_s = 3600;     ///< what is open then is timed_out
    double heartbeat_timeout_s = 10;  ///< a rank silent for longer is given up
    double start_timeout_s = 30;      ///< from the start of a job until each rank is ready for work
    /// Load is stepped: so many nodes may begin work in any second, and so many be at work.
    double max_nodes_starting_per_s = 10;
    std::optional<std::int32_t> max_concurrent_nodes;  ///< none: all of them
    /// Stands before the worker's command on every node, argument by argument (a container).
    std::vector<std::string> launcher_wrap;
    std::vector<Stage> stages;
    Policy policy;
    friend bool operator==(const Plan&, const Plan&) = default;
};

/// "node", "pairs", "group", "rack".
[[nodiscard]] std::string_view to_string(Over over) noexcept;
[[nodiscard]] std::optional<Over> over_from(std::string_view text) noexcept;

/// "none", "others".
[[nodiscard]] std::string_view to_string(PairLoad load) noexcept;
[[nodiscard]] std::optional<PairLoad> pair_load_from(std::string_view text) noexcept;

/// True if `name` matches `pattern`, where each `*` stands for any run of characters.
[[nodiscard]] bool matches(std::string_view pattern, std::string_view name);

}  // namespace rackproof
