#include "analysis/judgement.hpp"
#include "app/commands.hpp"
#include "app/drain_nodes.hpp"
#include "app/judge_file.hpp"
#include "app/output.hpp"
#include "app/waiver_file.hpp"
#include "core/error.hpp"
#include "reports/reports.hpp"
#include "reports/rma.hpp"
#include "reports/slurm_drain.hpp"
#include "results/run_file.hpp"
#include "results/utc_time.hpp"

namespace rackproof {
namespace {

std::string report_text(const Run& run, const Judgement& judgement, const TableStyle& style) {
    const std::string attempts = attempts_list(run, style);
    return verdict_table(judgement, style) + "\n" + (attempts.empty() ? "" : attempts + "\n") +
           metric_table(run, style);
}

std::string rendered(const Run& run, const Judgement& judgement, const ReportArguments& asked) {
    switch (asked.format) {
        case ReportFormat::Text: return report_text(run, judgement, style_for(asked.output));
        case ReportFormat::Json: return verdict_json(judgement);
        case ReportFormat::Csv: return run_csv(run, judgement);
        case ReportFormat::Junit: return junit_xml(judgement);
        case ReportFormat::Markdown: return markdown_summary(run, judgement);
        case ReportFormat::Prometheus:
            return prometheus_text(run, judgement,
                                   {parse_utc(run.started), parse_utc(run.finished)});
        case ReportFormat::Slurm: return drain_script(judgement);
        case ReportFormat::Html: break;  // is written piece by piece
    }
    throw Error{"render a report", "it is in no format"};
}

template <class Arguments>
Judgement judged(OpenRunFile& stored, const Arguments& arguments) {
    const Run& run = stored.run();
    HeldMetrics metrics{run, stored.telemetry()};
    const Policy policy = policy_for(run, arguments.run_file, arguments.policy);
    return waived(judge(run, metrics, policy, 1), arguments.waivers);
}

}  // namespace

int judge_command(const JudgeArguments& arguments) {
    const Judgement judgement = waived(judge_file(arguments.run_file, arguments.policy,
                                                  {arguments.history, arguments.baseline, {}}),
                                       arguments.waivers);
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
    if (arguments.fleet) return fleet_health_command(arguments);
    if (arguments.format == ReportFormat::Html) return html_command(arguments);
    OpenRunFile stored{arguments.run_file};
    const Run& run = stored.run();
    const Judgement judgement = judged(stored, arguments);
    write_to(arguments.output, rendered(run, judgement, arguments));
    if (arguments.drain == DrainNodes::Apply) drain_failed_nodes(judgement);
    return exit_status(judgement);
}

int rma_command(const RmaArguments& arguments) {
    OpenRunFile stored{arguments.run_file};
    const Run& run = stored.run();
    const Judgement judgement = judged(stored, arguments);
    write_to(arguments.output, arguments.format == RmaFormat::Csv ? rma_csv(run, judgement)
                                                                  : rma_text(run, judgement));
    return exit_status(judgement);
}

}  // namespace rackproof
