#include <algorithm>

#include "analysis/power_swing.hpp"
#include "app/commands.hpp"
#include "app/meter_file.hpp"
#include "app/output.hpp"
#include "app/utility_file.hpp"
#include "core/error.hpp"
#include "reports/swing_report.hpp"
#include "results/run_file.hpp"

namespace rackproof {
namespace {

/// As everywhere: 1 a limit was exceeded; else 3 something is not known; else 0.
int status_of(const SwingReport& report) {
    using Kept = LimitAnswer::Kept;
    const auto any = [&](Kept kept) {
        return std::ranges::any_of(
            report.answers, [kept](const LimitAnswer& answer) { return answer.kept == kept; });
    };
    constexpr int kExceeded = 1;
    constexpr int kIncomplete = 3;
    if (any(Kept::No)) return kExceeded;
    const bool all_completed = std::ranges::all_of(report.waves, [](const SwungWave& wave) {
        return wave.facts.outcome == Outcome::Completed;
    });
    const bool is_known = report.meter_problem.empty() && !any(Kept::NotKnown);
    return all_completed && is_known ? 0 : kIncomplete;
}

}  // namespace

int swing_command(const SwingArguments& arguments) {
    UtilityLimits utility;
    if (arguments.limits) utility = read_utility(*arguments.limits);
    std::optional<PowerSeries> meter;
    if (arguments.meter) meter = read_meter(*arguments.meter);
    OpenRunFile stored{arguments.run_file};
    const SwingReport report =
        report_swing(stored.run(), stored.telemetry(), std::move(meter), utility.limits);
    if (report.waves.empty()) {
        throw InputError{{arguments.run_file.string(), {}, {}},
                         "holds no power swing; expected a run of a plan with suite power_swing"};
    }
    if (arguments.json) {
        const bool to_stdout = *arguments.json == "-";
        write_to(to_stdout ? std::nullopt : std::optional<std::filesystem::path>{*arguments.json},
                 swing_json(report, utility.source));
        if (to_stdout) return status_of(report);
    }
    write_stdout(swing_text(report, utility.source, stdout_style()));
    return status_of(report);
}

}  // namespace rackproof
