#include <fmt/core.h>

#include <map>
#include <string>
#include <vector>

#include "app/commands.hpp"
#include "app/fleet_file.hpp"
#include "app/output.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/utf8.hpp"
#include "core/version.hpp"
#include "results/csv_import.hpp"
#include "results/log_import.hpp"
#include "results/run_file.hpp"
#include "results/utc_time.hpp"
#include "suites/parameters_check.hpp"
#include "suites/suite.hpp"

namespace rackproof {
namespace {

/// The cases of all suites, with the parameters that they have unless a plan says otherwise.
std::vector<CaseSpec> known_cases() {
    std::vector<CaseSpec> cases;
    for (const Suite* suite : all_suites()) {
        for (CaseSpec& spec : suite->cases(with_defaults(*suite, {}))) {
            cases.push_back(std::move(spec));
        }
    }
    return cases;
}

csv::MetricDefaults defaults_of(const CaseSpec& spec) { return {spec.unit, spec.better}; }

/// A case of this name, or one that it is a labelled one of; else what all the suite's leads are:
/// gemm.bf16 is a rate like gemm.fp64, though this build has no such case.
std::optional<csv::MetricDefaults> look_up(const std::vector<CaseSpec>& cases,
                                           std::string_view name) {
    std::optional<csv::MetricDefaults> of_suite;
    bool agree = true;
    for (const CaseSpec& spec : cases) {
        if (name == spec.name || name.starts_with(spec.name + ".")) return defaults_of(spec);
        const bool is_lead = spec.name.find('.') == spec.name.rfind('.');
        if (!is_lead || !name.starts_with(spec.suite + ".")) continue;
        agree = agree &&
                (!of_suite || (of_suite->unit == spec.unit && of_suite->better == spec.better));
        of_suite = defaults_of(spec);
    }
    return agree ? of_suite : std::nullopt;
}

std::string summary(const CsvImported& imported) {
    std::string text;
    for (const CsvImported::File& file : imported.files) {
        text += fmt::format("{}: {} nodes, {} devices, {} metrics\n", file.path.string(),
                            file.nodes, file.devices, file.metrics);
    }
    text +=
        fmt::format("{} rows imported, {} bad rows skipped\n", imported.rows, imported.bad_rows);
    return text;
}

/// True of "…Z" and "…+01:00": without, a time is that of a clock that nobody knows.
bool says_its_zone(const std::string& time) {
    const std::size_t clock = time.find_first_of("Tt ");
    return clock != std::string::npos && time.find_first_of("Zz+-", clock) != std::string::npos;
}

/// When it was measured, as the run file has it; empty if nobody says. Throws InputError for what
/// is no time, or one that has not been yet.
std::string start_of(const ImportArguments& arguments) {
    if (!arguments.started) return "";
    const auto start_s = parse_utc(*arguments.started);
    if (!start_s || !says_its_zone(*arguments.started)) {
        throw InputError{"--started is '" + printable(*arguments.started) +
                         "'; expected a date and time with its zone, such as "
                         "2026-11-28T04:41:11Z or 2026-11-28T05:41:11+01:00"};
    }
    std::string started = utc_text(*start_s);
    if (utc_seconds_since(started).value_or(0) < 0) {
        throw InputError{"--started is " + started +
                         ", which has not been yet; expected when it was measured"};
    }
    return started;
}

/// No time is guessed: a file's own is that of a copy, as a rule.
void warn_of_undated(std::size_t files) {
    if (files == 0) return;
    log_warning(
        fmt::format("{} run {} not say when it was measured: no place in a history (--started)",
                    files, files == 1 ? "file does" : "files do"));
}

int import_csv_files(const ImportArguments& arguments, const Fleet* fleet) {
    if (arguments.node || arguments.node_pattern || arguments.collective) {
        throw InputError{
            "--node, --node-from and --collective are for logs; expected CSV to name its nodes and "
            "metrics in its columns"};
    }
    const std::vector<CaseSpec> cases = known_cases();
    CsvImport wanted;
    wanted.files = arguments.files;
    wanted.output = arguments.output;
    wanted.fleet = fleet;
    wanted.bad_rows = arguments.skip_bad ? BadRows::Skip : BadRows::Refuse;
    wanted.lookup = [&cases](std::string_view name) { return look_up(cases, name); };
    wanted.started = start_of(arguments);
    wanted.tool_version = kVersion;
    const CsvImported imported = import_csv(wanted);
    for (const std::string& text : imported.bad_row_texts) log_warning("skipped: " + text);
    if (imported.bad_rows > imported.bad_row_texts.size()) {
        log_warning(fmt::format("skipped: {} more bad rows",
                                imported.bad_rows - imported.bad_row_texts.size()));
    }
    for (const std::string& remark : imported.remarks) log_warning(remark);
    warn_of_undated(imported.undated);
    write_stdout(summary(imported));
    return 0;
}

std::size_t cell_count(const Run& run) {
    std::size_t count = 0;
    for (const Metric& metric : run.metrics) count += metric.rows();
    return count;
}

/// "3 failed, 1 skipped": what did not complete; empty if all did.
std::string outcomes_text(const Run& run) {
    std::map<Outcome, std::size_t> counts;
    for (const Metric& metric : run.metrics) {
        for (const Outcome outcome : metric.outcome) ++counts[outcome];
    }
    std::string text;
    for (const auto& [outcome, count] : counts) {
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, to_string(outcome));
    }
    return text;
}

int import_log_files(const ImportArguments& arguments, LogTool tool, const Fleet* fleet) {
    LogImport import;
    import.tool = tool;
    import.files = arguments.files;
    import.fleet = fleet;
    import.node = arguments.node;
    import.node_pattern = arguments.node_pattern;
    import.collective = arguments.collective;
    import.bad_lines = arguments.skip_bad ? BadRows::Skip : BadRows::Refuse;
    import.started = start_of(arguments);
    import.tool_version = kVersion;
    const LogImported imported = import_logs(import);
    write_run_file(imported.run, arguments.output);
    for (const std::string& text : imported.skipped) log_warning("skipped: " + text);
    for (const std::string& remark : imported.remarks) log_warning(printable(remark));
    if (imported.run.started.empty()) warn_of_undated(1);
    write_stdout(fmt::format(
        "{}: {} files, {} nodes, {} devices, {} metrics\n{} cells: {}\n{} lines skipped\n",
        arguments.output.string(), import.files.size(), imported.run.nodes.size(),
        imported.run.devices.size(), imported.run.metrics.size(), cell_count(imported.run),
        outcomes_text(imported.run), imported.skipped.size()));
    return 0;
}

}  // namespace

int import_command(const ImportArguments& arguments) {
    std::optional<Fleet> fleet;
    if (arguments.fleet) fleet = read_fleet(*arguments.fleet);
    const Fleet* given = fleet ? &*fleet : nullptr;
    const std::optional<LogTool> tool = log_tool_from(arguments.format);
    return tool ? import_log_files(arguments, *tool, given) : import_csv_files(arguments, given);
}

}  // namespace rackproof
