#include <algorithm>
#include <memory>

#include "analysis/compare.hpp"
#include "app/commands.hpp"
#include "app/judge_file.hpp"
#include "app/output.hpp"
#include "reports/comparison_text.hpp"
#include "results/stored_metrics.hpp"

namespace rackproof {
namespace {

/// One of the runs, whose metrics are read when they are asked for.
struct OpenRun {
    explicit OpenRun(const std::filesystem::path& file) : path{file}, stored{file} {}

    std::filesystem::path path;
    StoredMetrics stored;
    Survey survey{stored.facts()};
    ComparedRun told;

    [[nodiscard]] bool has(const std::string& name) const {
        return std::ranges::find(stored.names(), name) != stored.names().end();
    }
    [[nodiscard]] ComparedMetric metric(const std::string& name) {
        const auto found = std::ranges::find(stored.names(), name);
        const auto index = static_cast<std::size_t>(found - stored.names().begin());
        return compared_metric(survey, *stored.metric(index));
    }
};

ComparedPair compared(OpenRun& a, OpenRun& b) {
    ComparedPair pair{a.told, b.told, {}};
    for (const std::string& name : a.stored.names()) {
        pair.metrics.push_back(b.has(name) ? compare(a.metric(name), b.metric(name))
                                           : only_in_one(a.metric(name), a.told.name));
    }
    for (const std::string& name : b.stored.names()) {
        if (!a.has(name)) pair.metrics.push_back(only_in_one(b.metric(name), b.told.name));
    }
    return pair;
}

/// How the nodes do by one policy for all.
std::map<Verdict, std::int64_t> node_counts_by(OpenRun& run, const Policy& policy) {
    const Judgement judgement = judge(run.stored.facts(), run.stored, policy, 1);
    std::map<Verdict, std::int64_t> counts;
    for (const NodeVerdict& node : judgement.nodes) ++counts[node.verdict];
    return counts;
}

}  // namespace

int compare_command(const CompareArguments& arguments) {
    std::vector<std::unique_ptr<OpenRun>> runs;
    for (const std::filesystem::path& file : arguments.run_files) {
        runs.push_back(std::make_unique<OpenRun>(file));
        runs.back()->told.name = file.string();
    }
    OpenRun& first = *runs.front();
    const Policy policy = policy_for(first.stored.facts(), first.path, arguments.policy);
    for (const auto& run : runs) run->told.nodes = node_counts_by(*run, policy);
    std::vector<ComparedPair> pairs;
    bool has_any = false;
    for (std::size_t i = 1; i < runs.size(); ++i) {
        pairs.push_back(compared(first, *runs[i]));
        has_any = has_any ||
                  std::ranges::any_of(pairs.back().metrics, [](const MetricComparison& metric) {
                      return metric.refused.empty();
                  });
    }
    const std::string text = arguments.format == CompareFormat::Csv
                                 ? comparison_csv(pairs)
                                 : comparison_text(pairs, stdout_style());
    if (arguments.output) {
        write_text_file(*arguments.output, text);
    } else {
        write_stdout(text);
    }
    constexpr int kNothingToSay = 3;
    return has_any ? 0 : kNothingToSay;
}

}  // namespace rackproof
