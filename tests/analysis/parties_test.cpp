// What a device's place in its node explains is no device's fault.

#include "analysis/parties.hpp"

#include <gmock/gmock.h>

#include "tests/analysis/judge_support.hpp"

namespace rackproof {
namespace {

using rackproof::test::add_metric;
using rackproof::test::make_fleet;
using rackproof::test::verdict_of;
using ::testing::Each;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Nodes of 8 devices, `worse(node, device)` slower.
template <class Worse>
rackproof::Run nodes_of_eight(int nodes, std::uint64_t seed, Worse worse) {
    rackproof::Run run = make_fleet(nodes, 8);
    std::mt19937_64 random{seed};
    std::normal_distribution<double> normal;
    std::vector<double> level;
    for (int device = 0; device < nodes * 8; ++device) {
        level.push_back(1e12 * (1 + 0.005 * normal(random) - worse(device / 8, device % 8)));
    }
    add_metric(run, {}, [&](std::size_t target) { return level[target]; });
    return run;
}

TEST(Parties, APlaceThatIsSlowInEveryNodeIsOneFindingOnTheFleet) {
    const Judgement judgement =
        judge(nodes_of_eight(20, 1, [](int, int device) { return device == 7 ? 0.05 : 0.0; }), {});
    ASSERT_THAT(judgement.findings, SizeIs(1));
    const Finding& finding = judgement.findings[0];
    EXPECT_EQ(finding.level, Level::Fleet);
    EXPECT_EQ(finding.verdict, Verdict::Fail);
    EXPECT_EQ(finding.rule, "population");
    EXPECT_THAT(finding.sentence, HasSubstr("each is device 7 of its node"));
    EXPECT_THAT(finding.action, HasSubstr("no device is blamed"));
    EXPECT_THAT(judgement.nodes, Each(Field(&NodeVerdict::verdict, Verdict::Watch)));
}

TEST(Parties, SeveralSuchPlacesAreOneFinding) {
    const Judgement judgement =
        judge(nodes_of_eight(20, 5, [](int, int device) { return device >= 6 ? 0.05 : 0.0; }), {});
    ASSERT_THAT(judgement.findings, SizeIs(1));
    EXPECT_THAT(judgement.findings[0].sentence, HasSubstr("40 of the 160 targets"));
    EXPECT_THAT(judgement.findings[0].sentence, HasSubstr("each is device 6 or 7 of its node"));
}

TEST(Parties, ABadDeviceAtSuchAPlaceAndElsewhereIsFound) {
    const Judgement judgement =
        judge(nodes_of_eight(20, 2,
                             [](int node, int device) {
                                 const double place = device == 7 ? 0.05 : 0.0;
                                 const bool bad =
                                     (node == 3 && device == 7) || (node == 5 && device == 2);
                                 return place + (bad ? 0.06 : 0.0);
                             }),
              {});
    EXPECT_THAT(judgement.findings, SizeIs(3));
    EXPECT_EQ(verdict_of(judgement, "n3"), Verdict::Fail);
    EXPECT_EQ(verdict_of(judgement, "n5"), Verdict::Fail);
    EXPECT_EQ(verdict_of(judgement, "n4"), Verdict::Watch);
}

TEST(Parties, APlaceThatIsALittleSlowerIsNoFinding) {
    const Judgement judgement =
        judge(nodes_of_eight(20, 3, [](int, int device) { return device == 7 ? 0.02 : 0.0; }), {});
    EXPECT_THAT(judgement.findings, IsEmpty());
}

TEST(Parties, BadDevicesAtOnePlaceOfAFewNodesAreBadDevices) {
    const Judgement judgement =
        judge(nodes_of_eight(
                  20, 4, [](int node, int device) { return device == 7 && node < 4 ? 0.06 : 0.0; }),
              {});
    EXPECT_THAT(judgement.findings, SizeIs(4));
    EXPECT_THAT(judgement.findings, Each(Field(&Finding::level, Level::Device)));
}

}  // namespace
}  // namespace rackproof
