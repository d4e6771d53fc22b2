#include "runners/pair_strata.hpp"

#include <gmock/gmock.h>

#include <set>
#include <utility>

#include "core/index.hpp"

namespace rackproof {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

/// `count` nodes in parts of `size`, and those in parts of each further size.
Strata parts_of(std::int32_t count, const std::vector<std::int32_t>& sizes) {
    Strata strata;
    for (const std::int32_t size : sizes) {
        std::vector<std::int32_t>& parts = strata.emplace_back();
        for (std::int32_t player = 0; player < count; ++player) parts.push_back(player / size);
    }
    return strata;
}

void expect_sound(const std::vector<PairRound>& rounds, std::int32_t count) {
    std::set<std::pair<std::int32_t, std::int32_t>> met;
    std::set<std::int32_t> sat_out;
    for (const PairRound& round : rounds) {
        std::set<std::int32_t> playing;
        for (const auto& [first, second] : round) {
            ASSERT_TRUE(0 <= first && first < second && second < count);
            ASSERT_TRUE(playing.insert(first).second && playing.insert(second).second);
            ASSERT_TRUE(met.emplace(first, second).second) << first << " and " << second;
        }
        ASSERT_THAT(round, SizeIs(static_cast<std::size_t>(count / 2)));
        for (std::int32_t player = 0; player < count; ++player) {
            if (playing.contains(player)) continue;
            ASSERT_TRUE(sat_out.insert(player).second) << player;
        }
    }
}

TEST(PairStrata, RoundsAreDisjointWholeAndWithoutRepetition) {
    for (std::int32_t count = 2; count <= 41; ++count) {
        for (const std::int32_t size : {1, 2, 3, 8, 41}) {
            const std::int32_t most = (count + 1) / 2;
            for (std::uint64_t seed = 0; seed < 5; ++seed) {
                const auto rounds =
                    stratified_rounds(count, most, parts_of(count, {size, 2 * size}), seed);
                ASSERT_THAT(rounds, SizeIs(static_cast<std::size_t>(most)));
                expect_sound(rounds, count);
            }
        }
    }
}

/// How often each player met partners of each nearness: least and most of all players.
struct Range {
    std::int32_t least = 1'000'000;
    std::int32_t most = 0;
};
std::vector<Range> meetings(const std::vector<PairRound>& rounds, const Strata& strata,
                            std::int32_t count) {
    std::vector<std::vector<std::int32_t>> times(strata.size() + 1,
                                                 std::vector<std::int32_t>(at(count), 0));
    for (const PairRound& round : rounds) {
        for (const auto& [first, second] : round) {
            std::vector<std::int32_t>& of_kind = times[nearness(strata, first, second)];
            ++of_kind[at(first)];
            ++of_kind[at(second)];
        }
    }
    std::vector<Range> ranges;
    for (const std::vector<std::int32_t>& of_kind : times) {
        const auto [least, most] = std::ranges::minmax(of_kind);
        ranges.push_back({least, most});
    }
    return ranges;
}

TEST(PairStrata, EachMeetsPartnersInsideAndOutsideOfItsLeafAlike) {
    const Strata strata = parts_of(64, {16});
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        for (const Range& range : meetings(stratified_rounds(64, 6, strata, seed), strata, 64)) {
            EXPECT_GE(range.least, 2) << seed;
            EXPECT_LE(range.most, 4) << seed;
        }
    }
}

TEST(PairStrata, WithTwoKindsOfPartsEachMeetsAllThreeNearnesses) {
    const Strata strata = parts_of(128, {8, 32});
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        for (const Range& range : meetings(stratified_rounds(128, 6, strata, seed), strata, 128)) {
            EXPECT_GE(range.least, 1) << seed;
            EXPECT_LE(range.most, 4) << seed;
        }
    }
}

TEST(PairStrata, TheSeedDecides) {
    const Strata strata = parts_of(32, {8});
    EXPECT_EQ(stratified_rounds(32, 4, strata, 7), stratified_rounds(32, 4, strata, 7));
    EXPECT_NE(stratified_rounds(32, 4, strata, 7), stratified_rounds(32, 4, strata, 8));
}

TEST(PairStrata, MoreRoundsThanHalfAreThoseOfACircle) {
    const Strata strata = parts_of(8, {4});
    EXPECT_EQ(stratified_rounds(8, 5, strata, 7), pair_rounds(8, 5));
    EXPECT_THAT(stratified_rounds(8, 100, strata, 7), SizeIs(7));
    EXPECT_THAT(stratified_rounds(1, 3, {}, 7), IsEmpty());
    EXPECT_THAT(stratified_rounds(8, 0, strata, 7), IsEmpty());
}

TEST(PairStrata, TenThousandNodesHaveTheirEightRounds) {
    const Strata strata = parts_of(10'000, {32, 512});
    const auto rounds = stratified_rounds(10'000, 8, strata, 7);
    ASSERT_THAT(rounds, SizeIs(8));
    expect_sound(rounds, 10'000);
}

TEST(PairStrata, ComeFromTheRackAndTheLabelsThatNameFabricTheNearestFirst) {
    std::vector<Node> nodes(8);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        nodes[i].rack = "r" + std::to_string(i / 4);
        nodes[i].labels["NVLink-Domain"] = std::to_string(i / 2);
        nodes[i].labels["leaf"] = i == 7 ? "" : "leaf-" + std::to_string(i % 2);
        nodes[i].labels["pdu"] = std::to_string(i / 2);
        nodes[i].labels["pod"] = "the only one";
    }
    const Strata strata = strata_of(nodes, {0, 1, 2, 3, 5, 7});
    ASSERT_THAT(strata, SizeIs(3));
    EXPECT_THAT(strata[0], ElementsAre(0, 0, 1, 1, 2, 3));
    EXPECT_THAT(strata[1], ElementsAre(0, 1, 0, 1, 1, -1));
    EXPECT_THAT(strata[2], ElementsAre(0, 0, 0, 0, 1, 1));
    EXPECT_EQ(nearness(strata, 0, 1), 0U);
    EXPECT_EQ(nearness(strata, 0, 2), 1U);
    EXPECT_EQ(nearness(strata, 0, 3), 2U);
    EXPECT_EQ(nearness(strata, 0, 5), 3U);
}

TEST(PairStrata, RacksThatTellNobodyApartAreNone) {
    std::vector<Node> nodes(4);
    EXPECT_THAT(strata_of(nodes, {0, 1, 2, 3}), IsEmpty());
    for (std::size_t i = 0; i < nodes.size(); ++i) nodes[i].rack = std::to_string(i);
    EXPECT_THAT(strata_of(nodes, {0, 1, 2, 3}), IsEmpty());
}

}  // namespace
}  // namespace rackproof
