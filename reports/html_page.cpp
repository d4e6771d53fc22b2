#include "reports/html_page.hpp"

#include <fmt/core.h>

#include "core/error.hpp"
#include "reports/html_data.hpp"
#include "reports/signature.hpp"
#include "reports/text_layout.hpp"

namespace rackproof {
namespace {

/// A source of CSP level 3 for a script or a style that stands in the page.
std::string hash_source(std::string_view text) {
    const std::string hex = sha256_hex(text);
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    }
    return " 'sha256-" + base64(bytes) + "'";
}

class PageWriter {
  public:
    PageWriter(const HtmlPage& page, const Echarts& charts, const TextSink& sink)
        : page_{&page}, charts_{&charts}, sink_{&sink} {}

    /// The page, with each mark "<!--@NAME-->" in it replaced by what is called so.
    void write() const {
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

    void write_part(std::string_view name) const {
        if (name == "title") return say(html_text(page_->title));
        if (name == "policy") return write_security_policy();
        if (name == "style") return say(html_style());
        if (name == "headline") return say(page_->headline);
        if (name == "without_scripts") return say(page_->without_scripts);
        if (name == "data") return write_data();
        if (name == "scripts") return write_scripts();
        throw Error{"write an HTML page", "it has a mark that is unknown"};
    }

    void for_each_script(const TextSink& take) const {
        take(charts_->script);
        for (const HtmlAsset& script : html_scripts()) take(script.text);
        for (const HtmlAsset& script : page_->scripts) take(script.text);
    }

    void write_security_policy() const {
        std::string scripts;
        for_each_script([&scripts](std::string_view text) { scripts += hash_source(text); });
        say("default-src 'none'; base-uri 'none'; form-action 'none'; script-src" + scripts +
            "; style-src" + hash_source(html_style()));
    }

    void write_scripts() const {
        for_each_script([this](std::string_view text) {
            say("<script>");
            say(text);
            say("</script>\n");
        });
    }

    void write_data() const {
        const HtmlBlocks blocks{*sink_};
        page_->write_data(blocks);
        Json licences = Json::array();
        for (const HtmlAsset& each : charts_->licences) {
            licences.push_back({{"name", each.name}, {"text", each.text}});
        }
        blocks.add("licences", licences);
    }

    const HtmlPage* page_;
    const Echarts* charts_;
    const TextSink* sink_;
};

}  // namespace

bool can_write_html() { return echarts().has_value(); }

std::string html_text(std::string_view text) { return html_escaped(clean(text)); }

std::string html_escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
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

void HtmlBlocks::add(std::string_view name, const Json& json) const {
    add_text(name, script_text(json));
}

void HtmlBlocks::add_text(std::string_view name, std::string_view text) const {
    (*sink_)(fmt::format("<script type=\"application/json\" id=\"data-{}\">", name));
    (*sink_)(text);
    (*sink_)("</script>\n");
}

void write_html_page(const HtmlPage& page, const TextSink& sink) {
    const std::optional<Echarts> charts = echarts();
    if (!charts) throw Error{"write an HTML page", "this build has no Apache ECharts"};
    PageWriter{page, *charts, sink}.write();
}

}  // namespace rackproof
