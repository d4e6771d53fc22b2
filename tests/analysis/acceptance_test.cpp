#include "analysis/acceptance.hpp"

#include <gmock/gmock.h>

#include "core/amendment.hpp"
#include "core/error.hpp"
#include "tests/support/fleet.hpp"

namespace rackproof {
namespace {

using test::add_metric;
using test::add_retest;
using test::add_steady_metric;
using test::end_row;
using test::make_fleet;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;
using testing::Pair;
using testing::SizeIs;

/// 16 nodes of 2 devices in one rack; `low` of them (targets) are at 0.8, the others at 1.
rackproof::Run rack_with(const std::vector<std::size_t>& low, int nodes = 16) {
    rackproof::Run run = make_fleet(nodes, 2);
    add_metric(run, {.name = "gemm.bf16"}, [&](std::size_t target) {
        return std::ranges::find(low, target) != low.end() ? 0.8 : 1.0;
    });
    return run;
}

Contract contract_of(double min, std::optional<double> percentile = {}) {
    Contract contract;
    contract.name = "contract";
    contract.limits = {{{"gemm.*", "FLOP/s", min, std::nullopt, "annex B"}, percentile}};
    return contract;
}

/// By a policy that finds nothing slow, so that the contract alone speaks.
Acceptance accepted(const Contract& contract, const rackproof::Run& run) {
    Policy policy;
    policy.min_effect = 10;
    HeldMetrics metrics{run};
    return accept(contract, run, metrics, judge(run, policy));
}

RackAcceptance only_rack(const Contract& contract, const rackproof::Run& run) {
    const Acceptance acceptance = accepted(contract, run);
    EXPECT_THAT(acceptance.racks, SizeIs(1));
    EXPECT_EQ(acceptance.verdict, acceptance.racks.front().verdict);
    return acceptance.racks.front();
}

TEST(Acceptance, ARackThatKeepsAllIsAccepted) {
    const RackAcceptance rack = only_rack(contract_of(0.9), rack_with({}));
    EXPECT_EQ(rack.verdict, Verdict::Pass);
    EXPECT_EQ(rack.rack, "r0");
    EXPECT_EQ(rack.nodes, 16);
    EXPECT_THAT(rack.defects, IsEmpty());
    ASSERT_THAT(rack.clauses, SizeIs(1));
    EXPECT_EQ(rack.clauses[0].sentence, "of 16 nodes 0 are defects; 0 may be");
}

TEST(Acceptance, DefectsCountByNodeUpToTheShareAllowed) {
    Contract contract = contract_of(0.9);
    const rackproof::Run run = rack_with({6, 7, 20});  // both devices of n3, one of n10
    EXPECT_EQ(only_rack(contract, run).verdict, Verdict::Fail);
    EXPECT_THAT(only_rack(contract, run).defects,
                ElementsAre(Pair("n10", HasSubstr("n10 device 0: gemm.bf16 is 0.8, and must be at "
                                                  "least 0.9 FLOP/s (annex B)")),
                            Pair("n3", HasSubstr("n3 device 0"))));
    contract.allowed_defects = 0.124;  // one of 16, and a bit
    EXPECT_EQ(only_rack(contract, run).verdict, Verdict::Fail);
    contract.allowed_defects = 0.125;
    EXPECT_EQ(only_rack(contract, run).verdict, Verdict::Pass);
    EXPECT_THAT(only_rack(contract, run).defects, SizeIs(2));
}

TEST(Acceptance, AShareIsNotLostToRounding) {
    Contract contract = contract_of(0.9);
    contract.allowed_defects = 0.1;
    EXPECT_EQ(only_rack(contract, rack_with({0}, 10)).verdict, Verdict::Pass);
    EXPECT_EQ(only_rack(contract, rack_with({0, 2}, 10)).verdict, Verdict::Fail);
}

TEST(Acceptance, EachRackIsHeldByItself) {
    const Acceptance acceptance = accepted(contract_of(0.9), rack_with({40}, 32));
    ASSERT_THAT(acceptance.racks, SizeIs(2));
    EXPECT_EQ(acceptance.racks[0].verdict, Verdict::Pass);
    EXPECT_EQ(acceptance.racks[1].verdict, Verdict::Fail);
    EXPECT_EQ(acceptance.verdict, Verdict::Fail);
}

TEST(Acceptance, APercentileIsOfTheRacksTargetsTogether) {
    // 32 devices: the 10th percentile leaves three outside.
    const rackproof::Run three = rack_with({1, 3, 5});
    EXPECT_EQ(only_rack(contract_of(0.9, 10), three).verdict, Verdict::Pass);
    EXPECT_THAT(only_rack(contract_of(0.9, 10), three).defects, IsEmpty());
    const RackAcceptance four = only_rack(contract_of(0.9, 10), rack_with({1, 3, 5, 7}));
    EXPECT_EQ(four.verdict, Verdict::Fail);
    EXPECT_THAT(four.clauses,
                Contains(Field(&Clause::sentence,
                               HasSubstr("gemm.bf16: percentile 10 must be at least 0.9 FLOP/s "
                                         "(annex B): of 32 values 4 are outside and 0 missing; 3 "
                                         "may be"))));
    Contract at_most;
    at_most.limits = {{{"gemm.*", "FLOP/s", std::nullopt, 0.9, "x"}, 10}};
    EXPECT_EQ(only_rack(at_most, rack_with({1, 3, 5})).verdict, Verdict::Fail);
    at_most.limits[0].percentile = 9;  // 29 of 32 are above; 91 % may be, which is 29
    EXPECT_EQ(only_rack(at_most, rack_with({1, 3, 5})).verdict, Verdict::Pass);
}

TEST(Acceptance, WhatIsMissingCountsAsOutsideUntilItIsKnown) {
    rackproof::Run run = rack_with({1, 3, 5});
    end_row(run, run.metrics[0], 9, Outcome::Skipped, "no room");
    const RackAcceptance rack = only_rack(contract_of(0.9, 10), run);
    EXPECT_EQ(rack.verdict, Verdict::NoData);
    EXPECT_THAT(rack.clauses, Contains(Field(&Clause::verdict, Verdict::NoData)));
    Policy optional;
    optional.optional = {"*"};
    optional.min_effect = 10;
    HeldMetrics metrics{run};
    // Though the node is fine by the policy, the percentile cannot be told.
    EXPECT_EQ(accept(contract_of(0.9, 10), run, metrics, judge(run, optional)).verdict,
              Verdict::NoData);
    EXPECT_EQ(accept(contract_of(0.9, 13), run, metrics, judge(run, optional)).verdict,
              Verdict::Pass);
}

TEST(Acceptance, WhatEndedBadlyIsADefectAndWhatWasNotMeasuredIsNoData) {
    rackproof::Run run = rack_with({});
    Metric& metric = run.metrics[0];
    end_row(run, metric, 2, Outcome::TimedOut, "slow disk");
    Contract contract = contract_of(0.9);
    EXPECT_THAT(only_rack(contract, run).defects, ElementsAre(Pair("n1", HasSubstr("timed_out"))));
    EXPECT_EQ(only_rack(contract, run).verdict, Verdict::Fail);
    metric.outcome[2] = Outcome::Skipped;
    EXPECT_THAT(only_rack(contract, run).no_data, ElementsAre(Key("n1")));
    EXPECT_EQ(only_rack(contract, run).verdict, Verdict::NoData);
    contract.allowed_defects = 1;  // a defect may be, what nobody looked at may not
    EXPECT_EQ(only_rack(contract, run).verdict, Verdict::NoData);
}

/// Takes a target's only row out, as a writer does that forgot it.
void forget(Metric& metric, std::size_t row) {
    const auto from = [&](auto& column, std::size_t width) {
        const auto begin = column.begin() + static_cast<std::ptrdiff_t>(row * width);
        column.erase(begin, begin + static_cast<std::ptrdiff_t>(width));
    };
    from(metric.target, 1);
    from(metric.attempt, 1);
    from(metric.outcome, 1);
    from(metric.variant, 1);
    from(metric.values, metric.repetitions);
}

TEST(Acceptance, ADeviceWithoutACellLeavesItsNodeWithoutData) {
    rackproof::Run run = rack_with({});
    forget(run.metrics[0], 7);
    for (const Contract& contract : {contract_of(0.9), contract_of(0.9, 50)}) {
        const RackAcceptance rack = only_rack(contract, run);
        EXPECT_EQ(rack.verdict, Verdict::NoData);
        EXPECT_THAT(rack.no_data, ElementsAre(Key("n3")));
    }
}

TEST(Acceptance, OfOneValueAtLeastThatOneMustBeInside) {
    rackproof::Run run = make_fleet(1, 1);
    add_steady_metric(run, {.name = "gemm.bf16"}, 0.8);
    EXPECT_EQ(only_rack(contract_of(0.9, 99.9), run).verdict, Verdict::Fail);
    EXPECT_EQ(only_rack(contract_of(0.7, 99.9), run).verdict, Verdict::Pass);
    EXPECT_EQ(only_rack(contract_of(0.9, 100), run).verdict, Verdict::Fail);
}

TEST(Acceptance, ANodeWithoutAnyCellOfACaseHasNoData) {
    rackproof::Run run = rack_with({});
    const Judgement well = judge(run, {});
    Metric& metric = run.metrics[0];
    for (auto* column : {&metric.variant, &metric.attempt}) column->resize(30);
    metric.target.resize(30);
    metric.outcome.resize(30);
    metric.values.resize(30 * metric.repetitions);
    HeldMetrics metrics{run};
    for (const Contract& contract : {contract_of(0.9), contract_of(0.9, 50)}) {
        const Acceptance acceptance = accept(contract, run, metrics, well);
        EXPECT_THAT(acceptance.racks.at(0).no_data,
                    ElementsAre(Pair("n15", "gemm.bf16 was not measured on it")));
        EXPECT_EQ(acceptance.verdict, Verdict::NoData);
    }
}

TEST(Acceptance, OnlyAttemptsThatAreAllowedCount) {
    rackproof::Run run = rack_with({4});
    add_retest(run.metrics[0], 4, 1, Outcome::Completed, 0.85);
    add_retest(run.metrics[0], 4, 2, Outcome::Completed, 1.0);
    Contract contract = contract_of(0.9);
    contract.retests = 1;
    const Acceptance refused = accepted(contract, run);
    EXPECT_EQ(refused.verdict, Verdict::Fail);
    ASSERT_THAT(refused.retested, SizeIs(1));
    const ContractCell& cell = refused.retested[0];
    EXPECT_EQ(cell.where, "n2 device 0");
    ASSERT_THAT(cell.attempts, SizeIs(3));
    EXPECT_EQ(cell.attempts[0].counts, ContractAttempt::Counts::No);
    EXPECT_EQ(cell.attempts[1].counts, ContractAttempt::Counts::Yes);
    EXPECT_EQ(cell.attempts[1].value, 0.85);
    EXPECT_EQ(cell.attempts[2].counts, ContractAttempt::Counts::No);
    contract.retests = 2;
    EXPECT_EQ(accepted(contract, run).verdict, Verdict::Pass);
}

/// One group of all nodes, at first slow, and then without n3 as it should be.
rackproof::Run slow_group() {
    rackproof::Run run = make_fleet(4, 1);
    run.groups = {{0, 1, 2, 3}};
    run.variants.push_back({R"({"without":["n3"]})", "", "", ""});
    Metric metric;
    metric.name = "collectives.all_reduce.1MiB.rack";
    metric.unit = "B/s";
    metric.scope = Scope::Group;
    metric.repetitions = 1;
    metric.values[metric.add_row({0, -1}, 0, Outcome::Completed)] = 1;
    const std::size_t row = metric.add_row({0, -1}, 1, Outcome::Completed);
    metric.values[row] = 9;
    metric.variant[row] = 1;
    run.metrics.push_back(std::move(metric));
    return run;
}

TEST(Acceptance, WhatFewerNodesReachedDoesNotCountInPlaceOfASlowResult) {
    rackproof::Run run = slow_group();
    Contract contract;
    contract.retests = 1;
    contract.limits = {{{"collectives.*", "B/s", 5, std::nullopt, "annex B"}, std::nullopt}};
    EXPECT_EQ(accepted(contract, run).verdict, Verdict::Fail);
    // A retest of the same nodes is for the contract to allow.
    run.metrics[0].variant[1] = 0;
    EXPECT_EQ(accepted(contract, run).verdict, Verdict::Pass);
    // And where all of them together broke, what the others reached is the number.
    run.metrics[0].variant[1] = 1;
    run.metrics[0].outcome[0] = Outcome::TimedOut;
    const Acceptance without = accepted(contract, run);
    EXPECT_EQ(without.retested.at(0).attempts.at(1).counts, ContractAttempt::Counts::Yes);
}

TEST(Acceptance, AClauseOfAStageThatWasLeftOutSaysSo) {
    rackproof::Run run = rack_with({});
    const std::string text =
        "stage pairs was not run: it measures pairs of nodes, and there are "
        "no two nodes for it";
    run.events.push_back({0, -1, -1, "info", "stage_left_out", text});
    Contract contract = contract_of(0.9);
    EXPECT_EQ(accepted(contract, run).verdict, Verdict::Pass);
    EXPECT_THAT(accepted(contract, run).left_out, ElementsAre(text));
    contract.limits.push_back(
        {{"collectives.*.pairs", "B/s", 1e9, std::nullopt, "annex C"}, std::nullopt});
    const RackAcceptance rack = only_rack(contract, run);
    EXPECT_EQ(rack.verdict, Verdict::NoData);
    EXPECT_THAT(rack.clauses,
                Contains(Field(&Clause::sentence,
                               "no metric of this run is named 'collectives.*.pairs', of which the "
                               "contract speaks; " +
                                   text)));
}

TEST(Acceptance, AFailureThatARetestDidNotShowAgainIsForTheContractToDecide) {
    rackproof::Run run = rack_with({});
    end_row(run, run.metrics[0], 4, Outcome::Failed, "no memory");
    add_retest(run.metrics[0], 4, 1, Outcome::Completed, 1.0);
    Contract contract = contract_of(0.9);
    EXPECT_EQ(accepted(contract, run).verdict, Verdict::Fail);
    contract.retests = 1;
    EXPECT_EQ(accepted(contract, run).verdict, Verdict::Pass);
    // Of a case that it does not name, the judge does.
    add_steady_metric(run, {.name = "membw.triad", .suite = "membw"}, 1);
    end_row(run, run.metrics[1], 9, Outcome::Failed, "no memory");
    add_retest(run.metrics[1], 9, 1, Outcome::Completed, 1.0);
    EXPECT_THAT(only_rack(contract, run).no_data, ElementsAre(Key("n4")));
}

TEST(Acceptance, AttemptsAfterARepairCountIfRepairsAreAllowed) {
    rackproof::Run run = rack_with({4});
    add_retest(run.metrics[0], 4, kAttemptsPerAmendment, Outcome::Lost, kNoValue);
    add_retest(run.metrics[0], 4, kAttemptsPerAmendment + 1, Outcome::Completed, 1.0);
    run.reasons.push_back({"gemm.bf16", 32, "gone"});
    Contract contract = contract_of(0.9);
    EXPECT_EQ(accepted(contract, run).verdict, Verdict::Fail);
    contract.repairs = 1;
    EXPECT_EQ(accepted(contract, run).verdict, Verdict::Fail);  // of the repair, the first was lost
    EXPECT_EQ(accepted(contract, run).retested[0].attempts[1].reason, "gone");
    contract.retests = 1;
    EXPECT_EQ(accepted(contract, run).verdict, Verdict::Pass);
}

TEST(Acceptance, HoursAreThoseBetweenTheFirstSampleAndTheLast) {
    rackproof::Run run = rack_with({});
    Metric& metric = run.metrics[0];
    Contract contract;
    contract.hours = {{"gemm.*", 2, "annex B, 4"}};
    const RackAcceptance without = only_rack(contract, run);
    EXPECT_EQ(without.verdict, Verdict::NoData);
    EXPECT_THAT(without.no_data, SizeIs(16));
    for (std::size_t i = 0; i < metric.values.size(); ++i) {
        metric.time.push_back(static_cast<double>(i % metric.repetitions) * 1800);
    }
    EXPECT_EQ(only_rack(contract, run).verdict, Verdict::Pass);
    metric.time[4] -= 1;
    EXPECT_THAT(only_rack(contract, run).no_data,
                ElementsAre(Pair("n0", HasSubstr("n0 device 0: gemm.bf16 was measured for 2 h, and "
                                                 "must be for 2 h (annex B, 4)"))));
    metric.values[4] = kNoValue;
    EXPECT_THAT(only_rack(contract, run).no_data, ElementsAre(Pair("n0", HasSubstr("for 1.5 h"))));
}

TEST(Acceptance, NumbersOfPairsAreAClauseAndBlameNoNode) {
    rackproof::Run run = rack_with({});
    Metric pairs;
    pairs.name = "wire";
    pairs.suite = "wire";
    pairs.scope = Scope::NodePair;
    pairs.unit = "s";
    pairs.repetitions = 1;
    for (std::int32_t node = 0; node < 16; node += 2) {
        const std::size_t row = pairs.add_row({node, node + 1}, 0, Outcome::Completed);
        pairs.variant[row] = 0;
        pairs.values[row] = node == 6 ? 3 : 1;
    }
    run.metrics.push_back(pairs);
    Contract contract;
    contract.limits = {{{"wire", "s", std::nullopt, 2.0, "x"}, std::nullopt}};
    rackproof::Run without = run;
    forget(without.metrics[1], 5);
    EXPECT_THAT(only_rack(contract, without).no_data, ElementsAre(Key("n10"), Key("n11")));
    const RackAcceptance rack = only_rack(contract, run);
    EXPECT_EQ(rack.verdict, Verdict::Fail);
    EXPECT_THAT(rack.defects, IsEmpty());
    EXPECT_THAT(rack.clauses, Contains(Field(&Clause::sentence,
                                             HasSubstr("wire: each must be at most 2 s (x): of 8 "
                                                       "values 1 are outside"))));
}

TEST(Acceptance, WhatTheJudgeFailsIsADefectWhateverTheContractNames) {
    rackproof::Run run = rack_with({});
    Metric& other = add_steady_metric(run, {.name = "membw.triad", .suite = "membw"}, 1);
    end_row(run, other, 7, Outcome::WrongAnswer, "bits");
    EXPECT_THAT(only_rack(contract_of(0.9), run).defects,
                ElementsAre(Pair("n3", HasSubstr("it fails by the policy"))));
    run.metrics[1].outcome[7] = Outcome::Skipped;
    EXPECT_THAT(only_rack(contract_of(0.9), run).no_data, ElementsAre(Key("n3")));
}

TEST(Acceptance, FindingsOnTheRackAndOnTheFleetCount) {
    const rackproof::Run run = rack_with({}, 32);
    Judgement judgement = judge(run, {});
    HeldMetrics metrics{run};
    Finding finding;
    finding.verdict = Verdict::Fail;
    finding.level = Level::Rack;
    finding.rack = "r1";
    finding.sentence = "rack r1 is warm";
    judgement.findings = {finding};
    Acceptance acceptance = accept(contract_of(0.9), run, metrics, judgement);
    EXPECT_EQ(acceptance.racks[0].verdict, Verdict::Pass);
    EXPECT_EQ(acceptance.racks[1].verdict, Verdict::Fail);
    judgement.findings[0].level = Level::Fleet;
    judgement.findings[0].rack.clear();
    judgement.findings[0].verdict = Verdict::NoData;
    acceptance = accept(contract_of(0.9), run, metrics, judgement);
    EXPECT_EQ(acceptance.racks[0].verdict, Verdict::NoData);
}

TEST(Acceptance, ClausesThatNothingAnswersAndIncompleteRunsAreNoAcceptance) {
    rackproof::Run run = rack_with({});
    Contract contract = contract_of(0.9);
    contract.limits[0].limit.pattern = "burnin.*";
    EXPECT_EQ(only_rack(contract, run).verdict, Verdict::NoData);
    contract = contract_of(0.9);
    contract.hours = {{"burnin.*", 1, "x"}};
    EXPECT_THAT(only_rack(contract, run).clauses,
                Contains(Field(&Clause::sentence, HasSubstr("'burnin.*', of which"))));
    run.complete = false;
    EXPECT_EQ(only_rack(contract_of(0.9), run).verdict, Verdict::NoData);
    EXPECT_EQ(accepted(contract_of(0.9), make_fleet(0, 0)).verdict, Verdict::NoData);
}

TEST(Acceptance, ALimitInAnotherUnitIsRefused) {
    Contract contract = contract_of(0.9);
    contract.limits[0].limit.unit = "B/s";
    const rackproof::Run run = rack_with({});
    EXPECT_THROW((void)accepted(contract, run), InputError);
}

}  // namespace
}  // namespace rackproof
