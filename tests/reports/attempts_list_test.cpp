#include <gmock/gmock.h>

#include "core/amendment.hpp"
#include "reports/reports.hpp"
#include "tests/support/fleet.hpp"

namespace rackproof {
namespace {

using rackproof::test::add_steady_metric;
using rackproof::test::end_row;
using rackproof::test::make_fleet;
using ::testing::HasSubstr;
using ::testing::Not;

std::size_t add_attempt(Metric& metric, std::int32_t target, std::int32_t attempt, Outcome outcome,
                        double value) {
    const std::size_t row = metric.add_row({target, -1}, attempt, outcome);
    for (std::size_t i = 0; i < metric.repetitions; ++i) {
        metric.values[row * metric.repetitions + i] = value;
    }
    return row;
}

TEST(AttemptsList, IsEmptyWhereEverythingWasTriedOnce) {
    rackproof::Run run = make_fleet(3, 1);
    add_steady_metric(run, {}, 1.0);
    EXPECT_EQ(attempts_list(run, {}), "");
}

TEST(AttemptsList, ShowsEveryAttemptOfACellWithItsReason) {
    rackproof::Run run = make_fleet(3, 1);
    Metric& metric = add_steady_metric(run, {}, 1e12);
    end_row(run, metric, 1, Outcome::WrongAnswer, "row 3 is <b>off</b>\x1b[2J");
    add_attempt(run.metrics[0], 1, 1, Outcome::Completed, 2e12);
    const std::string text = attempts_list(run, {});
    EXPECT_THAT(text, HasSubstr("gemm.fp64 on " + run.nodes[1].name));
    EXPECT_THAT(text, Not(HasSubstr(run.nodes[0].name)));
    EXPECT_THAT(text, HasSubstr("attempt 0: wrong_answer, row 3 is"));
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
    EXPECT_THAT(text, HasSubstr("attempt 1: completed, 2.00 TFLOP/s\n"));
}

TEST(AttemptsList, ThoseBeforeARepairAreShownToo) {
    rackproof::Run run = make_fleet(2, 1);
    end_row(run, add_steady_metric(run, {}, 1e12), 1, Outcome::Failed, "");
    add_attempt(run.metrics[0], 1, kAttemptsPerAmendment, Outcome::Completed, 1e12);
    run.events.push_back({5, 1, -1, "info", std::string{kAmendedCode}, "repaired"});
    const std::string text = attempts_list(run, {});
    EXPECT_THAT(text, HasSubstr("attempt 0: failed"));
    EXPECT_THAT(text, HasSubstr("attempt 1000: completed"));
}

TEST(AttemptsList, OfManyItSaysHowManyMore) {
    rackproof::Run run = make_fleet(60, 1);
    add_steady_metric(run, {}, 1.0);
    for (std::int32_t node = 0; node < 60; ++node) {
        add_attempt(run.metrics[0], node, 1, Outcome::Completed, 1.0);
    }
    EXPECT_THAT(attempts_list(run, {}), HasSubstr("and 20 more cells"));
}

}  // namespace
}  // namespace rackproof
