#include <algorithm>
#include <map>
#include <memory>

#include "analysis/compare.hpp"
#include "analysis/curve_metrics.hpp"
#include "app/commands.hpp"
#include "app/judge_file.hpp"
#include "app/output.hpp"
#include "reports/comparison_text.hpp"
#include "reports/html_comparison.hpp"
#include "results/stored_metrics.hpp"

namespace rackproof {
namespace {

/// What a run's burn-in curves come to, each under the parameters of its lead and, row by row, in
/// the way that the device's lead was measured: else a soak of ten minutes would be held against
/// one of an hour.
std::vector<Metric> curves_of(const Survey& survey, StoredMetrics& stored) {
    std::vector<Metric> curves = curve_report(survey, stored, Policy{}).metrics;
    for (Metric& curve : curves) {
        const auto lead_name = std::ranges::find_if(stored.names(), [&](const std::string& name) {
            return curve.name.starts_with(name + ".") &&
                   std::ranges::any_of(curve_cases(name), [&](const CurveCase& each) {
                       return each.name == curve.name;
                   });
        });
        if (lead_name == stored.names().end()) continue;
        const auto lead =
            stored.metric(static_cast<std::size_t>(lead_name - stored.names().begin()));
        curve.parameters = lead->parameters;
        std::map<Target, std::int32_t> ways;
        for (std::size_t row = 0; row < lead->rows(); ++row) {
            ways[lead->target[row]] = lead->variant[row];
        }
        for (std::size_t row = 0; row < curve.rows(); ++row) {
            const auto way = ways.find(curve.target[row]);
            if (way != ways.end()) curve.variant[row] = way->second;
        }
    }
    return curves;
}

/// One of the runs, whose metrics are read when they are asked for: its own, and those that the
/// curves of its burn-ins come to.
struct OpenRun {
    explicit OpenRun(const std::filesystem::path& file) : path{file}, stored{file} {}

    std::filesystem::path path;
    StoredMetrics stored;
    Survey survey{stored.facts()};
    WithCurves all{stored, curves_of(survey, stored)};
    ComparedRun told;

    [[nodiscard]] const std::vector<std::string>& names() const { return all.names(); }
    [[nodiscard]] bool has(const std::string& name) const {
        return std::ranges::find(names(), name) != names().end();
    }
    [[nodiscard]] std::shared_ptr<const Metric> read(const std::string& name) {
        const auto found = std::ranges::find(names(), name);
        return all.metric(static_cast<std::size_t>(found - names().begin()));
    }
    [[nodiscard]] ComparedMetric metric(const std::string& name) {
        return compared_metric(survey, *read(name));
    }
};

/// Energy per operation of each burn-in of the run, by the burn-in's name.
std::map<std::string, ComparedMetric> energies_of(OpenRun& run) {
    std::map<std::string, ComparedMetric> energies;
    for (const std::string& name : run.names()) {
        const std::string companion = name + ".power";
        if (!run.has(companion)) continue;
        const auto rate = run.read(name);
        if (!is_burnin_lead(*rate)) continue;
        const auto energy = energy_per_operation(run.survey, *rate, *run.read(companion));
        if (energy) energies.emplace(name, *energy);
    }
    return energies;
}

void add_energies(OpenRun& a, OpenRun& b, ComparedPair& pair) {
    const std::map<std::string, ComparedMetric> of_a = energies_of(a);
    const std::map<std::string, ComparedMetric> of_b = energies_of(b);
    for (const auto& [name, energy] : of_a) {
        const auto found = of_b.find(name);
        pair.metrics.push_back(found == of_b.end() ? only_in_one(energy, a.told.name)
                                                   : compare(energy, found->second));
    }
    for (const auto& [name, energy] : of_b) {
        if (!of_a.contains(name)) pair.metrics.push_back(only_in_one(energy, b.told.name));
    }
    if (of_a.empty() && of_b.empty()) {
        pair.no_energy = "neither run has a burn-in in which the power of a device was read";
    }
}

ComparedPair compared(OpenRun& a, OpenRun& b) {
    ComparedPair pair{a.told, b.told, {}, {}};
    for (const std::string& name : a.names()) {
        pair.metrics.push_back(b.has(name) ? compare(a.metric(name), b.metric(name))
                                           : only_in_one(a.metric(name), a.told.name));
    }
    for (const std::string& name : b.names()) {
        if (!a.has(name)) pair.metrics.push_back(only_in_one(b.metric(name), b.told.name));
    }
    add_energies(a, b, pair);
    return pair;
}

/// How the nodes do by one policy for all.
std::map<Verdict, std::int64_t> node_counts_by(OpenRun& run, const Policy& policy) {
    const Judgement judgement = judge(run.stored.facts(), run.stored, policy, 1);
    std::map<Verdict, std::int64_t> counts;
    for (const NodeVerdict& node : judgement.nodes) ++counts[node.verdict];
    return counts;
}

bool has_compared(const ComparedPair& pair) {
    return std::ranges::any_of(
        pair.metrics, [](const MetricComparison& metric) { return metric.refused.empty(); });
}

void write_page(const std::filesystem::path& path, const HtmlComparison& comparison) {
    OutputFile file{path};
    write_html(comparison, [&file](std::string_view text) { file.write(text); });
    file.finish();
}

void write_text(const CompareArguments& arguments, const std::vector<ComparedPair>& pairs) {
    write_to(arguments.output, arguments.format == CompareFormat::Csv
                                   ? comparison_csv(pairs)
                                   : comparison_text(pairs, style_for(arguments.output)));
}

}  // namespace

int compare_command(const CompareArguments& arguments) {
    if (arguments.format == CompareFormat::Html) require_html();
    std::vector<std::unique_ptr<OpenRun>> runs;
    for (const std::filesystem::path& file : arguments.run_files) {
        runs.push_back(std::make_unique<OpenRun>(file));
        runs.back()->told.name = file.string();
    }
    OpenRun& first = *runs.front();
    const Policy policy = policy_for(first.stored.facts(), first.path, arguments.policy);
    HtmlComparison comparison{policy.name, {}, {}};
    for (const auto& run : runs) {
        run->told.nodes = node_counts_by(*run, policy);
        comparison.runs.push_back(&run->stored.facts());
    }
    for (std::size_t i = 1; i < runs.size(); ++i) {
        comparison.pairs.push_back(compared(first, *runs[i]));
    }
    if (arguments.format == CompareFormat::Html) {
        write_page(*arguments.output, comparison);
    } else {
        write_text(arguments, comparison.pairs);
    }
    constexpr int kNothingToSay = 3;
    return std::ranges::any_of(comparison.pairs, has_compared) ? 0 : kNothingToSay;
}

}  // namespace rackproof
