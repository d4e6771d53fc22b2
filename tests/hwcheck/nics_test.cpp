#include "hwcheck/nics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "hwcheck/inventory_reader.hpp"
#include "hwcheck/linux/pci_way.hpp"
#include "hwcheck/linux/sections.hpp"
#include "tests/support/gpu_machine.hpp"
#include "tests/support/inventory_of.hpp"
#include "tests/support/rail_node.hpp"

namespace rackproof {
namespace {

using test::RailNode;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

NodeNics nics_in(const test::SysfsTree& files) {
    return nics_of(test::inventory_of(read_nics, Tree{files.root()}));
}

const Nic& named(const NodeNics& node, const std::string& name) {
    const auto found = std::ranges::find(node.nics, name, &Nic::name);
    if (found == node.nics.end()) throw std::runtime_error{"there is no " + name};
    return *found;
}

TEST(PciWay, HasTheHostBridgeAndAllBelowIt) {
    EXPECT_THAT(pci_way("/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/net/eth0"),
                ElementsAre("pci0000:00", "0000:00:01.0", "0000:01:00.0"));
    EXPECT_THAT(pci_way("/sys/devices/pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0"),
                ElementsAre("pci10000:e0", "10000:e0:06.0"));
}

TEST(PciWay, OfNothingOnABusIsEmpty) {
    for (const char* path :
         {"", "/", "/sys/devices/virtual/net/lo", "/sys/devices/pci0000:00", "0000:00:01.0",
          "/sys/devices/pci0000:zz/0000:00:01.0", "/sys/devices/pci0000:00/0000:00:01",
          "/sys/devices/pci0000:00/$(reboot):00:01.0", "/sys/devices/pci0000:00/0000:00:0\n.0"}) {
        EXPECT_THAT(pci_way(path), IsEmpty()) << path;
    }
}

TEST(Nics, OfARailNodeEachGpuHasItsOwn) {
    const RailNode node;
    const NodeNics nics = nics_in(node.files);
    EXPECT_EQ(nics.problem, "");
    for (int i = 0; i < RailNode::kGpus; ++i) {
        const NearestNics nearest = nearest_nics(nics, place_of_gpu(node.tree(), RailNode::gpu(i)));
        EXPECT_THAT(nearest.names, ElementsAre("mlx5_" + std::to_string(i)));
        EXPECT_EQ(nearest.how_far, Distance::Pix);
        EXPECT_EQ(nearest.cards, 8U) << "the Ethernet card beside them is none to choose";
        EXPECT_TRUE(nearest.is_active);
        EXPECT_EQ(text_of(nearest), "mlx5_" + std::to_string(i) + " (PIX)");
    }
}

TEST(Nics, EachDistanceHasItsWord) {
    const RailNode node;
    const NodeNics nics = nics_in(node.files);
    const DevicePlace gpu = place_of_gpu(node.tree(), RailNode::gpu(0));
    EXPECT_EQ(distance(gpu, named(nics, "mlx5_0")), Distance::Pix);
    EXPECT_EQ(distance(gpu, named(nics, "mlx5_1")), Distance::Node);
    EXPECT_EQ(distance(gpu, named(nics, "mlx5_4")), Distance::Sys);
    EXPECT_EQ(distance(gpu, named(nics, "lo")), Distance::Unknown);
    Nic nic;
    nic.way = {"pci0000:10", "0000:10:02.0", "0000:18:00.0"};
    EXPECT_EQ(distance(gpu, nic), Distance::Phb);
    // Two switches, one below a port of the other.
    nic.way = gpu.way;
    nic.way.back() = "0000:13:01.0";
    nic.way.insert(nic.way.end(), {"0000:18:00.0", "0000:19:00.0", "0000:1a:00.0"});
    EXPECT_EQ(distance(gpu, nic), Distance::Pxb);
    EXPECT_EQ(to_string(Distance::Pxb), "PXB");
}

TEST(Nics, OfACpuItIsTheNumaNodeThatCounts) {
    const RailNode node;
    const NodeNics nics = nics_in(node.files);
    const auto nearest = [&](const char* cores) {
        return nearest_nics(nics, place_of_cores(node.tree(), cores));
    };
    EXPECT_EQ(text_of(nearest("0-3")), "mlx5_0, mlx5_1, mlx5_2, mlx5_3 (NODE)");
    EXPECT_EQ(text_of(nearest("6,7")), "mlx5_4, mlx5_5, mlx5_6, mlx5_7 (NODE)");
    EXPECT_THAT(nearest("0-7").names, SizeIs(8)) << "cores of both";
    EXPECT_EQ(nearest("x").how_far, Distance::Unknown);
}

TEST(Nics, WhatIsDownIsNotNear) {
    const RailNode node;
    node.files.write(node.adapter_folder(0) + "/ports/1/state", "1: DOWN\n");
    const NearestNics nearest =
        nearest_nics(nics_in(node.files), place_of_gpu(node.tree(), RailNode::gpu(0)));
    EXPECT_EQ(text_of(nearest), "mlx5_1, mlx5_2, mlx5_3 (NODE)");
    EXPECT_EQ(nearest.cards, 7U);
}

TEST(Nics, AnAdapterIsAsGoodAsItsBestPort) {
    const RailNode node;
    node.files.write(node.adapter_folder(0) + "/ports/1/state", "1: DOWN\n");
    node.files.write(node.adapter_folder(0) + "/ports/2/state", "4: ACTIVE\n");
    node.files.write(node.adapter_folder(1) + "/ports/1/state", "2: INIT\n");
    node.files.write(node.adapter_folder(1) + "/ports/x/state", "4: ACTIVE\n");
    const NodeNics nics = nics_in(node.files);
    EXPECT_EQ(named(nics, "mlx5_0").state, LinkState::Active);
    EXPECT_EQ(named(nics, "mlx5_0").ports.at(1), LinkState::Down);
    EXPECT_EQ(named(nics, "mlx5_1").state, LinkState::Down) << "a port has a number";
}

TEST(Nics, WithoutAdaptersInUseItIsTheEthernetCards) {
    const RailNode node;
    for (int i = 0; i < RailNode::kGpus; ++i) {
        node.files.write(node.adapter_folder(i) + "/ports/1/state", "1: DOWN\n");
    }
    const DevicePlace gpu = place_of_gpu(node.tree(), RailNode::gpu(0));
    EXPECT_EQ(text_of(nearest_nics(nics_in(node.files), gpu)), "eth0 (NODE)");
    node.files.write(node.ethernet_folder() + "/operstate", "down\n");
    EXPECT_EQ(text_of(nearest_nics(nics_in(node.files), gpu)),
              "mlx5_0 (PIX, no port known to be active)");
}

TEST(Nics, AnInterfaceOfAnAdapterIsNoCardOfItsOwn) {
    const RailNode node;
    const NodeNics nics = nics_in(node.files);
    EXPECT_EQ(named(nics, "ib3").adapter, "mlx5_3");
    EXPECT_EQ(named(nics, "eth0").adapter, "");
}

TEST(Nics, ACardGoesBeforeItsVirtualFunctions) {
    const RailNode node;
    node.add_adapter("mlx5_vf", node.card_path(0).substr(0, node.card_path(0).size() - 1) + "1",
                     "0");
    node.files.write("sys/devices/" + node.card_path(0).substr(0, node.card_path(0).size() - 1) +
                         "1/physfn/class",
                     "0x020700");
    const NodeNics nics = nics_in(node.files);
    EXPECT_TRUE(named(nics, "mlx5_vf").is_virtual_function);
    EXPECT_THAT(nearest_nics(nics, place_of_gpu(node.tree(), RailNode::gpu(0))).names,
                ElementsAre("mlx5_0"));
}

TEST(Nics, ANodeWithoutCardsSaysSo) {
    const test::SysfsTree files;
    test::add_interface(files, "lo", "virtual/net/lo", "unknown");
    const NearestNics nearest = nearest_nics(nics_in(files), {});
    EXPECT_THAT(nearest.names, IsEmpty());
    EXPECT_EQ(text_of(nearest), "none: no adapter and no Ethernet card on the PCI bus");
}

TEST(Nics, OnAMachineOfOneNumaNodeNothingIsFar) {
    const test::SysfsTree files;
    files.write("sys/devices/system/node/node0/cpulist", "0-1\n");
    test::add_interface(files, "eth0", "pci0000:00/0000:00:03.0/virtio2/net/eth0", "up");
    const NodeNics nics = nics_in(files);
    EXPECT_EQ(text_of(nearest_nics(nics, place_of_cores(Tree{files.root()}, "0"))), "eth0 (NODE)");
}

/// Where two are, and it is not known in which a card lies, it is not far either.
TEST(Nics, AbsurdNumbersAreNotKnown) {
    for (const char* number : {"-1", "77", "99999999999999999999999", "0x0", "", "0\n0"}) {
        const RailNode node;
        for (int i = 0; i < RailNode::kGpus; ++i) {
            node.files.write("sys/devices/" + node.card_path(i) + "/numa_node", number);
        }
        const NodeNics nics = nics_in(node.files);
        const DevicePlace gpu = place_of_gpu(node.tree(), RailNode::gpu(0));
        EXPECT_EQ(distance(gpu, named(nics, "mlx5_4")), Distance::Unknown) << number;
        const NearestNics of_cores = nearest_nics(nics, place_of_cores(node.tree(), "0-3"));
        EXPECT_THAT(of_cores.names, SizeIs(8)) << number;
        EXPECT_THAT(text_of(of_cores), HasSubstr("distance not known")) << number;
    }
}

TEST(Nics, HostileNamesAreNoCards) {
    const RailNode node;
    for (const char* name : {"eth\n9", "eth,9", "eth:9", "e\x1b[31m", "ü"}) {
        test::add_interface(node.files, name, "pci0000:10/0000:10:05.0/net/" + std::string{name},
                            "up");
    }
    test::add_interface(node.files, "$(reboot)", "pci0000:10/0000:10:06.0/net/x", "up");
    const NodeNics nics = nics_in(node.files);
    EXPECT_EQ(named(nics, "$(reboot)").way.size(), 2U) << "the kernel allows it";
    for (const Nic& nic : nics.nics) {
        EXPECT_EQ(nic.name.find_first_of("\n,:\x1b"), std::string::npos) << nic.name;
    }
    EXPECT_EQ(nics.nics.size(), 8U + 8U + 3U) << "adapters, their interfaces, lo, eth0, $(reboot)";
}

TEST(Nics, LinksInCirclesAndOutOfTheFolderLeadNowhere) {
    const test::SysfsTree files;
    files.write("sys/devices/system/node/node0/cpulist", "0\n");
    const auto adapters = files.root() / "sys/class/infiniband";
    std::filesystem::create_directories(adapters);
    std::filesystem::create_symlink("b", adapters / "a");
    std::filesystem::create_symlink("a", adapters / "b");
    std::filesystem::create_symlink("/etc", adapters / "c");
    const auto devices = files.root() / "sys/bus/pci/devices";
    std::filesystem::create_directories(devices);
    std::filesystem::create_symlink("0000:00:02.0", devices / "0000:00:01.0");
    std::filesystem::create_symlink("0000:00:01.0", devices / "0000:00:02.0");
    const NodeNics nics = nics_in(files);
    EXPECT_THAT(nearest_nics(nics, {}).names, IsEmpty());
    EXPECT_THAT(place_of_gpu(Tree{files.root()}, "0000:00:01.0").way, IsEmpty());
    EXPECT_THAT(place_of_gpu(Tree{files.root()}, "../../../etc").way, IsEmpty());
}

TEST(Nics, MoreNamesThanANodeHasAreSaid) {
    const test::SysfsTree files;
    for (int i = 0; i < 1030; ++i) {
        files.write("sys/class/net/eth" + std::to_string(i) + "/operstate", "up");
    }
    const NodeNics nics = nics_in(files);
    EXPECT_THAT(nics.nics, SizeIs(1024));
    EXPECT_THAT(nics.problem, HasSubstr("more than 1024 names"));
}

TEST(Nics, AreReadByAnotherProcess) {
    const RailNode node;
    ReaderProgram program = test::inventory_reader(node.files.root());
    program.arguments.emplace_back(kNicsArgument);
    const NodeNics nics = read_node_nics(program, 60);
    EXPECT_EQ(nics.problem, "");
    EXPECT_EQ(named(nics, "mlx5_7").way.size(), 5U);
    const NodeNics none = read_node_nics({"/bin/sleep", {"100"}}, 0.3);
    EXPECT_THAT(none.nics, IsEmpty());
    EXPECT_THAT(none.problem, HasSubstr("no answer within 0.3 s"));
}

}  // namespace
}  // namespace rackproof
