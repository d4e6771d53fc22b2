#include <fmt/core.h>

#include <toml++/toml.h>
#include <sstream>

#include "app/accepted_runs.hpp"
#include "app/commands.hpp"
#include "app/output.hpp"
#include "core/error.hpp"
#include "reports/text_format.hpp"
#include "reports/text_layout.hpp"

namespace rackproof {
namespace {

std::string limits_toml(const std::vector<DerivedLimit>& limits) {
    toml::array entries;
    for (const DerivedLimit& derived : limits) {
        const Limit& limit = derived.limit;
        toml::table entry{{"case", limit.pattern}, {"unit", limit.unit}, {"source", limit.source}};
        if (limit.provisional) entry.insert("provisional", true);
        if (limit.min) entry.insert("min", *limit.min);
        if (limit.max) entry.insert("max", *limit.max);
        entries.push_back(std::move(entry));
    }
    std::ostringstream text;
    text << toml::table{{"name", "baseline"}, {"limit", std::move(entries)}} << "\n";
    return text.str();
}

std::string line_of(const DerivedLimit& derived) {
    const Limit& limit = derived.limit;
    return fmt::format(
        "{}: at {} {}, from {} nodes ({} values){}\n", clean(limit.pattern),
        limit.min ? "least" : "most", format_value(limit.min ? *limit.min : *limit.max, limit.unit),
        derived.nodes, derived.targets,
        limit.provisional ? fmt::format("; provisional: under {}", kFewestFirmNodes) : "");
}

}  // namespace

int baseline_command(const BaselineArguments& arguments) {
    const AcceptedRuns runs = read_accepted(arguments.run_files, arguments.policy);
    std::string name = "accepted";
    for (const auto& file : arguments.run_files) name += " " + file.filename().string();
    const auto limits = runs.baseline.limits({arguments.content, arguments.confidence}, name);
    if (limits.empty()) {
        throw InputError{{arguments.run_files.front().string(), {}, {}},
                         fmt::format("gives no limit; expected a metric with a direction on at "
                                     "least {} nodes that pass",
                                     kFewestBaselineNodes)};
    }
    write_text_file(arguments.output, limits_toml(limits));
    std::string text;
    for (const DerivedLimit& derived : limits) text += line_of(derived);
    text += fmt::format("each with {:.6g} % confidence; its source says of what\n",
                        100 * arguments.confidence);
    for (const std::string& node : runs.left_out) {
        text += "left out, for it fails or has no data: " + clean(node) + "\n";
    }
    write_stdout(text);
    return 0;
}

}  // namespace rackproof
