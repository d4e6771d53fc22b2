#include "reports/html_report.hpp"

#include <gmock/gmock.h>

#include <string>

#include "reports/html_assets.hpp"
#include "reports/html_data.hpp"
#include "tests/support/fleet.hpp"

namespace rackproof {
namespace {

using test::add_metric;
using test::add_steady_metric;
using test::make_fleet;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kHostile = "</script><img src=x onerror=alert(1)>\u202e&\u2028";

std::string page_of(const Run& run, const Judgement& judgement, std::size_t threads = 1,
                    std::optional<CertifiedBy> certificate = {}) {
    HeldMetrics metrics{run};
    std::string page;
    write_html({&run, &metrics, &judgement, std::move(certificate), nullptr, threads},
               [&page](std::string_view text) { page += text; });
    return page;
}

std::size_t count_of(const std::string& text, std::string_view part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++count;
    }
    return count;
}

class HtmlReport : public testing::Test {
  protected:
    void SetUp() override {
        if (!can_write_html()) GTEST_SKIP() << "this build has no Apache ECharts";
        run_ = make_fleet(16, 8);
        run_.plan_name = "accept";
        add_metric(run_, {.name = "gemm.bf16"},
                   [](std::size_t target) { return target == 29 ? 6.48e14 : 7.21e14; });
        add_steady_metric(run_, {.name = "membw.triad", .unit = "B/s"}, 3e12);
    }

    rackproof::Run run_;
};

TEST_F(HtmlReport, SaysVerdictAndCountsBeforeAnyScriptRuns) {
    const std::string page = page_of(run_, judge(run_, {}));
    EXPECT_THAT(page, HasSubstr("<span id=\"headline\">FAIL</span>"));
    EXPECT_THAT(page, HasSubstr("16 nodes: <span class=\"count fail\">1 FAIL</span> + "
                                "<span class=\"count no_data\">0 NO DATA</span> + "
                                "<span class=\"count watch\">0 WATCH</span> + "
                                "<span class=\"count pass\">15 PASS</span>"));
    EXPECT_THAT(page, Not(HasSubstr("class=\"incomplete\"")));
    EXPECT_THAT(page, HasSubstr("<li>fail: n3 device 5"));
}

TEST_F(HtmlReport, SaysThatTheRunIsIncomplete) {
    run_.complete = false;
    EXPECT_THAT(page_of(run_, judge(run_, {})), HasSubstr("<p class=\"incomplete\">"));
}

TEST_F(HtmlReport, IsTheSameHoweverManyThreadsWriteIt) {
    const Judgement judgement = judge(run_, {});
    EXPECT_EQ(page_of(run_, judgement, 1), page_of(run_, judgement, 3));
}

TEST_F(HtmlReport, LeavesNoMarkOfThePageUnanswered) {
    const std::string page = page_of(run_, judge(run_, {}));
    EXPECT_THAT(page, Not(HasSubstr("<!--@")));
    EXPECT_EQ(count_of(page, "id=\"data-metric-"), 2U);
    EXPECT_EQ(count_of(page, "\n<script>"),
              html_scripts().size() + html_report_scripts().size() + 1);
}

TEST_F(HtmlReport, ForbidsEverythingButItsOwnScriptsAndStyle) {
    const std::string page = page_of(run_, judge(run_, {}));
    const std::size_t begin = page.find("default-src 'none'; base-uri 'none'");
    ASSERT_NE(begin, std::string::npos);
    const std::string policy = page.substr(begin, page.find('"', begin) - begin);
    EXPECT_EQ(count_of(policy, "'sha256-"),
              html_scripts().size() + html_report_scripts().size() + 2);
    EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
}

TEST_F(HtmlReport, HoldsHostileTextsAsDataAlone) {
    const std::string innocent = page_of(run_, judge(run_, {}));
    run_.plan_name = run_.plan_toml = run_.fleet_toml = run_.tool_version = kHostile;
    run_.environment[kHostile] = kHostile;
    run_.nodes[3].name = run_.nodes[3].rack = run_.nodes[3].slot = run_.nodes[3].sku = kHostile;
    run_.devices[29].model = run_.devices[29].serial = kHostile;
    run_.variants[0].library = kHostile;
    run_.metrics[0].definition = run_.metrics[0].parameters = kHostile;
    run_.inventory.push_back(
        {"gpu.vbios", Scope::Node, kHostile, std::vector<std::string>(16, kHostile)});
    run_.events.push_back({1, 3, -1, kHostile, kHostile, kHostile});
    run_.telemetry.time = {0, 1};
    run_.telemetry.sensors.push_back({kHostile, kHostile, Scope::Node, 0, std::vector<float>(32)});
    Policy policy;
    policy.name = kHostile;
    policy.limits.push_back({"gemm.*", "FLOP/s", 7e14, {}, kHostile});
    Judgement judgement = judge(run_, policy);
    judgement.waiver_notes = judgement.history = judgement.amendments =
        judgement.left_out = {kHostile};
    judgement.findings[0].waived = kHostile;
    const std::string page = page_of(run_, judgement);
    EXPECT_EQ(count_of(page, "<img"), count_of(innocent, "<img")) << "those are of ECharts";
    EXPECT_THAT(page, Not(HasSubstr("\u202e")));
    EXPECT_EQ(count_of(page, "</script>"), count_of(innocent, "</script>") + 1)
        << "of the sensor's block";
    EXPECT_THAT(page, HasSubstr("\\u003c/script\\u003e\\u003cimg src=x onerror=alert(1)\\u003e"));
}

TEST_F(HtmlReport, CarriesTheFingerprintOfACertificate) {
    const Judgement judgement = judge(run_, {});
    EXPECT_THAT(page_of(run_, judgement), HasSubstr("\"certificate\":null"));
    EXPECT_THAT(page_of(run_, judgement, 1, CertifiedBy{"1f2e 3d4c", "2026", "ab", "accepted"}),
                HasSubstr("\"certificate\":{\"fingerprint\":\"1f2e 3d4c\""));
}

TEST_F(HtmlReport, ARunOfNothingHasAPageToo) {
    rackproof::Run empty = make_fleet(0, 0);
    EXPECT_THAT(page_of(empty, judge(empty, {})), HasSubstr("0 nodes:"));
    rackproof::Run unmeasured = make_fleet(2, 1);
    EXPECT_THAT(page_of(unmeasured, judge(unmeasured, {})), HasSubstr("2 nodes:"));
}

}  // namespace
}  // namespace rackproof
