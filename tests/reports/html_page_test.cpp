#include "reports/html_page.hpp"

#include <gmock/gmock.h>

#include <string>

#include "core/error.hpp"

namespace rackproof {
namespace {

using testing::HasSubstr;
using testing::Not;

/// The page has its data by reading JSON, and shows texts as texts.
void expect_texts_stay_texts(const HtmlAsset& script) {
    for (const char* word : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write",
                             "eval(", "new Function", "</script", "fetch(", "XMLHttpRequest"}) {
        EXPECT_THAT(std::string{script.text}, Not(HasSubstr(word))) << script.name;
    }
}

TEST(HtmlAssets, ThePageAndItsScriptsAreBuiltIn) {
    EXPECT_THAT(std::string{html_page()}, HasSubstr("<!--@data-->"));
    EXPECT_THAT(std::string{html_style()}, HasSubstr("prefers-color-scheme: dark"));
    for (const auto& scripts : {html_scripts(), html_report_scripts(), html_comparison_scripts()}) {
        EXPECT_GT(scripts.size(), 2U);
        for (const HtmlAsset& script : scripts) expect_texts_stay_texts(script);
    }
    EXPECT_EQ(echarts().has_value(), can_write_html());
}

TEST(HtmlText, IsNoMarkup) {
    EXPECT_EQ(html_text("<a href=\"x\">&'\x1b"), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;\uFFFD");
    EXPECT_EQ(html_escaped("a\n<b>"), "a\n&lt;b&gt;");
}

TEST(HtmlPage, HoldsWhatItIsMadeOf) {
    HtmlPage page{"a <title>", "<h1>a</h1>", "<p>none</p>", html_comparison_scripts(), {}};
    page.write_data = [](const HtmlBlocks& blocks) { blocks.add("x", Json{{"k", "</script>"}}); };
    std::string text;
    const TextSink sink = [&text](std::string_view piece) { text += piece; };
    if (!can_write_html()) {
        EXPECT_THROW(write_html_page(page, sink), Error);
        return;
    }
    write_html_page(page, sink);
    EXPECT_THAT(text, HasSubstr("<title>rackproof: a &lt;title&gt;</title>"));
    EXPECT_THAT(text, HasSubstr("<h1>a</h1>"));
    EXPECT_THAT(text, HasSubstr("<p>none</p>\n</div>\n</noscript>"));
    EXPECT_THAT(text, HasSubstr("id=\"data-x\">{\"k\":\"\\u003c/script\\u003e\"}</script>"));
    EXPECT_THAT(text, HasSubstr("id=\"data-licences\">"));
    EXPECT_THAT(text, Not(HasSubstr("<!--@")));
}

}  // namespace
}  // namespace rackproof
