#include "devices/cpu/topology.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <numeric>
#include <sstream>

#include "core/error.hpp"
#include "devices/cpu/affinity.hpp"
#include "tests/support/source_folder.hpp"

namespace rackproof::cpu {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<int> first_cores(int count) {
    std::vector<int> cores(static_cast<std::size_t>(count));
    std::iota(cores.begin(), cores.end(), 0);
    return cores;
}

std::vector<std::string> split(const std::string& description, std::vector<int> allowed,
                               DeviceOptions options = {}) {
    std::vector<std::string> lists;
    for (const CorePart& part : split_cores(Topology::synthetic(description), allowed, options)) {
        lists.push_back(core_list(part.cores));
    }
    return lists;
}

std::string refusal(const std::string& description, std::vector<int> allowed,
                    DeviceOptions options) {
    try {
        split(description, std::move(allowed), options);
    } catch (const InputError& error) {
        return error.what();
    }
    return "not refused";
}

Topology from_fixture(const std::string& name) {
    std::ifstream file{test::source_folder() / "tests/devices/topologies" / name};
    EXPECT_TRUE(file.is_open()) << name;
    std::stringstream text;
    text << file.rdbuf();
    return Topology::from_xml(text.str());
}

TEST(TopologyTest, OneDeviceANumaNode) {
    EXPECT_THAT(split("pack:2 [numa] core:4 pu:1", first_cores(8)), ElementsAre("0-3", "4-7"));
    EXPECT_THAT(split("pack:2 numa:4 core:2 pu:1", first_cores(16)),
                ElementsAre("0-1", "2-3", "4-5", "6-7", "8-9", "10-11", "12-13", "14-15"));
}

TEST(TopologyTest, OneThreadACore) {
    EXPECT_THAT(split("pack:2 [numa] core:2 pu:2", first_cores(8)), ElementsAre("0,2", "4,6"));
}

TEST(TopologyTest, ACoreWhoseFirstThreadIsForbiddenUsesItsSecond) {
    EXPECT_THAT(split("pack:1 [numa] core:3 pu:2", {1, 2, 3, 5}), ElementsAre("1-2,5"));
}

TEST(TopologyTest, MemoryOnlyNodesAreNoDevices) {
    // A CXL expander beside both packages, and one beside each of them.
    EXPECT_THAT(split("[numa] pack:2 [numa] core:4 pu:1", first_cores(8)),
                ElementsAre("0-3", "4-7"));
    EXPECT_THAT(split("pack:2 [numa] [numa] core:4 pu:1", first_cores(8)),
                ElementsAre("0-3", "4-7"));
}

TEST(TopologyTest, NodesWithoutACpusetAreNoDevices) {
    // Two packages with their memory, and a GPU's memory as a node of its own, as on Grace Hopper.
    const auto parts = split_cores(from_fixture("grace_like.xml"), first_cores(8), {});
    ASSERT_EQ(parts.size(), 2U);
    EXPECT_EQ(core_list(parts[0].cores), "0-3");
    EXPECT_EQ(core_list(parts[1].cores), "4-7");
}

TEST(TopologyTest, AMachineWithoutNumaIsOneDevice) {
    EXPECT_THAT(split("core:4 pu:1", first_cores(4)), ElementsAre("0-3"));
}

TEST(TopologyTest, OnlyAllowedCoresAreUsed) {
    EXPECT_THAT(split("pack:2 [numa] core:4 pu:1", {2, 3, 4, 6, 7}), ElementsAre("2-3", "4,6-7"));
    EXPECT_THAT(split("pack:2 [numa] core:4 pu:1", {5}), ElementsAre("5"));
    EXPECT_THROW(split("pack:2 [numa] core:4 pu:1", {99}), Error);
    EXPECT_THROW(split("pack:2 [numa] core:4 pu:1", {}), Error);
}

TEST(TopologyTest, DevicesPerNodeSplitsEvenly) {
    EXPECT_THAT(split("pack:2 [numa] core:4 pu:1", first_cores(8), {.devices_per_node = 4}),
                ElementsAre("0-1", "2-3", "4-5", "6-7"));
    EXPECT_THAT(split("pack:2 [numa] core:4 pu:1", first_cores(8), {.devices_per_node = 1}),
                ElementsAre("0-7"));
    EXPECT_THAT(split("pack:1 core:2 pu:2", first_cores(4), {.devices_per_node = 2}),
                ElementsAre("0", "2"));
}

TEST(TopologyTest, OneDeviceACore) {
    EXPECT_THAT(split("pack:2 [numa] core:2 pu:2", first_cores(8),
                      {.devices_per_node = DeviceOptions::kOnePerCore}),
                ElementsAre("0", "2", "4", "6"));
}

TEST(TopologyTest, CoresOfOneNumaNodeStayTogether) {
    // Numbered by turns, as some firmware does: package 0 has the even cores.
    const std::string turns = "pack:2 [numa] core:4 pu:1(indexes=0,2,4,6,1,3,5,7)";
    EXPECT_THAT(split(turns, first_cores(8), {.devices_per_node = 2}),
                ElementsAre("0,2,4,6", "1,3,5,7"));
}

TEST(TopologyTest, WhatCannotBeSplitSaysWhatCan) {
    const std::string uneven =
        refusal("pack:2 [numa] core:3 pu:1", first_cores(6), {.devices_per_node = 4});
    EXPECT_THAT(uneven, HasSubstr("6 usable cores"));
    EXPECT_THAT(uneven, HasSubstr("1, 2, 3, 6 devices"));
    EXPECT_THAT(refusal("core:2 pu:1", first_cores(2), {.devices_per_node = 3}),
                HasSubstr("1, 2 devices"));
    EXPECT_THAT(refusal("core:2 pu:1", first_cores(2), {.devices_per_node = -2}),
                HasSubstr("above 0"));
}

TEST(TopologyTest, SharedCoresGoRound) {
    EXPECT_THAT(split("core:2 pu:1", first_cores(2), {.devices_per_node = 5, .share_cores = true}),
                ElementsAre("0", "1", "0", "1", "0"));
    EXPECT_THAT(split("core:4 pu:1", first_cores(4), {.devices_per_node = 3, .share_cores = true}),
                ElementsAre("0-1", "2-3", "0-1"));
    EXPECT_THAT(split("core:4 pu:1", first_cores(4), {.devices_per_node = 2, .share_cores = true}),
                ElementsAre("0-1", "2-3"));
}

TEST(TopologyTest, CoresBeyond1023) {
    EXPECT_THAT(split("pack:2 [numa] core:800 pu:1", {1023, 1024, 1599}, {.devices_per_node = 3}),
                ElementsAre("1023", "1024", "1599"));
}

TEST(TopologyTest, LastLevelCacheIsAllThatTheCoresReach) {
    const auto topology =
        Topology::synthetic("pack:1 [numa] l3:2(size=32MiB) l2:2(size=1MiB) core:1 pu:1");
    const auto whole = split_cores(topology, first_cores(4), {});
    ASSERT_EQ(whole.size(), 1U);
    EXPECT_EQ(whole[0].last_level_cache_bytes, std::int64_t{64} << 20U);
    const auto halves = split_cores(topology, first_cores(4), {.devices_per_node = 4});
    ASSERT_EQ(halves.size(), 4U);
    EXPECT_EQ(halves[0].last_level_cache_bytes, std::int64_t{32} << 20U);
}

/// The last-level cache of a device of all cores of a processor, each of which (at most 4) is shown
/// with a third-level cache of its own that is described so.
std::int64_t cache_of(const std::string& vendor, const std::string& cache, int cores = 1) {
    const auto sets = [](unsigned mask) {
        std::ostringstream text;
        text << std::hex << " cpuset=\"0x" << mask << "\" complete_cpuset=\"0x" << mask << "\"";
        return text.str() + R"( nodeset="0x1" complete_nodeset="0x1")";
    };
    auto object = [id = 1](const std::string& description) mutable {
        return R"(<object gp_index=")" + std::to_string(id++) + R"(" type=)" + description;
    };
    const std::string all = sets((1U << static_cast<unsigned>(cores)) - 1);
    std::string xml =
        R"(<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE topology SYSTEM "hwloc2.dtd">)"
        R"(<topology version="2.0">)" +
        object(R"("Machine" os_index="0" allowed_nodeset="0x1")") + all + ">" +
        object(R"("Package" os_index="0")") + all + R"(><info name="CPUVendor" value=")" + vendor +
        R"("/>)" + object(R"("NUMANode" os_index="0" local_memory="1073741824")") + all + "/>";
    for (int core = 0; core < cores; ++core) {
        const std::string number = R"( os_index=")" + std::to_string(core) + "\"";
        const std::string one = sets(1U << static_cast<unsigned>(core)) + ">";
        xml += object(R"("L3Cache" depth="3" cache_linesize="64" cache_type="0" )") + cache + one;
        xml += object("\"Core\"" + number) + one + object("\"PU\"" + number) + one;
        xml += "</object></object></object>";
    }
    xml += "</object></object></topology>";
    const auto parts = split_cores(Topology::from_xml(xml), first_cores(cores), {});
    return parts.at(0).last_level_cache_bytes;
}

TEST(TopologyTest, TheSumOfAProcessorsCachesIsNoCoresCache) {
    const std::string sum = R"(cache_size="532676608" cache_associativity="0")";
    EXPECT_EQ(cache_of("AuthenticAMD", sum), std::int64_t{128} << 20U);
    const std::string small_sum = R"(cache_size="67108864" cache_associativity="0")";
    EXPECT_EQ(cache_of("AuthenticAMD", small_sum), 67108864);
    EXPECT_EQ(cache_of("AuthenticAMD", sum, 2), std::int64_t{256} << 20U);
    EXPECT_EQ(cache_of("AuthenticAMD", sum, 4), 532676608);
    EXPECT_EQ(cache_of("AuthenticAMD", small_sum, 4), 67108864);
    EXPECT_EQ(cache_of("GenuineIntel", sum), 532676608);
    const std::string own = R"(cache_size="33554432" cache_associativity="16")";
    EXPECT_EQ(cache_of("AuthenticAMD", own), 33554432);
    EXPECT_EQ(cache_of("AuthenticAMD", own, 4), 4 * 33554432);
}

TEST(TopologyTest, ThisMachineHasADevice) {
    const auto parts = split_cores(Topology::of_this_machine(), this_thread_cores(), {});
    ASSERT_FALSE(parts.empty());
    for (const CorePart& part : parts) EXPECT_FALSE(part.cores.empty());
}

TEST(TopologyTest, NonsenseIsAnError) {
    EXPECT_THROW(Topology::synthetic("no such thing:3"), Error);
    EXPECT_THROW(Topology::from_xml("<topology"), Error);
}

}  // namespace
}  // namespace rackproof::cpu
