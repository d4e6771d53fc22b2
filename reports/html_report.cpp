#include "reports/html_report.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

#include "analysis/parallel.hpp"
#include "core/error.hpp"
#include "reports/html_assets.hpp"
#include "reports/html_data.hpp"
#include "reports/html_detail.hpp"
#include "reports/html_facts.hpp"
#include "reports/html_metric.hpp"
#include "reports/html_telemetry.hpp"
#include "reports/signature.hpp"
#include "reports/text_layout.hpp"

namespace rackproof {
namespace {

/// Text from outside as HTML may hold it, in an element or an attribute.
std::string html_text(std::string_view text) {
    std::string out;
    for (const char c : clean(text)) {
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\'': out += "&#39;"; break;
            default: out += c;
        }
    }
    return out;
}

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
    std::string text;
    for (std::size_t i = 0; i < std::min(findings.size(), kMost); ++i) {
        text += fmt::format("<li>{}: {} Next: {}</li>\n", to_string(findings[i]->verdict),
                            html_text(findings[i]->sentence), html_text(findings[i]->action));
    }
    if (findings.size() > kMost) text += fmt::format("<li>{} more</li>\n", findings.size() - kMost);
    return text;
}

/// A source of CSP level 3 for a script or a style that stands in the page.
std::string hash_source(std::string_view text) {
    const std::string hex = sha256_hex(text);
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    }
    return " 'sha256-" + base64(bytes) + "'";
}

class Page {
  public:
    Page(const HtmlSource& source, const Echarts& charts, const TextSink& sink)
        : source_{&source}, charts_{&charts}, sink_{&sink} {}

    /// The page, with each mark "<!--@NAME-->" in it replaced by what is called so.
    void write() {
        constexpr std::string_view kMark = "<!--@";
        constexpr std::string_view kMarkEnd = "-->";
        std::string_view rest = html_page();
        while (!rest.empty()) {
            const std::size_t begin = rest.find(kMark);
            say(rest.substr(0, begin));
            if (begin == std::string_view::npos) return;
            rest.remove_prefix(begin + kMark.size());
            const std::size_t end = rest.find(kMarkEnd);
            write_part(rest.substr(0, end));
            rest.remove_prefix(end + kMarkEnd.size());
        }
    }

  private:
    void say(std::string_view text) const { (*sink_)(text); }

    void write_part(std::string_view name) {
        const Judgement& judgement = *source_->judgement;
        if (name == "title") return say(html_text(source_->facts->plan_name));
        if (name == "policy") return write_security_policy();
        if (name == "style") return say(html_style());
        if (name == "headline") return say(html_headline(judgement, source_->facts->plan_name));
        if (name == "findings") return say(findings_list(judgement));
        if (name == "data") return write_data();
        if (name == "scripts") return write_scripts();
        throw Error{"write the HTML report", "its page has a mark that is unknown"};
    }

    /// Nothing may be fetched, and no script run but those that were built in.
    void write_security_policy() const {
        std::string scripts = hash_source(charts_->script);
        for (const HtmlAsset& script : html_scripts()) scripts += hash_source(script.text);
        say("default-src 'none'; base-uri 'none'; form-action 'none'; script-src" + scripts +
            "; style-src" + hash_source(html_style()));
    }

    void write_scripts() const {
        const auto element = [this](std::string_view script) {
            say("<script>");
            say(script);
            say("</script>\n");
        };
        element(charts_->script);
        for (const HtmlAsset& script : html_scripts()) element(script.text);
    }

    void block(std::string_view id, const Json& json) const { block(id, script_text(json)); }
    void block(std::string_view id, const std::string& text) const {
        say(fmt::format("<script type=\"application/json\" id=\"data-{}\">", id));
        say(text);
        say("</script>\n");
    }

    void write_data() {
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
        write_metrics(detail);
        write_telemetry(detail);
        Json licences = Json::array();
        for (const HtmlAsset& each : charts_->licences) {
            licences.push_back({{"name", each.name}, {"text", each.text}});
        }
        block("licences", licences);
    }

    /// What can be said of a metric before its numbers are unpacked.
    static Json summary_of(const Json& metric) {
        Json summary = Json::object();
        for (const char* name : {"name", "suite", "scope", "unit", "better", "limits", "cohorts"}) {
            summary[name] = metric[name];
        }
        for (Json& cohort : summary["cohorts"]) cohort.erase("histogram");
        return summary;
    }

    void write_metrics(const HtmlDetail& detail) const {
        const std::size_t count = source_->metrics->names().size();
        const Survey survey{*source_->facts};
        const std::size_t at_once = std::max<std::size_t>(source_->threads, 1);
        Json summaries = Json::array();
        for (std::size_t begin = 0; begin < count; begin += at_once) {
            const std::size_t some = std::min(at_once, count - begin);
            std::vector<std::string> texts(some);
            std::vector<Json> some_summaries(some);
            for_each_index(some, at_once, [&](std::size_t i) {
                const auto metric = source_->metrics->metric(begin + i);
                const Json json =
                    html_metric(survey, *metric, begin + i, source_->judgement->policy, detail);
                texts[i] = script_text(json);
                some_summaries[i] = summary_of(json);
            });
            for (std::size_t i = 0; i < some; ++i) {
                block(fmt::format("metric-{}", begin + i), texts[i]);
                summaries.push_back(std::move(some_summaries[i]));
            }
        }
        block("metrics", summaries);
    }

    void write_telemetry(const HtmlDetail& detail) const {
        const Run& facts = *source_->facts;
        const HtmlCurves curves = curves_of(facts, detail);
        Json names = Json::array();
        if (!curves.times.empty()) {
            for (const SensorSeries& sensor : facts.telemetry.sensors) names.push_back(sensor.name);
        }
        std::vector<float> times;
        for (const double time : curves.times) times.push_back(static_cast<float>(time));
        block("telemetry", Json{{"names", cleaned(names)},
                                {"times", packed(times)},
                                {"slices", curves.slices},
                                {"nodes", packed(curves.nodes)},
                                {"left_out", curves.left_out}});
        for (std::size_t i = 0; i < names.size(); ++i) {
            block(fmt::format("sensor-{}", i),
                  html_sensor(facts, facts.telemetry.sensors[i], curves));
        }
    }

    const HtmlSource* source_;
    const Echarts* charts_;
    const TextSink* sink_;
};

}  // namespace

bool can_write_html() { return echarts().has_value(); }

void write_html(const HtmlSource& source, const TextSink& sink) {
    const std::optional<Echarts> charts = echarts();
    if (!charts) throw Error{"write an HTML report", "this build has no Apache ECharts"};
    Page{source, *charts, sink}.write();
}

}  // namespace rackproof
