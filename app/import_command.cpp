#include <fmt/core.h>

#include <algorithm>
#include <string>
#include <vector>

#include "app/commands.hpp"
#include "app/fleet_file.hpp"
#include "app/output.hpp"
#include "core/log.hpp"
#include "core/version.hpp"
#include "results/csv_import.hpp"
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
    for (std::size_t i = 0; i < cases.size(); ++i) {
        const CaseSpec& spec = cases[i];
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

}  // namespace

int import_command(const ImportArguments& arguments) {
    const std::vector<CaseSpec> cases = known_cases();
    std::optional<Fleet> fleet;
    if (arguments.fleet) fleet = read_fleet(*arguments.fleet);
    CsvImport import;
    import.files = arguments.files;
    import.output = arguments.output;
    import.fleet = fleet ? &*fleet : nullptr;
    import.bad_rows = arguments.skip_bad ? BadRows::Skip : BadRows::Refuse;
    import.lookup = [&cases](std::string_view name) { return look_up(cases, name);
};
import.tool_version = kVersion;
const CsvImported imported = import_csv(import);
for (const std::string& text : imported.bad_row_texts) log_warning("skipped: " + text);
if (imported.bad_rows > imported.bad_row_texts.size()) {
    log_warning(fmt::format("skipped: {} more bad rows",
                            imported.bad_rows - imported.bad_row_texts.size()));
}
for (const std::string& remark : imported.remarks) log_warning(remark);
write_stdout(summary(imported));
return 0;
}  // namespace rackproof

}  // namespace rackproof
