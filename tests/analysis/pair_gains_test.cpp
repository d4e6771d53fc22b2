#include "analysis/pair_gains.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <functional>

namespace rackproof {
namespace {

constexpr std::int32_t kNodesOfThreeRacks = 24;

std::int32_t leaf_of_four(std::int32_t node) { return node / 4; }
std::int32_t rack_of_eight(std::int32_t node) { return node / 8; }

Grouping grouping_named(const char* name, std::int32_t groups,
                        std::int32_t (*group_of)(std::int32_t)) {
    Grouping made{name, {}, {}};
    for (std::int32_t i = 0; i < groups; ++i) made.names.push_back(name + std::to_string(i));
    for (std::int32_t node = 0; node < kNodesOfThreeRacks; ++node)
        made.group_of.push_back(group_of(node));
    return made;
}

/// All pairs of three racks of two leaves each.
class PairGainsTest : public testing::Test {
  protected:
    PairGainsTest()
        : groupings_{grouping_named("leaf", 6, leaf_of_four),
                     grouping_named("rack", 3, rack_of_eight)} {}

    struct Of {
        double group = 0;
        double ends = 0;
        double parts = 0;
    };

    /// The gains by the first rack.
    Of of_rack(const std::function<bool(std::int32_t, std::int32_t)>& is_slow) const {
        std::vector<PairObservation> pairs;
        for (std::int32_t a = 0; a < kNodesOfThreeRacks; ++a) {
            for (std::int32_t b = a + 1; b < kNodesOfThreeRacks; ++b) {
                pairs.push_back({a, b, is_slow(a, b) ? 0.3 : 0.0});
            }
        }
        const PairCounting counting{pairs, {0.1}};
        const auto ends = candidate_ends(pairs, kNodesOfThreeRacks);
        const auto groups = candidate_groups(pairs, groupings_);
        std::vector<std::size_t> places;
        for (std::size_t i = 0; i < ends.size(); ++i) places.push_back(i);
        const PairGains gains{counting, ends, groups, places};
        const auto rack = std::ranges::find_if(groups, [](const PairCandidate& each) {
            return each.part == PairPart::Group && each.grouping == 1 && each.group == 0;
        });
        const std::size_t threshold = gains.clearest_threshold(*rack);
        return {gains.of_group(*rack, threshold), gains.of_ends(*rack, threshold),
                gains.of_parts(*rack, threshold, std::vector<bool>(groups.size(), false))};
    }

  private:
    std::vector<Grouping> groupings_;
};

TEST_F(PairGainsTest, ABadRackExplainsMoreThanItsLeavesOrNodes) {
    const Of gains = of_rack([](std::int32_t a, std::int32_t b) {
        return rack_of_eight(a) == 0 || rack_of_eight(b) == 0;
    });
    EXPECT_GT(gains.group, 100);
    EXPECT_GT(gains.group, gains.parts);
    EXPECT_GT(gains.group, gains.ends);
}

TEST_F(PairGainsTest, ALeafAndItsNeighboursUplinkExplainMoreThanTheirRack) {
    const Of gains = of_rack([](std::int32_t a, std::int32_t b) {
        const bool leaf = leaf_of_four(a) == 0 || leaf_of_four(b) == 0;
        return leaf || (leaf_of_four(a) == 1) != (leaf_of_four(b) == 1);
    });
    EXPECT_GT(gains.parts, gains.group);
}

TEST_F(PairGainsTest, ALeafAndANeighbourExplainMoreThanTheirRack) {
    const Of gains = of_rack([](std::int32_t a, std::int32_t b) {
        return leaf_of_four(a) == 0 || leaf_of_four(b) == 0 || a == 5 || b == 5;
    });
    EXPECT_GT(gains.parts, gains.group);
}

TEST_F(PairGainsTest, NothingIsGainedWhereNothingIsSlow) {
    const Of gains = of_rack([](std::int32_t, std::int32_t) { return false; });
    EXPECT_LT(gains.group, 0);
    EXPECT_EQ(gains.ends, 0);
    EXPECT_EQ(gains.parts, 0);
}

TEST(PairGains, ALongerNameCostsMore) {
    EXPECT_DOUBLE_EQ(name_cost(1), 1);
    EXPECT_GT(name_cost(64), name_cost(8));
}

}  // namespace
}  // namespace rackproof
