#include "devices/cpu/thread_pool.hpp"

#include <gmock/gmock.h>

#include <array>
#include <chrono>
#include <stdexcept>

#include "core/error.hpp"
#include "devices/cpu/affinity.hpp"

namespace rackproof::cpu {
namespace {

using testing::Each;
using testing::ElementsAre;

/// Four threads whatever the machine has: they may share its first core.
std::vector<int> four_cores() {
    std::vector<int> cores = this_thread_cores();
    cores.resize(4, cores.front());
    return cores;
}

TEST(ThreadPoolTest, EveryThreadIsCalledOnce) {
    ThreadPool pool{four_cores()};
    std::array<int, 4> calls{};
    for (int round = 0; round < 1000; ++round) {
        pool.run([&](int thread) { ++calls[static_cast<std::size_t>(thread)]; });
    }
    EXPECT_THAT(calls, Each(1000));
}

TEST(ThreadPoolTest, WorkIsDoneWhenRunReturns) {
    ThreadPool pool{four_cores()};
    std::array<std::int64_t, 4> sums{};
    for (std::int64_t round = 1; round <= 200; ++round) {
        pool.run([&](int thread) { sums[static_cast<std::size_t>(thread)] += round; });
        ASSERT_THAT(sums, Each(round * (round + 1) / 2));
    }
}

TEST(ThreadPoolTest, ThreadsThatFellAsleepWakeUp) {
    ThreadPool pool{four_cores()};
    int calls = 0;
    for (int round = 0; round < 3; ++round) {
        std::this_thread::sleep_for(std::chrono::milliseconds{20});
        pool.run([&](int thread) {
            if (thread == 3) ++calls;
        });
    }
    EXPECT_EQ(calls, 3);
}

TEST(ThreadPoolTest, EachThreadIsPinnedToItsCore) {
    const std::vector<int> cores = this_thread_cores();
    ThreadPool pool{cores};
    std::vector<std::vector<int>> seen(cores.size());
    pool.run([&](int thread) { seen[static_cast<std::size_t>(thread)] = this_thread_cores(); });
    for (std::size_t thread = 1; thread < cores.size(); ++thread) {
        EXPECT_THAT(seen[thread], ElementsAre(cores[thread]));
    }
    EXPECT_EQ(seen[0], cores) << "the caller is bound by the device, not by the pool";
}

TEST(ThreadPoolTest, AnExceptionOfAnyThreadArrives) {
    ThreadPool pool{four_cores()};
    for (int thrower = 0; thrower < 4; ++thrower) {
        EXPECT_THROW(pool.run([&](int thread) {
            if (thread == thrower) throw std::runtime_error{"planted"};
        }),
                     std::runtime_error);
        std::array<int, 4> calls{};
        pool.run([&](int thread) { ++calls[static_cast<std::size_t>(thread)]; });
        EXPECT_THAT(calls, Each(1)) << "unusable after an exception";
    }
}

TEST(ThreadPoolTest, CoresThatAreNotThereAreAnError) {
    std::vector<int> cores = this_thread_cores();
    cores.push_back(1 << 18);
    EXPECT_THROW(ThreadPool{cores}, Error);
    EXPECT_THROW(ThreadPool{std::vector<int>{}}, Error);
}

TEST(ThreadPoolTest, PoolsComeAndGo) {
    for (int round = 0; round < 50; ++round) ThreadPool{four_cores()};
}

TEST(ShareOfTest, SharesCoverAllOnceAndInOrder) {
    for (const std::size_t count : {0, 1, 7, 8, 9, 63, 64, 100, 1000}) {
        for (const std::size_t granule : {1, 8, 16}) {
            for (int threads = 1; threads <= 9; ++threads) {
                std::size_t reached = 0;
                for (int thread = 0; thread < threads; ++thread) {
                    const ItemRange share = share_of(count, granule, threads, thread);
                    EXPECT_EQ(share.begin, reached);
                    EXPECT_LE(share.begin, share.end);
                    EXPECT_LE(share.size(), count / static_cast<std::size_t>(threads) + granule);
                    EXPECT_TRUE(share.end == count || share.end % granule == 0);
                    reached = share.end;
                }
                EXPECT_EQ(reached, count);
            }
        }
    }
}

}  // namespace
}  // namespace rackproof::cpu
