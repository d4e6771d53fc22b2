#include "analysis/pairs_again.hpp"

#include <gmock/gmock.h>

#include <functional>
#include <random>

#include "tests/analysis/judge_support.hpp"

namespace rackproof {
namespace {

using rackproof::test::make_fleet;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;
using testing::SizeIs;

/// Eight nodes, all pairs in seven rounds of a tournament by the circle.
class PairsAgainTest : public testing::Test {
  protected:
    PairsAgainTest() {
        question_.metrics = {"pairs"};
        question_.most_suspects = 8;
        for (int round = 0; round < 7; ++round) {
            question_.pairs.push_back({round, 7});
            for (int i = 1; i < 4; ++i) {
                const auto [a, b] = std::minmax({(round + i) % 7, (round - i + 7) % 7});
                question_.pairs.push_back({a, b});
            }
        }
    }

    PairsAgain again(const std::function<double(int, int)>& factor) {
        run_ = make_fleet(8, 1);
        std::mt19937_64 random{3};
        std::normal_distribution<double> noise{1, 0.01};
        Metric metric;
        metric.name = "pairs";
        metric.scope = Scope::NodePair;
        metric.unit = "B/s";
        metric.repetitions = 3;
        for (const Target& pair : question_.pairs) {
            const std::size_t row = metric.add_row(pair, 0, Outcome::Completed);
            metric.variant[row] = 0;
            const double value = 1e9 * factor(pair.first, pair.second) * noise(random);
            for (std::size_t i = 0; i < 3; ++i) metric.values[3 * row + i] = value;
        }
        run_.metrics.push_back(std::move(metric));
        return pairs_again(run_, judge(run_, {}), question_);
    }
    static std::size_t with(const PairsAgain& again, int node) {
        return static_cast<std::size_t>(std::ranges::count_if(again.pairs, [&](const Target& pair) {
            return pair.first == node || pair.second == node;
        }));
    }

    rackproof::Run run_;
    PairsAgainQuestion question_;
};

TEST_F(PairsAgainTest, WhereNobodyIsSuspectedNothingIsMeasuredAgain) {
    const PairsAgain nobody = again([](int, int) { return 1.0; });
    EXPECT_THAT(nobody.pairs, IsEmpty());
    EXPECT_EQ(nobody.text, "nobody is suspected");
}

TEST_F(PairsAgainTest, ASlowNodeMeetsItsThreeSlowestPartnersAndThreeGoodPairsStandBeside) {
    const PairsAgain slow = again([](int a, int b) {
        if (a != 5 && b != 5) return 1.0;
        const int partner = a == 5 ? b : a;
        return partner == 0 || partner == 3 || partner == 6 ? 0.3 : 0.5;
    });
    EXPECT_THAT(slow.pairs, SizeIs(6));
    EXPECT_THAT(slow.pairs, IsSupersetOf({Target{0, 5}, Target{3, 5}, Target{5, 6}}));
    EXPECT_EQ(with(slow, 5), 3U);
    EXPECT_THAT(slow.text, AllOf(HasSubstr("n5 with n"), HasSubstr("n3"), HasSubstr("n6")));
}

TEST_F(PairsAgainTest, UnderLoadTheGoodPairsOfTheSameRoundsAreAtWork) {
    question_.load = PairLoad::Others;
    const PairsAgain slow = again([](int a, int b) { return a == 5 || b == 5 ? 0.4 : 1.0; });
    EXPECT_EQ(with(slow, 5), 3U);
    EXPECT_THAT(slow.pairs, SizeIs(3 * 4));
}

TEST_F(PairsAgainTest, ASuspectIsNoPartnerOfAnother) {
    const PairsAgain slow = again([](int a, int b) {
        const bool is_slow = a == 5 || b == 5 || a == 2 || b == 2;
        return is_slow ? 0.4 : 1.0;
    });
    EXPECT_THAT(slow.pairs, Not(testing::Contains(Target{2, 5})));
    EXPECT_EQ(with(slow, 5), 3U);
    EXPECT_EQ(with(slow, 2), 3U);
}

TEST_F(PairsAgainTest, ALinkIsMeasuredItself) {
    const PairsAgain slow = again([](int a, int b) { return a == 1 && b == 6 ? 0.3 : 1.0; });
    EXPECT_THAT(slow.text, HasSubstr("the link n1 - n6"));
    EXPECT_THAT(slow.pairs, AllOf(SizeIs(4), testing::Contains(Target{1, 6})));
    EXPECT_EQ(with(slow, 1), 1U);
}

TEST_F(PairsAgainTest, NoMoreSuspectsThanThePlanAllowsForAndTheOthersAreToldOf) {
    question_.most_suspects = 1;
    const PairsAgain slow = again([](int a, int b) {
        const bool is_slow = a == 5 || b == 5 || a == 2 || b == 2;
        return is_slow ? 0.4 : 1.0;
    });
    EXPECT_THAT(slow.text, HasSubstr("1 more suspects are not, since the plan allows for 1"));
    EXPECT_EQ(with(slow, 2) + with(slow, 5), 3U);
}

TEST_F(PairsAgainTest, WhoMetNoGoodPartnerIsToldOf) {
    question_.pairs = {{0, 5}, {1, 5}, {2, 5}, {3, 5}};
    run_ = make_fleet(8, 1);
    Judgement judgement = judge(run_, {});
    Finding finding;
    finding.level = Level::Node;
    finding.node = "n5";
    finding.metric = "pairs";
    finding.deviation = -0.5;
    judgement.findings = {finding};
    const PairsAgain none = pairs_again(run_, judgement, question_);
    EXPECT_THAT(none.pairs, IsEmpty());
    EXPECT_EQ(none.text, "n5 not, which has met no known-good partner");
}

}  // namespace
}  // namespace rackproof
