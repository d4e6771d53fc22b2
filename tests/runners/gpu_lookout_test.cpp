#include "runners/gpu_lookout.hpp"

#include <gmock/gmock.h>

#include "tests/support/gpu_machine.hpp"
#include "tests/support/suite_runner.hpp"

namespace rackproof {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

/// Memory tests, with a lookout over the fake NVML's GPU beside them, as a rank has it.
class BesideMemtest : public testing::Test {
  protected:
    BesideMemtest() {
        lookout_.begin([] {
            Device device;
            device.pci = "00000000:18:00.0";
            return watch_gpu(test::fake_gpu_reader(), device);
        });
        told_.clear();
    }
    void run(const std::string& name) {
        test::SuiteRun memtest{"memtest", name};
        memtest.run();
        EXPECT_FALSE(memtest.context.recorded.at(name).samples.empty());
        lookout_.look(name);
    }

    test::GpuMachine machine_{1};
    std::vector<Event> told_;
    RunClock clock_{message::Welcome{}, ""};
    GpuLookout lookout_{{2, 5}, &clock_, [this](const record::Record& record) {
                            const auto* happened = std::get_if<record::Happened>(&record);
                            if (happened != nullptr) told_.push_back(happened->event);
                        }};
};

TEST_F(BesideMemtest, NothingIsToldOfCountersThatStand) {
    run("memtest.walking");
    EXPECT_THAT(told_, IsEmpty());
}

TEST_F(BesideMemtest, WhatEccCountedMeanwhileIsToldOfThePatternAndOnce) {
    machine_.gpu(0)["ecc"] = {{7, 7}, {2, 2}};  // corrected, uncorrected; volatile, aggregate
    machine_.write();
    run("memtest.random");
    std::vector<std::string> codes;
    for (const Event& event : told_) {
        codes.push_back(event.code);
        EXPECT_EQ(event.node, 2);
        EXPECT_EQ(event.device, 5);
        EXPECT_THAT(event.text, HasSubstr("with memtest.random at work"));
    }
    EXPECT_THAT(codes, testing::UnorderedElementsAre("gpu_ecc_uncorrected", "gpu_ecc_corrected"));
    for (const Event& event : told_) {
        const bool corrected = event.code == "gpu_ecc_corrected";
        EXPECT_EQ(event.severity, corrected ? "warning" : "error");
        EXPECT_THAT(event.text, HasSubstr(corrected ? "7 new" : "2 new"));
    }
    told_.clear();
    run("memtest.address");
    EXPECT_THAT(told_, IsEmpty()) << "what was counted before is no other pattern's";
    machine_.gpu(0)["ecc"] = {{7, 7}, {3, 3}};
    machine_.write();
    run("memtest.inversions");
    ASSERT_EQ(told_.size(), 1U);
    EXPECT_THAT(told_[0].text, HasSubstr("1 new"));
    EXPECT_THAT(told_[0].text, HasSubstr("with memtest.inversions at work"));
}

}  // namespace
}  // namespace rackproof
