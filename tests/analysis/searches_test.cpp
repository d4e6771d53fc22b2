#include "analysis/searches.hpp"

#include <gmock/gmock.h>

#include "core/event_codes.hpp"
#include "tests/analysis/judge_support.hpp"

namespace rackproof {
namespace {

using rackproof::test::by_rule;
using rackproof::test::limit;
using rackproof::test::make_fleet;
using rackproof::test::verdict_of;
using rackproof::test::with_limit;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kNotDue = "stage who was not run";
constexpr const char* kCut = "stage who was cut";

/// Four nodes, their group at 10 B/s, and two rounds of pairs that are a search for who slows it.
class Searches : public testing::Test {
  protected:
    Searches() : run_{make_fleet(4, 1)} {
        run_.groups = {{0, 1, 2, 3}};
        Metric group = metric("group", Scope::Group);
        add(group, {0, -1}, Outcome::Completed);
        run_.metrics.push_back(group);
        Metric pairs = metric("pairs", Scope::NodePair);
        pairs.parameters = R"({"search_of": ["group"]})";
        run_.metrics.push_back(pairs);
        run_.events.push_back({0, -1, -1, "info", std::string{event_code::kSearchNotDue}, kNotDue});
        run_.events.push_back({0, -1, -1, "info", std::string{event_code::kSearchCut}, kCut});
    }

    static Metric metric(const std::string& name, Scope scope) {
        Metric metric;
        metric.name = name;
        metric.suite = "collectives";
        metric.scope = scope;
        metric.unit = "B/s";
        metric.repetitions = 1;
        return metric;
    }
    static void add(Metric& metric, Target target, Outcome outcome) {
        const std::size_t row = metric.add_row(target, 0, outcome);
        metric.variant[row] = 0;
        if (outcome == Outcome::Completed) metric.values[row] = 10;
    }
    void pairs(Outcome outcome, const std::vector<Target>& targets, const char* reason) {
        Metric& metric = run_.metrics.back();
        for (const Target& target : targets) {
            if (reason != nullptr) {
                run_.reasons.push_back(
                    {metric.name, static_cast<std::int32_t>(metric.rows()), reason});
            }
            add(metric, target, outcome);
        }
    }
    static Policy at_least(double least) {
        Policy policy = with_limit(limit("group", "B/s", least, {}));
        policy.optional = {"pairs"};
        return policy;
    }

    rackproof::Run run_;
};

TEST_F(Searches, WhatWasNotSearchedForWantOfAReasonIsNoAbsence) {
    pairs(Outcome::Skipped, {{0, 1}, {2, 3}}, kNotDue);
    Policy policy = at_least(5);
    policy.optional.clear();
    const Judgement judgement = judge(run_, policy);
    EXPECT_THAT(judgement.findings, IsEmpty());
    EXPECT_EQ(exit_status(judgement), 0);
    EXPECT_THAT(judgement.left_out, ElementsAre(kNotDue, kCut));
}

TEST_F(Searches, UnderAPolicyByWhichThereIsAReasonItIsOne) {
    pairs(Outcome::Skipped, {{0, 1}, {2, 3}}, kNotDue);
    for (const Policy& policy : {at_least(20), Policy{}}) {
        const std::vector<Finding> found = by_rule(judge(run_, policy), "coverage");
        ASSERT_THAT(found, SizeIs(1));
        EXPECT_EQ(found[0].verdict, Verdict::NoData);
        EXPECT_EQ(found[0].level, Level::Fleet);
        EXPECT_THAT(found[0].sentence, HasSubstr("nobody was searched for"));
    }
}

TEST_F(Searches, WhatWasCutHasNoDataWhetherOrNotItIsOptional) {
    pairs(Outcome::Completed, {{0, 1}}, nullptr);
    pairs(Outcome::Skipped, {{0, 2}, {2, 3}}, kCut);
    const Judgement judgement = judge(run_, at_least(5));
    const std::vector<Finding> found = by_rule(judgement, "coverage");
    ASSERT_THAT(found, SizeIs(3));
    EXPECT_EQ(found[0].level, Level::Fleet);
    EXPECT_THAT(found[0].sentence, HasSubstr(kCut));
    EXPECT_THAT(found[1].sentence, AllOf(HasSubstr("n2"), HasSubstr("is in no pair")));
    EXPECT_EQ(verdict_of(judgement, "n1"), Verdict::Pass);
    EXPECT_EQ(verdict_of(judgement, "n3"), Verdict::NoData);
    EXPECT_EQ(exit_status(judgement), 3);
}

TEST_F(Searches, WhatWasSkippedForAnotherReasonIsJudgedAsAlways) {
    pairs(Outcome::Skipped, {{0, 1}, {2, 3}}, "there is no NCCL");
    EXPECT_THAT(judge(run_, at_least(5)).findings, IsEmpty());
    Policy policy = at_least(5);
    policy.optional.clear();
    EXPECT_THAT(by_rule(judge(run_, policy), "outcome"), SizeIs(2));
}

TEST_F(Searches, NoMetricButASearchMayStayUnmeasured) {
    run_.metrics.back().parameters = "{}";
    pairs(Outcome::Skipped, {{0, 1}, {2, 3}}, kNotDue);
    Policy policy = at_least(5);
    policy.optional.clear();
    EXPECT_THAT(by_rule(judge(run_, policy), "outcome"), SizeIs(2));
}

TEST(WhyShort, NamesWhatIsNotKnownToBeWell) {
    Coverage coverage;
    coverage.metric = "group";
    EXPECT_EQ(why_short(coverage, "it is slow"), "it is slow");
    EXPECT_EQ(why_short(coverage, ""), "group was measured nowhere");
    coverage.outcomes = {{Outcome::Skipped, 2}};
    EXPECT_EQ(why_short(coverage, ""), "group was measured nowhere");
    coverage.required = false;
    EXPECT_EQ(why_short(coverage, ""), "");
    coverage.outcomes = {{Outcome::Completed, 3}, {Outcome::Skipped, 2}};
    coverage.judged = 2;
    coverage.not_judged = "a cohort of 1";
    EXPECT_EQ(why_short(coverage, ""),
              "group was held against nothing in 1 of 3 cells: a cohort of 1");
    coverage.judged = 3;
    EXPECT_EQ(why_short(coverage, ""), "");
}

TEST(WhySearchIsDue, AMetricThatIsNotThereIsNotWell) {
    EXPECT_THAT(why_search_is_due(Judgement{}, {"group"}), HasSubstr("group was not measured"));
    EXPECT_THAT(why_search_is_due(Judgement{}, {}), HasSubstr("not to be measured"));
}

}  // namespace
}  // namespace rackproof
