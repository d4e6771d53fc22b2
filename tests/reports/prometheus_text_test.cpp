#include <gmock/gmock.h>

#include <string>

#include "reports/reports.hpp"
#include "tests/support/fleet.hpp"

namespace rackproof {
namespace {

using rackproof::test::add_metric;
using rackproof::test::make_fleet;
using testing::HasSubstr;
using testing::Not;

TEST(PrometheusText, SaysVerdictsAndCounts) {
    rackproof::Run run = make_fleet(16, 8);
    run.plan_name = "accept";
    add_metric(run, {.name = "gemm.bf16"},
               [](std::size_t target) { return target == 29 ? 6.48e14 : 7.21e14; });
    const std::string text = prometheus_text(run, judge(run, {}), {1795754471, 1795758071});
    EXPECT_THAT(text, HasSubstr("\nrackproof_run_finished_time_seconds 1795758071\n"));
    EXPECT_THAT(text, HasSubstr("\nrackproof_run_complete 1\n"));
    EXPECT_THAT(text, HasSubstr("\nrackproof_run_verdict{verdict=\"pass\"} 0\n"));
    EXPECT_THAT(text, HasSubstr("\nrackproof_run_verdict{verdict=\"fail\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("\nrackproof_nodes{verdict=\"pass\"} 15\n"));
    EXPECT_THAT(text, HasSubstr("\nrackproof_nodes{verdict=\"no_data\"} 0\n"));
    EXPECT_THAT(text, HasSubstr("\nrackproof_findings{verdict=\"fail\",level=\"device\","
                                "kind=\"slow\",waived=\"no\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("\nrackproof_node_verdict{node=\"n3\",rack=\"r0\","
                                "verdict=\"fail\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("\nrackproof_rack_verdict{rack=\"r0\",verdict=\"pass\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("\nrackproof_cells{case=\"gemm.bf16\",outcome=\"completed\"} 128"));
    EXPECT_THAT(text, HasSubstr("\nrackproof_cells_judged{case=\"gemm.bf16\"} 128\n"));
}

TEST(PrometheusText, CountsTheStagesThatWereLeftOut) {
    Judgement judgement;
    EXPECT_THAT(prometheus_text(make_fleet(1, 1), judgement, {}),
                HasSubstr("\nrackproof_stages_left_out 0\n"));
    judgement.left_out = {"stage pairs was not run", "stage rack was not run"};
    EXPECT_THAT(prometheus_text(make_fleet(1, 1), judgement, {}),
                HasSubstr("\nrackproof_stages_left_out 2\n"));
}

TEST(PrometheusText, ATimeThatIsNotKnownIsLeftOut) {
    const std::string text = prometheus_text(make_fleet(1, 1), {}, {});
    EXPECT_THAT(text, Not(HasSubstr("time_seconds")));
    EXPECT_THAT(text, HasSubstr("\nrackproof_run_complete 0\n"));
    EXPECT_THAT(text, HasSubstr("\nrackproof_run_verdict{verdict=\"no_data\"} 1\n"));
}

TEST(PrometheusText, TextsFromOutsideAreLabelsAndNoSeriesIsThereTwice) {
    Judgement judgement;
    judgement.nodes.resize(2);
    judgement.nodes[0].node = "a\nrackproof_run_complete 1\n\\\"";
    judgement.nodes[1].node = "a\rrackproof_run_complete 1\r\\\"";
    judgement.nodes[1].verdict = Verdict::Fail;
    const std::string text = prometheus_text(make_fleet(1, 1), judgement, {});
    EXPECT_THAT(text, HasSubstr("\nrackproof_node_verdict{node=\"a\uFFFDrackproof_run_complete 1"
                                "\uFFFD\\\\\\\"\",rack=\"\",verdict=\"fail\"} 1\n"));
    EXPECT_THAT(text, Not(HasSubstr("\nrackproof_run_complete 1")));
    EXPECT_THAT(text, Not(HasSubstr(",verdict=\"pass\"} 1\n")));
}

}  // namespace
}  // namespace rackproof
