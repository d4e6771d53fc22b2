// How often the judge finds what is planted in the curves of a burn-in, as tables in Markdown.
// Seeded: the seeds are 1 to SEEDS.
//
//   burnin_quality [SEEDS [plates|others|fans|racks]]     one table alone
//
// Racks of 64 GPUs (8 nodes of 8), sensor of 1 degC, inlet within 0.5 K, power within 2 %. The
// spread of the thermal resistance is 5 % in all: the standard deviation of what is a device's own
// stands in the first column, the rest follows the place in the loop. In the last four rows of the
// first table each device's own is uniform within 5 % either way, and the place explains nothing.

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "analysis/judgement.hpp"
#include "tests/support/scripted_curves.hpp"

namespace {

using namespace rackproof;
using test::CurveScript;
using test::Plant;
using test::Planted;

/// 64 devices whose thermal resistances spread by 5 %, of which `own` is each device's own; slots
/// and places in a node share the rest.
CurveScript rack_of(double own, std::uint64_t seed) {
    constexpr double kWhole = 0.05;
    constexpr double kStepsOfEight = 2.2913;  // standard deviation of 0 to 7
    CurveScript script;
    script.seed = seed;
    script.own_spread = own;
    script.period_s = 2;
    const double position = std::sqrt(std::max(kWhole * kWhole - own * own, 0.0) / 2);
    script.per_slot = script.per_place = position / kStepsOfEight;
    return script;
}

struct Counts {
    int failed = 0;  ///< runs whose planted device (or rack) failed
    int said = 0;    ///< or was watched, or has no data
    int right = 0;   ///< by the rule that is meant
    int healthy_failed = 0;
    int healthy_watched = 0;
    int healthy = 0;
};

bool names(const Finding& finding, const Run& run, std::size_t device) {
    const Device& planted = run.devices[device];
    const bool same_node = finding.node == run.nodes[static_cast<std::size_t>(planted.node)].name;
    return same_node && finding.device == std::to_string(planted.index);
}

void count_device(const Run& run, const Plant& plant, std::string_view rule, Counts& counts) {
    const Judgement judgement = judge(run, Policy{});
    Verdict verdict = Verdict::Pass;
    bool right = false;
    std::set<std::string> failed;
    std::set<std::string> watched;
    for (const Finding& finding : judgement.findings) {
        if (plant.what != Planted::Nothing && names(finding, run, plant.device)) {
            verdict = worst(verdict, finding.verdict);
            right = right || finding.rule == rule;
            continue;
        }
        const std::string who =
            finding.rack + "/" + finding.node + "/" + finding.device.value_or("all");
        (finding.verdict == Verdict::Fail ? failed : watched).insert(who);
    }
    counts.failed += verdict == Verdict::Fail ? 1 : 0;
    counts.said += verdict != Verdict::Pass ? 1 : 0;
    counts.right += right ? 1 : 0;
    counts.healthy_failed += static_cast<int>(failed.size());
    counts.healthy_watched += static_cast<int>(watched.size());
    counts.healthy += static_cast<int>(run.devices.size());
}

void bad_cold_plates(int seeds) {
    fmt::print(
        "| own spread | planted | seeds | failed | failed or watched | healthy failed | "
        "healthy watched |\n|---|---|---|---|---|---|---|\n");
    constexpr double kWithin = 0.05;
    for (const double own : {0.02, 0.03, 0.04, 0.05, 0.0}) {
        const bool is_range = own == 0;
        for (const double size : {0.0, 0.15, 0.25, 0.38}) {
            Counts counts;
            for (int seed = 1; seed <= seeds; ++seed) {
                Plant plant;
                plant.what = size > 0 ? Planted::BadColdPlate : Planted::Nothing;
                plant.device = static_cast<std::size_t>(seed * 29 % 64);
                plant.size = size;
                auto script = rack_of(own, static_cast<std::uint64_t>(seed));
                if (is_range) {
                    script.own_range = kWithin;
                    script.per_slot = script.per_place = 0;
                }
                count_device(scripted_burnin(script, plant), plant, "cohort", counts);
            }
            const std::string spread = is_range ? fmt::format("within {:.0f} %", 100 * kWithin)
                                                : fmt::format("{:.0f} %", 100 * own);
            fmt::print("| {} | {} | {} | {} | {} | {} of {} | {} |\n", spread,
                       size > 0 ? fmt::format("+{:.0f} %", 100 * size) : "nothing", seeds,
                       counts.failed, counts.said, counts.healthy_failed, counts.healthy,
                       counts.healthy_watched);
        }
    }
}

void others(int seeds) {
    struct Row {
        const char* name;
        Planted what;
        double size;
        const char* rule;
    };
    fmt::print(
        "\n| planted in one device | seeds | said | by the rule | healthy failed |\n"
        "|---|---|---|---|---|\n");
    for (const Row& row : {Row{"throttles for half of the soak", Planted::Throttles, 0, "throttle"},
                           Row{"temperature freezes", Planted::SensorFreezes, 0, "sensor"},
                           Row{"temperature jumps", Planted::SensorJumps, 0, "sensor"},
                           Row{"temperature dies", Planted::SensorDies, 0, "sensor"},
                           Row{"power freezes", Planted::PowerFreezes, 0, "sensor"},
                           Row{"rate fades by 6 %", Planted::Fades, 0.06, "cohort"}}) {
        Counts counts;
        for (int seed = 1; seed <= seeds; ++seed) {
            Plant plant{row.what, static_cast<std::size_t>(seed * 29 % 64), row.size,
                        0.05 + 0.8 * seed / seeds};
            if (row.what == Planted::SensorDies) plant.at *= 0.8;  // before the soak's end
            const auto script = rack_of(0.03, static_cast<std::uint64_t>(seed));
            count_device(scripted_burnin(script, plant), plant, row.rule, counts);
        }
        fmt::print("| {} | {} | {} | {} ({}) | {} of {} |\n", row.name, seeds, counts.said,
                   counts.right, row.rule, counts.healthy_failed, counts.healthy);
    }
}

/// Sixteen nodes of six fans and a pump each, fan 1 of one of them planted; by the rule `fan`.
void fans(int seeds) {
    struct Row {
        const char* name;
        Planted what;
        double size;
    };
    fmt::print(
        "\n| planted in one fan of 96 | seeds | its node failed | or watched | other nodes named "
        "|\n"
        "|---|---|---|---|---|\n");
    for (const Row& row : {Row{"nothing", Planted::Nothing, 0},
                           Row{"stands from some time on", Planted::FanStops, 0},
                           Row{"slows down by 40 %", Planted::FanSlows, 0.4},
                           Row{"turns 40 % slower", Planted::FanIsSlow, 0.4},
                           Row{"turns 60 % slower", Planted::FanIsSlow, 0.6},
                           Row{"turns 60 % faster", Planted::FanIsFast, 0.6},
                           Row{"is read no more", Planted::FanUnread, 0}}) {
        int failed = 0;
        int said = 0;
        int others = 0;
        for (int seed = 1; seed <= seeds; ++seed) {
            CurveScript script = rack_of(0.03, static_cast<std::uint64_t>(seed));
            script.nodes = 16;
            script.devices = 2;
            script.fans = 6;
            script.has_pump = true;
            script.fan_spread = 0.02 + 0.1 * seed / seeds;
            const auto device = static_cast<std::size_t>(seed * 29 % 32);
            const Run run =
                scripted_burnin(script, {row.what, device, row.size, 0.25 + 0.5 * seed / seeds});
            const std::string& node =
                run.nodes[static_cast<std::size_t>(run.devices[device].node)].name;
            for (const Finding& finding : judge(run, Policy{}).findings) {
                if (finding.rule != "fan") continue;
                const bool is_right = row.what != Planted::Nothing && finding.node == node;
                others += is_right ? 0 : 1;
                said += is_right ? 1 : 0;
                failed += is_right && finding.verdict == Verdict::Fail ? 1 : 0;
            }
        }
        fmt::print("| {} | {} | {} | {} | {} |\n", row.name, seeds, failed, said, others);
    }
}

struct RackRow {
    const char* name;
    Planted what;
    double size;  ///< of what is planted in a device or in all of rack 0
    int racks;
    double clogged = 0;  ///< all of rack 0, beside a device's own fault
    std::size_t device = 0;
    int clogged_racks = 1;  ///< so many are `clogged`
};

struct RackCounts {
    int failed = 0;   ///< runs whose rack 0 failed
    int said = 0;     ///< or was watched by a finding of its own
    int once = 0;     ///< by one finding
    int others = 0;   ///< other racks with findings of their own
    int devices = 0;  ///< runs whose planted device failed
    int nodes = 0;    ///< failed, but for the planted device's
};

void count_racks(const Run& run, const RackRow& row, RackCounts& counts) {
    const Judgement judgement = judge(run, Policy{});
    const bool of_device = row.what == Planted::BadColdPlate;
    const auto node = static_cast<std::size_t>(run.devices[row.device].node);
    int findings = 0;
    Verdict rack = Verdict::Pass;
    Verdict device = Verdict::Pass;
    for (const Finding& finding : judgement.findings) {
        if (of_device && names(finding, run, row.device)) device = worst(device, finding.verdict);
        if (finding.level != Level::Rack) continue;
        if (finding.rack != "r0") {
            ++counts.others;
            continue;
        }
        ++findings;
        rack = worst(rack, finding.verdict);
    }
    counts.failed += rack == Verdict::Fail ? 1 : 0;
    counts.said += rack != Verdict::Pass ? 1 : 0;
    counts.once += findings == 1 ? 1 : 0;
    counts.devices += device == Verdict::Fail ? 1 : 0;
    for (std::size_t i = 0; i < judgement.nodes.size(); ++i) {
        if (of_device && i == node) continue;
        counts.nodes += judgement.nodes[i].verdict == Verdict::Fail ? 1 : 0;
    }
}

void racks_of(int seeds) {
    constexpr std::size_t kInClogged = 37;
    constexpr std::size_t kInOther = 64 + 37;
    constexpr auto kLoop = Planted::CloggedLoop;
    constexpr auto kPlate = Planted::BadColdPlate;
    fmt::print(
        "\n| planted in rack 0 | racks | seeds | it failed | or watched | by one finding | "
        "others named | a bad device failed | other nodes failed |\n"
        "|---|---|---|---|---|---|---|---|---|\n");
    for (const RackRow& row :
         {RackRow{"nothing", Planted::Nothing, 0, 2}, RackRow{"nothing", Planted::Nothing, 0, 4},
          RackRow{"clogged loop, +10 %", kLoop, 0.1, 2},
          RackRow{"clogged loop, +20 %", kLoop, 0.2, 2},
          RackRow{"clogged loop, +40 %", kLoop, 0.4, 2},
          RackRow{"clogged loop, +20 %", kLoop, 0.2, 3},
          RackRow{"clogged loop, +20 %", kLoop, 0.2, 4},
          RackRow{"clogged loop, +20 %, and a plate of it, +38 %", kPlate, 0.38, 2, 0.2,
                  kInClogged},
          RackRow{"clogged loop, +20 %, and a plate of the other, +38 %", kPlate, 0.38, 2, 0.2,
                  kInOther},
          RackRow{"clogged loop, +40 %, and a plate of the other, +38 %", kPlate, 0.38, 2, 0.4,
                  kInOther},
          RackRow{"two clogged loops (rack 1 too), +20 %", Planted::Nothing, 0, 4, 0.2, 0, 2},
          RackRow{"two clogged loops (rack 1 too), +40 %", Planted::Nothing, 0, 4, 0.4, 0, 2},
          RackRow{"all of it throttles", Planted::RackThrottles, 0, 1}}) {
        RackCounts counts;
        for (int seed = 1; seed <= seeds; ++seed) {
            CurveScript script = rack_of(0.03, static_cast<std::uint64_t>(seed));
            script.racks = row.racks;
            script.clogged = row.clogged;
            script.clogged_racks = row.clogged_racks;
            count_racks(scripted_burnin(script, Plant{row.what, row.device, row.size, 0}), row,
                        counts);
        }
        const bool of_device = row.what == kPlate;
        fmt::print("| {} | {} | {} | {} | {} | {} | {} | {} | {} |\n", row.name, row.racks, seeds,
                   counts.failed, counts.said, counts.once, counts.others,
                   of_device ? fmt::format("{}", counts.devices) : std::string{}, counts.nodes);
    }
}

}  // namespace

int main(int argc, char** argv) {
    const int seeds = argc > 1 ? std::atoi(argv[1]) : 50;
    const std::string_view which = argc > 2 ? argv[2] : "";
    const std::array<std::pair<std::string_view, void (*)(int)>, 4> tables{
        {{"plates", bad_cold_plates}, {"others", others}, {"fans", fans}, {"racks", racks_of}}};
    const bool is_known = std::ranges::any_of(
        tables, [which](const auto& table) { return which.empty() || table.first == which; });
    if (seeds < 1 || argc > 3 || !is_known) return 2;
    for (const auto& [name, table] : tables) {
        if (which.empty() || which == name) table(seeds);
    }
    return 0;
}
