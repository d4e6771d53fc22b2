#include "reports/html_report.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include "analysis/parallel.hpp"
#include "reports/html_assets.hpp"
#include "reports/html_data.hpp"
#include "reports/html_detail.hpp"
#include "reports/html_facts.hpp"
#include "reports/html_history.hpp"
#include "reports/html_metric.hpp"
#include "reports/html_page.hpp"
#include "reports/html_telemetry.hpp"

namespace rackproof {
namespace {

/// What the page says before any script has run, and where none may.
std::string html_headline(const Judgement& judgement, std::string_view plan) {
    std::map<Verdict, std::size_t> counts;
    for (const NodeVerdict& node : judgement.nodes) ++counts[node.verdict];
    static constexpr std::array<std::pair<Verdict, const char*>, 4> kWords{
        {{Verdict::Fail, "FAIL"},
         {Verdict::NoData, "NO DATA"},
         {Verdict::Watch, "WATCH"},
         {Verdict::Pass, "PASS"}}};
    const Verdict verdict = overall_verdict(judgement);
    const auto word = std::ranges::find(kWords, verdict, &std::pair<Verdict, const char*>::first);
    const bool watched = verdict == Verdict::Watch;
    std::string text = fmt::format(
        "<h1 class=\"verdict {0}\"><span class=\"sign {0}\" aria-hidden=\"true\"></span>"
        "<span id=\"headline\">{1}</span></h1>\n",
        to_string(verdict), watched ? "PASS, with nodes to watch" : word->second);
    text += fmt::format("<p class=\"what\">Run {} of plan {}</p>\n", html_text(judgement.run_id),
                        html_text(plan));
    if (!judgement.run_complete) {
        text +=
            "<p class=\"incomplete\">The run is incomplete: not every cell was brought to its "
            "end.</p>\n";
    }
    text += fmt::format("<p class=\"counts\" id=\"counts\">{} nodes:", judgement.nodes.size());
    const char* separator = " ";
    for (const auto& [each, name] : kWords) {
        text += fmt::format("{}<span class=\"count {}\">{} {}</span>", separator, to_string(each),
                            counts[each], name);
        separator = " + ";
    }
    return text + "</p>\n";
}

std::string findings_list(const Judgement& judgement) {
    constexpr std::size_t kMost = 20;
    std::vector<const Finding*> findings;
    for (const Finding& finding : judgement.findings) {
        if (finding.waived.empty()) findings.push_back(&finding);
    }
    std::ranges::stable_sort(
        findings, [](const Finding* a, const Finding* b) { return a->verdict > b->verdict; });
    std::string text = "<p>The worst findings:</p>\n<ol>\n";
    for (std::size_t i = 0; i < std::min(findings.size(), kMost); ++i) {
        text += fmt::format("<li>{}: {} Next: {}</li>\n", to_string(findings[i]->verdict),
                            html_text(findings[i]->sentence), html_text(findings[i]->action));
    }
    if (findings.size() > kMost) text += fmt::format("<li>{} more</li>\n", findings.size() - kMost);
    return text + "</ol>";
}

/// The blocks of data that the report's scripts read.
class ReportData {
  public:
    ReportData(const HtmlSource& source, const HtmlBlocks& blocks)
        : source_{&source}, blocks_{&blocks} {}

    void write() const {
        const Run& facts = *source_->facts;
        const Judgement& judgement = *source_->judgement;
        const std::size_t metrics = source_->metrics->names().size();
        const HtmlDetail detail = detail_of(facts, judgement, metrics);
        const HtmlFindings findings = html_findings(judgement);
        block("run", html_run(*source_));
        block("nodes", html_nodes(facts, judgement, findings.place));
        block("findings", findings.json);
        block("detail", html_detail(facts, judgement, detail));
        block("inventory", html_inventory(facts, detail));
        const HtmlHistory history = history_of(facts, detail, metrics, source_->past);
        block("history", html_history(facts, history, source_->past));
        write_metrics(detail, history);
        write_telemetry(detail);
    }

  private:
    void block(std::string_view id, const Json& json) const { blocks_->add(id, json); }

    /// What can be said of a metric before its numbers are unpacked.
    static Json summary_of(const Json& metric) {
        Json summary = Json::object();
        for (const char* name : {"name", "suite", "scope", "unit", "better", "limits", "cohorts"}) {
            summary[name] = metric[name];
        }
        for (Json& cohort : summary["cohorts"]) cohort.erase("histogram");
        return summary;
    }

    void write_metrics(const HtmlDetail& detail, const HtmlHistory& history) const {
        const std::size_t count = source_->metrics->names().size();
        const Survey survey{*source_->facts};
        const std::size_t at_once = std::max<std::size_t>(source_->threads, 1);
        Json summaries = Json::array();
        for (std::size_t begin = 0; begin < count; begin += at_once) {
            const std::size_t some = std::min(at_once, count - begin);
            std::vector<std::string> texts(some);
            std::vector<Json> some_summaries(some);
            std::vector<Json> pasts(some);
            for_each_index(some, at_once, [&](std::size_t i) {
                const auto metric = source_->metrics->metric(begin + i);
                const Json json =
                    html_metric(survey, *metric, begin + i, source_->judgement->policy, detail);
                texts[i] = script_text(json);
                some_summaries[i] = summary_of(json);
                if (history.nodes.empty()) return;
                pasts[i] = html_past_metric(survey, *metric, begin + i, history, *source_->past);
            });
            for (std::size_t i = 0; i < some; ++i) {
                blocks_->add_text(fmt::format("metric-{}", begin + i), texts[i]);
                summaries.push_back(std::move(some_summaries[i]));
                if (!history.nodes.empty()) block(fmt::format("past-{}", begin + i), pasts[i]);
            }
        }
        block("metrics", summaries);
    }

    void write_telemetry(const HtmlDetail& detail) const {
        const Run& facts = *source_->facts;
        TelemetryColumns telemetry{source_->metrics->telemetry()};
        const HtmlCurves curves = curves_of(facts, telemetry, detail);
        Json names = Json::array();
        if (!curves.times.empty()) {
            for (const SensorSeries& sensor : telemetry.sensors()) names.push_back(sensor.name);
        }
        std::vector<float> times;
        for (const double time : curves.times) times.push_back(static_cast<float>(time));
        block("telemetry", Json{{"names", cleaned(names)},
                                {"times", packed(times)},
                                {"slices", curves.slices},
                                {"nodes", packed(curves.nodes)},
                                {"left_out", curves.left_out}});
        for (std::size_t i = 0; i < names.size(); ++i) {
            block(fmt::format("sensor-{}", i), html_sensor(facts, telemetry, i, curves));
        }
    }

    const HtmlSource* source_;
    const HtmlBlocks* blocks_;
};

}  // namespace

void write_html(const HtmlSource& source, const TextSink& sink) {
    HtmlPage page;
    page.title = source.facts->plan_name;
    page.headline = html_headline(*source.judgement, source.facts->plan_name);
    page.without_scripts = findings_list(*source.judgement);
    page.scripts = html_report_scripts();
    page.write_data = [&source](const HtmlBlocks& blocks) { ReportData{source, blocks}.write(); };
    write_html_page(page, sink);
}

}  // namespace rackproof
