#include "analysis/pair_speeds.hpp"

#include <gmock/gmock.h>

#include "tests/analysis/judge_support.hpp"

namespace rackproof {
namespace {

using rackproof::test::by_rule;
using rackproof::test::make_fleet;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

/// Eight nodes, all pairs, five samples each: those of every other pair are mostly at half the
/// rate, and `mixed` of the others' kind.
rackproof::Run two_speeds(std::size_t mixed) {
    rackproof::Run run = make_fleet(8, 1);
    Metric metric;
    metric.name = "pairs";
    metric.scope = Scope::NodePair;
    metric.unit = "B/s";
    metric.repetitions = 5;
    for (std::int32_t a = 0; a < 8; ++a) {
        for (std::int32_t b = a + 1; b < 8; ++b) {
            const std::size_t row = metric.add_row({a, b}, 0, Outcome::Completed);
            metric.variant[row] = 0;
            const bool is_slow = row % 2 == 1;
            for (std::size_t i = 0; i < 5; ++i) {
                const bool other = i < mixed;
                const double jitter = 1 + 0.001 * static_cast<double>((7 * row + i) % 5);
                metric.values[5 * row + i] = (is_slow != other ? 24e6 : 48e6) * jitter;
            }
        }
    }
    run.metrics.push_back(std::move(metric));
    return run;
}

TEST(PairSpeeds, WhereTheSamePairsTakeBothSpeedsTheFleetIsToldSo) {
    const std::vector<Finding> found = by_rule(judge(two_speeds(1), {}), "pairs");
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].level, Level::Fleet);
    EXPECT_EQ(found[0].verdict, Verdict::Fail);
    EXPECT_THAT(found[0].sentence, HasSubstr("28 of the 28 pairs take both speeds"));
    EXPECT_THAT(found[0].action, HasSubstr("ranks that share a core"));
}

TEST(PairSpeeds, PairsThatKeepTheirSpeedAreToldOfAsBefore) {
    const std::vector<Finding> found = by_rule(judge(two_speeds(0), {}), "pairs");
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_THAT(found[0].sentence, Not(HasSubstr("both speeds")));
    EXPECT_THAT(found[0].action, HasSubstr("Look at what chooses the way of a pair"));
}

}  // namespace
}  // namespace rackproof
