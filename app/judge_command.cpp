#include <algorithm>
#include <thread>

#include "analysis/judgement.hpp"
#include "analysis/waivers.hpp"
#include "app/commands.hpp"
#include "app/drain_nodes.hpp"
#include "app/locations.hpp"
#include "app/output.hpp"
#include "app/plan_file.hpp"
#include "app/waiver_file.hpp"
#include "core/clock.hpp"
#include "core/memory.hpp"
#include "reports/reports.hpp"
#include "reports/rma.hpp"
#include "reports/slurm_drain.hpp"
#include "results/run_file.hpp"
#include "results/stored_metrics.hpp"

namespace rackproof {
namespace {

/// By the policy named, or, without one, by the policy of the run's own plan.
Policy policy_for(const Run& facts, const std::filesystem::path& run_file,
                  const std::optional<std::string>& policy) {
    return policy ? read_policy(find_policy(*policy))
                  : parse_plan_policy(facts.plan_toml, run_file.string() + ":/plan");
}

/// With what the waivers say today.
Judgement waived(Judgement judgement, const std::optional<std::filesystem::path>& waivers) {
    constexpr std::size_t kDayBytes = 10;  // of "2026-11-28T04:41:11Z"
    if (waivers) apply_waivers(judgement, read_waivers(*waivers), utc_now().substr(0, kDayBytes));
    return judgement;
}

/// Reads metric by metric: a few of them at once fit into memory where all would not.
Judgement judge_file(const std::filesystem::path& run_file,
                     const std::optional<std::string>& policy) {
    constexpr std::size_t kMostThreads = 4;
    const std::size_t threads =
        std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kMostThreads);
    keep_freed_memory();
    StoredMetrics metrics{run_file};
    const Run& facts = metrics.facts();
    return judge(facts, metrics, policy_for(facts, run_file, policy), threads);
}

void write_to(const std::optional<std::filesystem::path>& output, std::string_view text) {
    if (output) {
        write_text_file(*output, text);
    } else {
        write_stdout(text);
    }
}

}  // namespace

int judge_command(const JudgeArguments& arguments) {
    const Judgement judgement =
        waived(judge_file(arguments.run_file, arguments.policy), arguments.waivers);
    if (arguments.json == "-") {
        write_stdout(verdict_json(judgement));
    } else {
        if (arguments.json) write_text_file(*arguments.json, verdict_json(judgement));
        write_stdout(verdict_table(judgement, stdout_style()));
        if (arguments.sensitivity) {
            write_stdout("\n" + sensitivity_table(judgement, stdout_style()));
        }
    }
    return exit_status(judgement);
}

int report_command(const ReportArguments& arguments) {
    const Run run = read_run_file(arguments.run_file);
    const Judgement judgement = waived(
        judge(run, policy_for(run, arguments.run_file, arguments.policy)), arguments.waivers);
    switch (arguments.format) {
        case ReportFormat::Text:
            write_to(arguments.output, verdict_table(judgement, stdout_style()) + "\n" +
                                           metric_table(run, stdout_style()));
            break;
        case ReportFormat::Json: write_to(arguments.output, verdict_json(judgement)); break;
        case ReportFormat::Csv: write_to(arguments.output, run_csv(run)); break;
        case ReportFormat::Slurm: write_to(arguments.output, drain_script(judgement)); break;
    }
    if (arguments.drain == DrainNodes::Apply) drain_failed_nodes(judgement);
    return exit_status(judgement);
}

int rma_command(const RmaArguments& arguments) {
    const Run run = read_run_file(arguments.run_file);
    const Judgement judgement = waived(
        judge(run, policy_for(run, arguments.run_file, arguments.policy)), arguments.waivers);
    write_to(arguments.output, arguments.format == RmaFormat::Csv ? rma_csv(run, judgement)
                                                                  : rma_text(run, judgement));
    return exit_status(judgement);
}

}  // namespace rackproof
