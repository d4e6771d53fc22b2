#include "reports/html_comparison.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <utility>

#include "analysis/run_facts.hpp"
#include "reports/html_data.hpp"
#include "reports/text_layout.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kMostDifferingFacts = 1000;

/// The run of this place among all: the first stands in every pair.
const ComparedRun& compared_run(const HtmlComparison& comparison, std::size_t index) {
    return index == 0 ? comparison.pairs.front().a : comparison.pairs[index - 1].b;
}

Json compared_run_json(const ComparedRun& compared, const Run& facts) {
    std::set<std::string> racks;
    for (const Node& node : facts.nodes) {
        if (node.rack != "-" && !node.rack.empty()) racks.insert(node.rack);
    }
    Json verdicts = Json::object();
    for (const Verdict verdict : {Verdict::Pass, Verdict::Watch, Verdict::NoData, Verdict::Fail}) {
        verdicts[std::string{to_string(verdict)}] = nodes_at(compared, verdict);
    }
    return {{"name", compared.name},        {"run_id", facts.run_id},
            {"plan", facts.plan_name},      {"started", facts.started},
            {"complete", facts.complete},   {"racks", racks.size()},
            {"nodes", facts.nodes.size()},  {"devices", facts.devices.size()},
            {"judged", nodes_of(compared)}, {"verdicts", std::move(verdicts)}};
}

Json fact_json(const std::optional<RunFact>& fact) {
    if (!fact) return nullptr;
    return Json::array({fact->value, fact->holders, fact->known});
}

Json facts_json(const std::vector<const Run*>& runs) {
    std::vector<std::vector<RunFact>> of_runs;
    for (const Run* run : runs) of_runs.push_back(run_facts(*run));
    const std::vector<FactDifference> differences = differing_facts(of_runs);
    const std::size_t shown = std::min(differences.size(), kMostDifferingFacts);
    Json list = Json::array();
    for (std::size_t i = 0; i < shown; ++i) {
        Json values = Json::array();
        for (const auto& fact : differences[i].of_run) values.push_back(fact_json(fact));
        list.push_back({{"name", differences[i].name}, {"of_run", std::move(values)}});
    }
    return {{"list", std::move(list)}, {"left_out", differences.size() - shown}};
}

Json population_json(const PopulationSummary& summary) {
    std::vector<float> quantiles;
    for (const double quantile : summary.quantiles) {
        quantiles.push_back(static_cast<float>(quantile));
    }
    return {{"targets", summary.targets},
            {"missing", summary.missing},
            {"left_out", summary.left_out},
            {"median", or_null(summary.median)},
            {"spread", or_null(summary.spread)},
            {"band", or_null(middle_band(summary))},
            {"quantiles", quantiles.empty() ? Json(nullptr) : packed(quantiles)}};
}

Json interval_json(const std::optional<Interval>& interval) {
    if (!interval) return nullptr;
    return {{"low", interval->low},
            {"high", interval->high},
            {"by", to_string(interval->unit)},
            {"units_a", interval->units_a},
            {"units_b", interval->units_b}};
}

Json comparison_json(const MetricComparison& metric) {
    const std::optional<RelativeStanding> standing = standing_of(metric);
    const bool is_relative = metric.scale == MetricComparison::Scale::Relative;
    return {{"name", metric.identity.name},
            {"suite", metric.identity.suite},
            {"unit", metric.identity.unit},
            {"better", to_string(metric.identity.better)},
            {"refused", metric.refused},
            {"note", metric.note},
            {"relative", is_relative},
            {"a", population_json(metric.a)},
            {"b", population_json(metric.b)},
            {"difference", or_null(metric.difference)},
            {"interval", interval_json(metric.interval)},
            {"no_interval", metric.no_interval},
            {"effect", or_null(metric.effect)},
            {"effect_size", metric.effect ? Json(effect_size(*metric.effect)) : Json(nullptr)},
            {"standing", standing ? Json(to_string(*standing)) : Json(nullptr)}};
}

std::string comparison_title(const HtmlComparison& comparison) {
    std::string text;
    for (const ComparedPair& pair : comparison.pairs) {
        text += (text.empty() ? "" : ", ") + pair.b.name;
    }
    return text + " against " + comparison.pairs.front().a.name;
}

/// What the page says before any script has run.
std::string comparison_headline(const HtmlComparison& comparison) {
    return fmt::format(
        "<h1 class=\"verdict\"><span id=\"headline\">{}</span></h1>\n"
        "<p class=\"what\">Nodes of all runs judged by policy {}. Each run is held against the "
        "first, like with like.</p>\n",
        html_text(comparison_title(comparison)), html_text(comparison.policy));
}

}  // namespace

Json html_comparison_data(const HtmlComparison& comparison) {
    Json runs = Json::array();
    for (std::size_t i = 0; i < comparison.runs.size(); ++i) {
        runs.push_back(compared_run_json(compared_run(comparison, i), *comparison.runs[i]));
    }
    Json pairs = Json::array();
    for (const ComparedPair& pair : comparison.pairs) {
        Json metrics = Json::array();
        for (const MetricComparison& metric : pair.metrics) {
            metrics.push_back(comparison_json(metric));
        }
        pairs.push_back({{"no_energy", pair.no_energy}, {"metrics", std::move(metrics)}});
    }
    return cleaned({{"policy", comparison.policy},
                    {"runs", std::move(runs)},
                    {"facts", facts_json(comparison.runs)},
                    {"pairs", std::move(pairs)}});
}

void write_html(const HtmlComparison& comparison, const TextSink& sink) {
    HtmlPage page;
    page.title = comparison_title(comparison);
    page.headline = comparison_headline(comparison);
    page.without_scripts = "<pre>" + html_escaped(comparison_text(comparison.pairs, {})) + "</pre>";
    page.scripts = html_comparison_scripts();
    page.write_data = [&comparison](const HtmlBlocks& blocks) {
        blocks.add("comparison", html_comparison_data(comparison));
    };
    write_html_page(page, sink);
}

}  // namespace rackproof
