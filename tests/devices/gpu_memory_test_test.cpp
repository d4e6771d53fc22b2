#include <gmock/gmock.h>

#include "core/error.hpp"
#include "devices/gpu/workloads.hpp"
#include "tests/support/scripted_gpu.hpp"

namespace rackproof::gpu {
namespace {

using test::ScriptedGpu;
using test::wrong_answer;
using testing::HasSubstr;

constexpr MemoryPattern kPatterns[] = {MemoryPattern::Walking, MemoryPattern::Inversions,
                                       MemoryPattern::Address, MemoryPattern::Random};

TEST(GpuMemoryTest, HealthyMemoryPassesEveryPattern) {
    for (const MemoryPattern pattern : kPatterns) {
        ScriptedGpu gpu;
        gpu.free = 10000;
        const auto test = make_memory_test(gpu, pattern, 0.97, 1);
        EXPECT_THROW(test->verify(), Error) << "it never ran";
        test->run();
        EXPECT_EQ(wrong_answer(*test), "") << to_string(pattern);
        EXPECT_THAT(test->variant().parameters, HasSubstr(R"("bytes":9696)"));
    }
}

TEST(GpuMemoryTest, AStuckBitIsNamedByEveryPattern) {
    for (const MemoryPattern pattern : kPatterns) {
        ScriptedGpu gpu;
        gpu.free = 10000;
        const auto test = make_memory_test(gpu, pattern, 1, 1);
        gpu.stuck = {777, 13};
        test->run();
        EXPECT_THAT(wrong_answer(*test), HasSubstr("word 777: bits 13")) << to_string(pattern);
        EXPECT_THAT(wrong_answer(*test), HasSubstr("read back wrong; by bit: 13 ("))
            << "and no other";
        gpu.stuck.reset();
        test->run();
        EXPECT_EQ(wrong_answer(*test), "") << "a later run counts anew";
    }
}

/// Memory that reads back wrong all over, and is counted to a bound.
class WrongAllOver : public ScriptedGpu {
  public:
    [[nodiscard]] MemoryFaults memory_faults() override {
        MemoryFaults faults;
        faults.wrong = kMostTallied + 5;
        faults.first = {{8, 6, 0}};
        faults.of_bit[1] = kMostTallied;
        faults.of_bit[2] = 7;
        return faults;
    }
};

TEST(GpuMemoryTest, CountsByBitAreOfSoManyWordsAtTheMost) {
    WrongAllOver gpu;
    gpu.free = 1600;
    const auto test = make_memory_test(gpu, MemoryPattern::Address, 1, 1);
    test->run();
    EXPECT_THAT(wrong_answer(*test),
                HasSubstr("1048581 words read back wrong; by bit: 1 (1048576 times), 2 (7) in the "
                          "first 1048576; word 8: bits 1 2"));
}

TEST(GpuMemoryTest, CountsWhatItWritesAndReads) {
    ScriptedGpu gpu;
    gpu.free = 1600;
    EXPECT_EQ(make_memory_test(gpu, MemoryPattern::Address, 1, 1)->work().bytes, 4.0 * 1600);
    EXPECT_EQ(make_memory_test(gpu, MemoryPattern::Walking, 0.5, 1)->work().bytes, 64 * 4.0 * 800);
}

TEST(GpuMemoryTest, NothingToTestIsNoPass) {
    ScriptedGpu gpu;
    gpu.free = 8;
    EXPECT_THROW((void)make_memory_test(gpu, MemoryPattern::Random, 1, 1), Unsupported);
    gpu.free = 1600;
    EXPECT_THROW((void)make_memory_test(gpu, MemoryPattern::Random, 0, 1), Error);
    EXPECT_THROW((void)make_memory_test(gpu, MemoryPattern::Random, 1.5, 1), Error);
}

}  // namespace
}  // namespace rackproof::gpu
