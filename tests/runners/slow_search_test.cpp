#include "runners/slow_search.hpp"

#include <gmock/gmock.h>

#include <numeric>
#include <set>

#include "core/error.hpp"

namespace rackproof {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;

std::vector<std::int32_t> numbered(std::int32_t count) {
    std::vector<std::int32_t> nodes(static_cast<std::size_t>(count));
    std::iota(nodes.begin(), nodes.end(), 0);
    return nodes;
}

/// As if each trial that any of `slow` takes part in were too slow. Returns how many there were.
int search(SlowSearch& search, const std::set<std::int32_t>& slow) {
    int trials = 0;
    while (!search.is_over()) {
        const std::vector<std::int32_t> nodes = search.next();
        EXPECT_GE(nodes.size(), 2U);  // one alone has nobody to talk to
        const bool is_slow =
            std::ranges::any_of(nodes, [&](std::int32_t node) { return slow.contains(node); });
        search.take(is_slow ? TrialEnd::TooSlow : TrialEnd::InTime);
        ++trials;
    }
    return trials;
}

TEST(SlowSearch, FindsTheOneSlowNodeWhereverItIs) {
    for (std::int32_t count = 3; count <= 18; ++count) {
        for (std::int32_t slow = 0; slow < count; ++slow) {
            SlowSearch own{numbered(count)};
            const std::int32_t most = SlowSearch::most_trials(static_cast<std::size_t>(count));
            EXPECT_LE(search(own, {slow}), most) << slow << " of " << count;
            EXPECT_THAT(own.guilty(), Optional(slow)) << slow << " of " << count;
        }
    }
}

TEST(SlowSearch, NamesNobodyForTheFaultOfTwo) {
    for (std::int32_t one = 0; one < 8; ++one) {
        for (std::int32_t other = one + 1; other < 8; ++other) {
            SlowSearch own{numbered(8)};
            search(own, {one, other});
            EXPECT_EQ(own.guilty(), std::nullopt) << one << " and " << other;
            EXPECT_THAT(own.words(), HasSubstr("without the last suspect as well"));
        }
    }
}

TEST(SlowSearch, WhatIsNotSlowAgainIsOverAtOnce) {
    SlowSearch own{numbered(4)};
    EXPECT_EQ(search(own, {}), 1);
    EXPECT_EQ(own.guilty(), std::nullopt);
    EXPECT_THAT(own.words(), HasSubstr("tried again with all, it was in time"));
    EXPECT_THAT(own.next(), IsEmpty());
}

TEST(SlowSearch, LoadThatGoesAwayOnTheWayNamesNobody) {
    SlowSearch own{numbered(4)};
    own.take(TrialEnd::TooSlow);
    EXPECT_EQ(search(own, {}), 4);  // two of suspects, one without the last, and one of all
    EXPECT_EQ(own.guilty(), std::nullopt);
    EXPECT_THAT(own.words(), HasSubstr("with all once more, it was in time"));
}

TEST(SlowSearch, ATrialThatSaysNothingEndsIt) {
    SlowSearch own{numbered(4)};
    own.take(TrialEnd::TooSlow);
    EXPECT_THAT(own.next(), ElementsAre(0, 1));
    own.take(TrialEnd::Unclear);
    EXPECT_TRUE(own.is_over());
    EXPECT_EQ(own.guilty(), std::nullopt);
    EXPECT_THAT(own.words(), HasSubstr("broke"));
    EXPECT_THROW(own.take(TrialEnd::InTime), Error);
}

TEST(SlowSearch, SaysHowOftenItWasSlowWithTheGuilty) {
    SlowSearch own{{4, 7, 9}};
    EXPECT_THAT(own.words(), HasSubstr("broken off"));
    search(own, {9});
    EXPECT_THAT(own.guilty(), Optional(9));
    // With all; 4 and 7; those without 9; with all.
    EXPECT_EQ(own.words(),
              "tried again, it was too slow in all 2 trials with it, and in time in all 2 trials "
              "without it");
}

TEST(SlowSearch, TakesFewTrials) {
    EXPECT_EQ(SlowSearch::most_trials(3), 5);
    EXPECT_EQ(SlowSearch::most_trials(8), 6);
    EXPECT_EQ(SlowSearch::most_trials(18), 8);
}

TEST(SlowSearch, NeedsThreeNodes) { EXPECT_THROW(SlowSearch{numbered(2)}, Error); }

}  // namespace
}  // namespace rackproof
