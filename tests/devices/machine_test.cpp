#include "devices/cpu/machine.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "core/error.hpp"

namespace rackproof::cpu {
namespace {

using testing::HasSubstr;

/// A folder that stands for /proc.
class MachineTest : public testing::Test {
  protected:
    void SetUp() override {
        std::string name = (std::filesystem::temp_directory_path() / "machine-XXXXXX").string();
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        proc_ = name;
    }
    void TearDown() override { std::filesystem::remove_all(proc_); }
    void write(const std::string& name, const std::string& text) {
        std::ofstream{proc_ / name} << text;
    }
    std::string memory_problem() {
        try {
            return std::to_string(available_memory_bytes(proc_));
        } catch (const Error& error) {
            return error.what();
        }
    }
    std::filesystem::path proc_;
};

TEST_F(MachineTest, MemoryIsWhatIsAvailable) {
    write("meminfo", "MemTotal:       24599208 kB\nMemFree: 1 kB\nMemAvailable:   23921304 kB\n");
    EXPECT_EQ(available_memory_bytes(proc_), std::int64_t{23921304} * 1024);
}

TEST_F(MachineTest, MemoryThatIsNotToldIsAnErrorAndNeverZero) {
    EXPECT_THAT(memory_problem(), HasSubstr("not there"));
    write("meminfo", "MemTotal: 5 kB\n");
    EXPECT_THAT(memory_problem(), HasSubstr("not there"));
    for (const char* text : {"much", "-5 kB", "5", "5 MB", "99999999999999999999 kB", "5 kB more",
                             "9223372036854775807 kB", ""}) {
        write("meminfo", std::string{"MemAvailable: "} + text + "\n");
        EXPECT_THAT(memory_problem(), HasSubstr("expected a number of kB")) << text;
    }
}

TEST_F(MachineTest, WhatDoesNotFitIsRefused) {
    write("meminfo", "MemAvailable: 100 kB\n");
    EXPECT_NO_THROW(require_memory(102400, "just enough", proc_));
    try {
        require_memory(102401, "too much", proc_);
        FAIL() << "not refused";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), HasSubstr("too much"));
        EXPECT_THAT(error.what(), HasSubstr("102401"));
        EXPECT_THAT(error.what(), HasSubstr("102400"));
    }
}

TEST_F(MachineTest, ModelIsHwlocsIfItHasOne) {
    write("cpuinfo", "model name\t: Other\n");
    EXPECT_EQ(processor_model("AMD  EPYC 9654 96-Core Processor ", proc_),
              "AMD EPYC 9654 96-Core Processor");
}

TEST_F(MachineTest, ElseThatOfCpuinfo) {
    write("cpuinfo", "processor\t: 0\nmodel name\t: Intel(R) Xeon(R)   Platinum 8480+\n");
    EXPECT_EQ(processor_model("", proc_), "Intel(R) Xeon(R) Platinum 8480+");
}

TEST_F(MachineTest, ArmCoresAreNamedByTheirPart) {
    write("cpuinfo", "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd4f\n");
    EXPECT_EQ(processor_model("", proc_), "Arm Neoverse V2");
    write("cpuinfo", "CPU implementer\t: 0x61\nCPU part\t: 0x022\n");
    EXPECT_EQ(processor_model("", proc_), "Arm implementer 0x61 part 0x022");
}

TEST_F(MachineTest, AnUnknownOneIsSaidToBeUnknown) {
    EXPECT_EQ(processor_model(" ", proc_), "unknown processor");
    write("cpuinfo", "processor : 0\n");
    EXPECT_EQ(processor_model("", proc_), "unknown processor");
}

TEST(ThisMachineTest, HasMemory) { EXPECT_GT(available_memory_bytes(), 0); }

}  // namespace
}  // namespace rackproof::cpu
