#include "devices/cpu/pointer_chase.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>
#include <utility>

#include "core/error.hpp"
#include "devices/cpu/affinity.hpp"

namespace rackproof::cpu {
namespace {

using testing::HasSubstr;

class PointerChaseTest : public testing::Test {
  protected:
    ThreadPool pool_{this_thread_cores()};
    SparePages spare_;
};

TEST_F(PointerChaseTest, LinesFormOneCycle) {
    for (const std::int64_t lines : {2, 3, 64, 1000, 4097}) {
        PointerChase chase{pool_, spare_, lines * 64, 7};
        std::set<const PointerChase::Line*> seen;
        const PointerChase::Line* at = chase.lines();
        while (seen.insert(at).second) at = at->next;
        EXPECT_EQ(seen.size(), static_cast<std::size_t>(lines));
        EXPECT_EQ(at, chase.lines()) << "the cycle does not close";
        EXPECT_EQ(*seen.begin(), chase.lines());
        EXPECT_EQ(*seen.rbegin(), chase.lines() + lines - 1);
    }
}

TEST_F(PointerChaseTest, LinesMayStandOnPagesThatAnotherLeft) {
    Pages used = spare_.take(200 * 64, 300 * 64, "a test's memory");
    std::byte* const place = used.data();
    std::fill(place, place + used.bytes(), std::byte{0xA5});
    spare_.keep(std::move(used));
    {
        PointerChase chase{pool_, spare_, 250 * 64, 3};
        EXPECT_EQ(reinterpret_cast<std::byte*>(chase.lines()), place);
        chase.run();
        EXPECT_NO_THROW(chase.verify());
    }
    EXPECT_EQ(spare_.take(100 * 64, 300 * 64, "a test's memory").data(), place) << "given back";
}

TEST_F(PointerChaseTest, WalkEndsWhereItMust) {
    PointerChase chase{pool_, spare_, 1000 * 64, 11};
    EXPECT_NO_THROW(chase.verify());
    for (int round = 0; round < 20; ++round) {
        chase.run();
        EXPECT_NO_THROW(chase.verify());
    }
}

TEST_F(PointerChaseTest, AWrongLinkIsFound) {
    for (const std::size_t line : {0UL, 1UL, 500UL, 999UL}) {
        PointerChase chase{pool_, spare_, 1000 * 64, 11};
        chase.run();
        chase.verify();
        PointerChase::Line& broken = chase.lines()[line];
        broken.next = broken.next->next;
        chase.run();
        EXPECT_THROW(chase.verify(), WrongAnswer);
    }
}

TEST_F(PointerChaseTest, WorkIsTheNumberOfLoads) {
    PointerChase chase{pool_, spare_, 128, 1};
    EXPECT_GT(chase.work().accesses, 10000);
    EXPECT_EQ(chase.work().bytes, 0);
    EXPECT_THAT(chase.variant().parameters, HasSubstr("\"lines\""));
}

TEST_F(PointerChaseTest, TooSmallABufferIsAnError) {
    EXPECT_THROW((PointerChase{pool_, spare_, 127, 1}), Error);
    EXPECT_THROW((PointerChase{pool_, spare_, -1, 1}), Error);
}

}  // namespace
}  // namespace rackproof::cpu
