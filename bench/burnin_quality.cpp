// How often the judge finds what is planted in the curves of a burn-in, as tables in Markdown.
// Seeded: the seeds are 1 to SEEDS.
//
//   burnin_quality [SEEDS]
//
// Racks of 64 GPUs (8 nodes of 8), sensor of 1 degC, inlet within 0.5 K, power within 2 %. The
// spread of the thermal resistance is 5 % in all: the standard deviation of what is a device's own
// stands in the first column, the rest follows the place in the loop.

#include <fmt/core.h>

#include <cmath>
#include <cstdlib>
#include <set>
#include <string>

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
    for (const double own : {0.02, 0.03, 0.04, 0.05}) {
        for (const double size : {0.0, 0.15, 0.25, 0.38}) {
            Counts counts;
            for (int seed = 1; seed <= seeds; ++seed) {
                Plant plant;
                plant.what = size > 0 ? Planted::BadColdPlate : Planted::Nothing;
                plant.device = static_cast<std::size_t>(seed * 29 % 64);
                plant.size = size;
                const auto script = rack_of(own, static_cast<std::uint64_t>(seed));
                count_device(scripted_burnin(script, plant), plant, "cohort", counts);
            }
            fmt::print("| {:.0f} % | {} | {} | {} | {} | {} of {} | {} |\n", 100 * own,
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

void clogged_loops(int seeds) {
    fmt::print(
        "\n| planted in one rack | racks | seeds | its rack failed | by one finding | "
        "nodes failed |\n|---|---|---|---|---|---|\n");
    struct Row {
        const char* name;
        Planted what;
        int racks;
    };
    for (const Row& row : {Row{"clogged loop, +20 %", Planted::CloggedLoop, 4},
                           Row{"clogged loop, +20 %", Planted::CloggedLoop, 2},
                           Row{"all of it throttles", Planted::RackThrottles, 1}}) {
        int failed = 0;
        int once = 0;
        int nodes = 0;
        for (int seed = 1; seed <= seeds; ++seed) {
            CurveScript script = rack_of(0.03, static_cast<std::uint64_t>(seed));
            script.racks = row.racks;
            const Run run = scripted_burnin(script, Plant{row.what, 0, 0.2, 0});
            const Judgement judgement = judge(run, Policy{});
            int findings = 0;
            bool bad = false;
            for (const Finding& finding : judgement.findings) {
                if (finding.level != Level::Rack || finding.rack != "r0") continue;
                ++findings;
                bad = bad || finding.verdict == Verdict::Fail;
            }
            failed += bad ? 1 : 0;
            once += findings == 1 ? 1 : 0;
            for (const NodeVerdict& node : judgement.nodes) {
                nodes += node.verdict == Verdict::Fail ? 1 : 0;
            }
        }
        fmt::print("| {} | {} | {} | {} | {} | {} |\n", row.name, row.racks, seeds, failed, once,
                   nodes);
    }
}

}  // namespace

int main(int argc, char** argv) {
    const int seeds = argc > 1 ? std::atoi(argv[1]) : 50;
    if (seeds < 1) return 2;
    bad_cold_plates(seeds);
    others(seeds);
    clogged_loops(seeds);
    return 0;
}
