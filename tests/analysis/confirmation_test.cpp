#include "analysis/confirmation.hpp"

#include <gmock/gmock.h>

#include <functional>
#include <random>

#include "core/event_codes.hpp"
#include "tests/analysis/judge_support.hpp"

namespace rackproof {
namespace {

using rackproof::test::make_fleet;
using rackproof::test::verdict_of;
using testing::AllOf;
using testing::Contains;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr const char* kNotDue = "stage again does not measure this pair again";

/// Eight nodes, each pair of which was measured; n5's pairs, or one link, are slow.
class Confirmation : public testing::Test {
  protected:
    using Factor = std::function<double(int, int)>;

    static double of_n5(int a, int b) { return a == 5 || b == 5 ? 0.4 : 1.0; }
    static double of_a_link(int a, int b) { return a == 1 && b == 6 ? 0.3 : 1.0; }
    static double of_nobody(int, int) { return 1.0; }

    void measure(const Factor& factor, Direction better = Direction::HigherIsBetter) {
        Metric& metric = add("pairs", "{}");
        metric.better = better;
        for (int a = 0; a < 8; ++a) {
            for (int b = a + 1; b < 8; ++b) add_pair(metric, a, b, factor(a, b));
        }
    }
    /// The pairs of n5 with some partners, and some without it.
    void measure_again(const char* load, const Factor& factor,
                       const std::vector<Target>& targets = {
                           {1, 5}, {2, 5}, {5, 7}, {0, 1}, {2, 3}, {4, 6}}) {
        Metric& metric =
            add(std::string{"pairs-"} + load,
                std::string{R"({"confirms": "pairs", "confirms_under": ")"} + load + "\"}");
        for (const Target& target : targets) {
            add_pair(metric, target.first, target.second, factor(target.first, target.second));
        }
    }
    Metric& add(const std::string& name, const std::string& parameters) {
        Metric metric;
        metric.name = name;
        metric.suite = "collectives";
        metric.parameters = parameters;
        metric.scope = Scope::NodePair;
        metric.unit = "B/s";
        metric.repetitions = 3;
        run_.metrics.push_back(std::move(metric));
        return run_.metrics.back();
    }
    void add_pair(Metric& metric, int a, int b, double factor) {
        const std::size_t row = metric.add_row({a, b}, 0, Outcome::Completed);
        metric.variant[row] = 0;
        const double value = 1e9 * factor * noise_(random_);
        for (std::size_t i = 0; i < 3; ++i) metric.values[3 * row + i] = value;
    }
    [[nodiscard]] Finding only_finding() const {
        const Judgement judgement = judge(run_, {});
        EXPECT_THAT(judgement.findings, SizeIs(1));
        return judgement.findings.empty() ? Finding{} : judgement.findings.front();
    }

    rackproof::Run run_ = make_fleet(8, 1);
    std::mt19937_64 random_{7};
    std::normal_distribution<double> noise_{1, 0.01};
};

TEST_F(Confirmation, WhatShowsAgainBothWaysIsConfirmed) {
    measure(of_n5);
    measure_again("none", of_n5);
    measure_again("others", of_n5);
    const Finding finding = only_finding();
    EXPECT_EQ(finding.node, "n5");
    EXPECT_EQ(finding.verdict, Verdict::Fail);
    EXPECT_THAT(finding.sentence,
                AllOf(HasSubstr("; measured again, alone on the fabric (with n1, n2, n7) "),
                      HasSubstr(" % below pairs like them, beside other pairs at work "),
                      HasSubstr(" % below: confirmed")));
}

TEST_F(Confirmation, WhatShowsInNeitherIsWatchedAndNoMore) {
    measure(of_n5);
    measure_again("none", of_nobody);
    measure_again("others", of_nobody);
    const Judgement judgement = judge(run_, {});
    EXPECT_EQ(verdict_of(judgement, "n5"), Verdict::Watch);
    ASSERT_THAT(judgement.findings, SizeIs(1));
    EXPECT_THAT(judgement.findings[0].sentence, HasSubstr(": not confirmed, and therefore only"));
}

TEST_F(Confirmation, WhatShowsUnderLoadAloneIsAFaultAllTheSame) {
    measure(of_n5);
    measure_again("none", of_nobody);
    measure_again("others", of_n5);
    const Finding finding = only_finding();
    EXPECT_EQ(finding.verdict, Verdict::Fail);
    EXPECT_THAT(finding.sentence, HasSubstr(": confirmed, under load only"));
}

TEST_F(Confirmation, WhatWasMeasuredAgainInOneWayAloneExoneratesNobody) {
    measure(of_n5);
    measure_again("none", of_nobody);
    const Finding finding = only_finding();
    EXPECT_EQ(finding.verdict, Verdict::Fail);
    EXPECT_THAT(finding.sentence, HasSubstr("not confirmed, but it was not measured under load"));
}

TEST_F(Confirmation, WithoutANumberNothingIsSaid) {
    measure(of_n5);
    measure_again("none", of_nobody, {{0, 1}, {2, 3}});
    const Finding finding = only_finding();
    EXPECT_EQ(finding.verdict, Verdict::Fail);
    EXPECT_THAT(finding.sentence, Not(HasSubstr("measured again")));
}

TEST_F(Confirmation, AllAreFasterAloneAndTheSuspectIsHeldAgainstThem) {
    measure(of_n5);
    measure_again("none", [](int a, int b) { return 3 * of_n5(a, b); });
    measure_again("others", [](int a, int b) { return 0.5 * of_nobody(a, b); });
    EXPECT_THAT(only_finding().sentence, AllOf(HasSubstr("alone on the fabric (with n1, n2, n7) 5"),
                                               HasSubstr(": confirmed")));
}

TEST_F(Confirmation, ALinkIsHeldAgainstItself) {
    measure(of_a_link);
    const std::vector<Target> again{{1, 6}, {0, 2}, {3, 4}, {5, 7}};
    measure_again("none", of_a_link, again);
    measure_again("others", of_a_link, again);
    Finding finding = only_finding();
    EXPECT_EQ(finding.level, Level::Link);
    EXPECT_EQ(finding.verdict, Verdict::Fail);
    EXPECT_THAT(finding.sentence,
                AllOf(HasSubstr("alone on the fabric 7"), HasSubstr("below pairs like them")));
    run_.metrics.resize(1);
    measure_again("none", of_nobody, again);
    measure_again("others", of_nobody, again);
    finding = only_finding();
    EXPECT_EQ(finding.verdict, Verdict::Watch);
}

TEST_F(Confirmation, OfALatencyMoreIsWorse) {
    const auto slow = [](int a, int b) { return 1 / of_n5(a, b); };
    measure(slow, Direction::LowerIsBetter);
    measure_again("none", slow);
    measure_again("others", slow);
    const Finding finding = only_finding();
    EXPECT_EQ(finding.verdict, Verdict::Fail);
    EXPECT_THAT(finding.sentence,
                AllOf(HasSubstr(" % above pairs like them"), HasSubstr(" % above: confirmed")));
}

TEST_F(Confirmation, ItAccusesNobodyByItself) {
    measure(of_nobody);
    measure_again("none", of_n5);
    measure_again("others", of_n5);
    EXPECT_THAT(judge(run_, {}).findings, IsEmpty());
}

TEST_F(Confirmation, WhatBreaksWhenASuspectIsMeasuredAgainIsNoFaultOfItsGoodPartner) {
    measure(of_n5);
    measure_again("none", of_n5, {{0, 1}, {2, 3}, {4, 6}});
    Metric& metric = run_.metrics.back();
    for (const Target& target : {Target{1, 5}, Target{5, 7}}) {
        for (const std::int32_t attempt : {0, 1}) {
            (void)metric.add_row(target, attempt, Outcome::TimedOut);
        }
    }
    const Judgement judgement = judge(run_, {});
    for (const NodeVerdict& node : judgement.nodes) {
        EXPECT_EQ(node.verdict, node.node == "n5" ? Verdict::Fail : Verdict::Pass) << node.node;
    }
    EXPECT_THAT(judgement.findings,
                Contains(Field(&Finding::sentence, HasSubstr("n5: with n1, pairs-none did not"))));
}

TEST_F(Confirmation, APairThatIsNotDueIsNoAbsenceAndOneThatIsSkippedOtherwiseIs) {
    measure(of_nobody);
    measure_again("none", of_nobody, {});
    run_.events.push_back(
        {0, -1, -1, "info", std::string{event_code::kConfirmationNotDue}, kNotDue});
    Metric& metric = run_.metrics.back();
    (void)metric.add_row({0, 1}, 0, Outcome::Skipped);
    run_.reasons.push_back({metric.name, 0, kNotDue});
    EXPECT_THAT(judge(run_, {}).findings, IsEmpty());
    run_.reasons[0].text = "no such device";
    const Judgement judgement = judge(run_, {});
    ASSERT_THAT(judgement.findings, SizeIs(1));
    EXPECT_EQ(judgement.findings[0].verdict, Verdict::NoData);
}

}  // namespace
}  // namespace rackproof
