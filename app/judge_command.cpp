#include "analysis/judgement.hpp"
#include "app/commands.hpp"
#include "app/drain_nodes.hpp"
#include "app/output.hpp"
#include "app/plan_file.hpp"
#include "reports/reports.hpp"
#include "reports/slurm_drain.hpp"
#include "results/run_file.hpp"

namespace rackproof {
namespace {

/// The run judged by the policy file, or, without one, by the policy of its own plan.
Judgement judge_run(const Run& run, const std::filesystem::path& run_file,
                    const std::optional<std::filesystem::path>& policy) {
    return judge(run, policy ? read_policy(*policy)
                             : parse_plan_policy(run.plan_toml, run_file.string() + ":/plan"));
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
    const Run run = read_run_file(arguments.run_file);
    const Judgement judgement = judge_run(run, arguments.run_file, arguments.policy);
    if (arguments.json == "-") {
        write_stdout(verdict_json(judgement));
    } else {
        if (arguments.json) write_text_file(*arguments.json, verdict_json(judgement));
        write_stdout(verdict_table(judgement, stdout_style()));
    }
    return exit_status(judgement);
}

int report_command(const ReportArguments& arguments) {
    const Run run = read_run_file(arguments.run_file);
    const Judgement judgement = judge_run(run, arguments.run_file, arguments.policy);
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

}  // namespace rackproof
