#include "devices/cpu/affinity.hpp"

#include <gmock/gmock.h>

#include <array>
#include <thread>

#include "core/error.hpp"
#include "devices/cpu/cpu_set.hpp"

namespace rackproof::cpu {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(AffinityTest, CoreListIsInListFormat) {
    EXPECT_EQ(core_list({}), "");
    EXPECT_EQ(core_list(std::array{7}), "7");
    EXPECT_EQ(core_list(std::array{0, 1, 2, 3, 8}), "0-3,8");
    EXPECT_EQ(core_list(std::array{0, 2, 4, 5}), "0,2,4-5");
    EXPECT_EQ(core_list(std::array{1023, 1024, 1025, 4000}), "1023-1025,4000");
}

TEST(AffinityTest, SetsHoldCoresBeyond1023) {
    EXPECT_THAT((CpuSet{std::array{0, 63, 64, 1023, 1024, 5000}}.cores()),
                ElementsAre(0, 63, 64, 1023, 1024, 5000));
    EXPECT_THAT(CpuSet{std::size_t{1}}.cores(), ElementsAre());
}

TEST(AffinityTest, SetAgreesWithGlibc) {
    CpuSet set{std::array{0, 5, 1500}};
    EXPECT_TRUE(CPU_ISSET_S(5, set.bytes(), set.get()));
    EXPECT_TRUE(CPU_ISSET_S(1500, set.bytes(), set.get()));
    EXPECT_FALSE(CPU_ISSET_S(1499, set.bytes(), set.get()));
    EXPECT_EQ(CPU_COUNT_S(set.bytes(), set.get()), 3);
}

TEST(AffinityTest, ABoundThreadSaysSo) {
    const std::vector<int> all = this_thread_cores();
    ASSERT_FALSE(all.empty());
    std::vector<int> seen;
    std::thread bound{[&] {
        bind_this_thread(std::array{all.back()});
        seen = this_thread_cores();
    }};
    bound.join();
    EXPECT_THAT(seen, ElementsAre(all.back()));
    EXPECT_EQ(this_thread_cores(), all) << "the other thread's binding reached this one";
}

TEST(AffinityTest, AllThreadsAreBoundAndReleased) {
    const std::vector<int> all = this_thread_cores();
    bind_all_threads(std::array{all.front()});
    EXPECT_THAT(this_thread_cores(), ElementsAre(all.front()));
    bind_all_threads(all);
    EXPECT_EQ(this_thread_cores(), all);
}

TEST(AffinityTest, ACoreThatIsNotThereIsAnError) {
    try {
        bind_this_thread(std::array{1 << 18});
        FAIL() << "bound to a core that no machine has";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("262144"));
    }
}

}  // namespace
}  // namespace rackproof::cpu
