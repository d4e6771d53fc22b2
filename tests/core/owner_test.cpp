#include "core/owner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <type_traits>
#include <vector>

namespace rackproof {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<int>& closed() {
    static std::vector<int> handles;
    return handles;
}

struct CountedTraits {
    using Handle = int;
    static constexpr Handle kNull = 0;
    static void close(Handle handle) noexcept { closed().push_back(handle); }
};
using Counted = Owner<CountedTraits>;

class OwnerTest : public testing::Test {
  protected:
    void SetUp() override { closed().clear(); }
};

static_assert(!std::is_copy_constructible_v<Counted>);
static_assert(!std::is_copy_assignable_v<Counted>);
static_assert(std::is_nothrow_move_constructible_v<Counted>);
static_assert(std::is_nothrow_move_assignable_v<Counted>);
static_assert(!std::is_convertible_v<int, Counted>, "a bare handle is not owned by accident");

TEST_F(OwnerTest, ClosesOnceAtItsEnd) {
    {
        const Counted owner{7};
        EXPECT_EQ(owner.get(), 7);
        EXPECT_TRUE(owner);
    }
    EXPECT_THAT(closed(), ElementsAre(7));
}

TEST_F(OwnerTest, OfNothingClosesNothing) {
    {
        const Counted owner;
        EXPECT_FALSE(owner);
    }
    EXPECT_THAT(closed(), IsEmpty());
}

TEST_F(OwnerTest, MovedFromOwnsNothing) {
    {
        Counted first{7};
        const Counted second{std::move(first)};
        EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): that is what is tested
        EXPECT_EQ(second.get(), 7);
    }
    EXPECT_THAT(closed(), ElementsAre(7));
}

TEST_F(OwnerTest, AssignmentClosesWhatItHeld) {
    Counted owner{1};
    owner = Counted{2};
    EXPECT_THAT(closed(), ElementsAre(1));
    EXPECT_EQ(owner.get(), 2);
}

TEST_F(OwnerTest, SurvivesAssignmentToItself) {
    Counted owner{1};
    Counted& same = owner;
    owner = std::move(same);
    EXPECT_THAT(closed(), IsEmpty());
    EXPECT_EQ(owner.get(), 1);
}

TEST_F(OwnerTest, ReleaseGivesTheHandleUpOpen) {
    Counted owner{3};
    EXPECT_EQ(owner.release(), 3);
    owner.reset();
    EXPECT_THAT(closed(), IsEmpty());
}

TEST_F(OwnerTest, ResetClosesOldAndTakesNew) {
    Counted owner{4};
    owner.reset(5);
    EXPECT_THAT(closed(), ElementsAre(4));
    owner.reset();
    EXPECT_THAT(closed(), ElementsAre(4, 5));
    EXPECT_FALSE(owner);
}

TEST_F(OwnerTest, LivesInAGrowingVector) {
    {
        std::vector<Counted> owners;
        for (int handle = 1; handle <= 3; ++handle) owners.emplace_back(handle);
        EXPECT_THAT(closed(), IsEmpty());
    }
    EXPECT_THAT(closed(), testing::UnorderedElementsAre(1, 2, 3));
}

}  // namespace
}  // namespace rackproof
