#include "runners/nic_binding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "hwcheck/linux/sections.hpp"
#include "tests/support/inventory_of.hpp"
#include "tests/support/rail_node.hpp"

namespace rackproof {
namespace {

using test::RailNode;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// The binding of one GPU of a rail node.
class NicBindingTest : public testing::Test {
  protected:
    NicBinding bind(int gpu, const std::vector<NicPin>& pins) {
        return bind_nics(nics_of(test::inventory_of(read_nics, node_.tree())),
                         place_of_gpu(node_.tree(), RailNode::gpu(gpu)), pins,
                         [](const std::string&) { return std::nullopt; });
    }
    std::string problem(int gpu, const NicPin& pin) {
        const NicBinding binding = bind(gpu, {pin});
        return binding.problems.empty() ? "" : binding.problems.at(0);
    }
    RailNode node_;
};

TEST_F(NicBindingTest, WithoutAPinItIsTheNearest) {
    const NicBinding binding = bind(5, {});
    EXPECT_EQ(binding.nics, "mlx5_5 (nearest, not pinned)");
    EXPECT_EQ(binding.nearest, "mlx5_5 (PIX)");
    EXPECT_EQ(binding.pins, "");
    EXPECT_THAT(binding.problems, IsEmpty());
    EXPECT_THAT(binding.record.nearest, ElementsAre("mlx5_5"));
    EXPECT_THAT(binding.record.pinned, IsEmpty());
}

TEST_F(NicBindingTest, APinToTheNearestIsWell) {
    const NicBinding binding =
        bind(2, {{"UCX_NET_DEVICES", "mlx5_2:1"}, {"NCCL_IB_HCA", "=mlx5_2"}});
    EXPECT_EQ(binding.nics, "mlx5_2:1 (UCX_NET_DEVICES); mlx5_2:1 (NCCL_IB_HCA)");
    EXPECT_EQ(binding.pins, "UCX_NET_DEVICES=mlx5_2:1; NCCL_IB_HCA==mlx5_2");
    EXPECT_THAT(binding.problems, IsEmpty());
    EXPECT_THAT(binding.record.pinned.at("NCCL_IB_HCA"), ElementsAre("mlx5_2"));
    EXPECT_EQ(problem(2, {"NCCL_IB_HCA", "mlx5"}), "") << "the nearest is among them";
    EXPECT_EQ(problem(2, {"UCX_NET_DEVICES", "ib2"}), "") << "its own interface";
}

TEST_F(NicBindingTest, APinThatKeepsOutTheNearestIsTold) {
    EXPECT_EQ(problem(2, {"UCX_NET_DEVICES", "mlx5_0:1"}),
              "UCX_NET_DEVICES=mlx5_0:1 keeps out mlx5_2 (PIX), the nearest of this device; mlx5_0 "
              "is NODE");
    EXPECT_THAT(problem(2, {"NCCL_IB_HCA", "^mlx5_2"}), HasSubstr("mlx5_0 is NODE"));
    EXPECT_THAT(problem(2, {"UCX_NET_DEVICES", "eth0"}), HasSubstr("eth0 is NODE"));
}

TEST_F(NicBindingTest, WhatTcpAloneUsesKeepsNoAdapterOut) {
    EXPECT_EQ(problem(2, {"NCCL_SOCKET_IFNAME", "eth0"}), "");
    EXPECT_EQ(problem(2, {"OMPI_MCA_btl_tcp_if_include", "eth0"}), "");
    EXPECT_EQ(bind(2, {{"NCCL_SOCKET_IFNAME", "eth0"}}).nics, "eth0 (NCCL_SOCKET_IFNAME)");
}

TEST_F(NicBindingTest, WithoutAdaptersTcpIsHeldAgainstTheNearest) {
    for (int i = 0; i < RailNode::kGpus; ++i) {
        node_.files.write(node_.adapter_folder(i) + "/ports/1/state", "1: DOWN\n");
    }
    test::add_interface(node_.files, "eth1", node_.card_path(5) + "/../0000:ff:00.0/net/eth1",
                        "up");
    node_.files.write("sys/bus/pci/devices/0000:ff:00.0/numa_node", "1\n");
    EXPECT_EQ(bind(5, {}).nearest, "eth1 (PIX)");
    const NicPin pin{"NCCL_SOCKET_IFNAME", "eth0"};
    EXPECT_THAT(problem(5, pin), HasSubstr("keeps out eth1 (PIX)"));
    EXPECT_EQ(problem(5, {"OMPI_MCA_btl_tcp_if_include", "eth0", true}), "")
        << "rackproof's own choice";
}

TEST_F(NicBindingTest, APinThatNamesNothingIsTold) {
    EXPECT_EQ(problem(2, {"NCCL_IB_HCA", "mlx5_9"}),
              "NCCL_IB_HCA=mlx5_9 names no network card of this node, whose nearest is mlx5_2 "
              "(PIX)");
    EXPECT_EQ(bind(2, {{"NCCL_IB_HCA", "mlx5_9"}}).nics, "none (NCCL_IB_HCA)");
    EXPECT_THAT(problem(2, {"NCCL_IB_HCA", "^mlx5"}), HasSubstr("names no network card"));
    EXPECT_EQ(problem(2, {"UCX_NET_DEVICES", "mlx5_2:1,mlx5_9:1"}), "");
}

TEST_F(NicBindingTest, APinToWhatIsDownIsTold) {
    node_.files.write(node_.adapter_folder(2) + "/ports/1/state", "1: DOWN\n");
    EXPECT_EQ(problem(2, {"NCCL_IB_HCA", "=mlx5_2"}),
              "NCCL_IB_HCA==mlx5_2 names mlx5_2:1 alone, which is down");
    EXPECT_EQ(problem(2, {"NCCL_IB_HCA", "=mlx5_3"}), "") << "what is nearer is down";
}

TEST_F(NicBindingTest, HostileTextsAreShownHarmless) {
    const std::string told = problem(2, {"UCX_NET_DEVICES", "\x1b[31m\n" + std::string(900, 'x')});
    EXPECT_EQ(told.find_first_of("\x1b\n"), std::string::npos);
    EXPECT_LT(told.size(), 500U);
}

TEST(NicBindingOfANode, WithoutCardsClaimsNothing) {
    const auto bind = [](const NodeNics& node, const NicPin& pin) {
        return bind_nics(node, {}, {pin}, [](const std::string&) { return std::nullopt; });
    };
    EXPECT_EQ(bind_nics({}, {}, {}, {}).nics,
              "none: no adapter and no Ethernet card on the PCI bus");
    EXPECT_THAT(bind({}, {"NCCL_IB_HCA", "^mlx5_0"}).problems, IsEmpty());
    EXPECT_THAT(bind({}, {"NCCL_IB_HCA", "mlx5_0"}).problems,
                ElementsAre("NCCL_IB_HCA=mlx5_0 names no network card of this node, which has "
                            "none"));
    const NicBinding unknown = bind({{}, "no answer"}, {"NCCL_IB_HCA", "mlx5_0"});
    EXPECT_EQ(unknown.nearest, "not known: no answer");
    EXPECT_THAT(unknown.problems, IsEmpty()) << "of a node that cannot be read";
}

using Nics = record::RankNics;

std::string one_for_all(const std::vector<Nics>& ranks) {
    std::vector<const Nics*> pointers;
    for (const Nics& rank : ranks) pointers.push_back(&rank);
    return one_card_for_all(pointers);
}

TEST(OneCardForAll, IsToldWhereEachHasItsOwn) {
    const std::map<std::string, std::vector<std::string>> one{{"NCCL_IB_HCA", {"a"}}};
    EXPECT_EQ(one_for_all({{{"a"}, one}, {{"b"}, one}}),
              "NCCL_IB_HCA pins all 2 ranks of this node to a, though each of their devices has a "
              "nearest card of its own");
    // Two that are equally near to both.
    EXPECT_NE(one_for_all({{{"a", "b"}, one}, {{"a", "b"}, one}}), "");
    EXPECT_NE(one_for_all({{{"a", "b"}, one}, {{"a", "c"}, one}, {{"a"}, one}}), "");
}

TEST(OneCardForAll, IsAsItMustBeWhereThereAreTooFew) {
    const std::map<std::string, std::vector<std::string>> one{{"NCCL_IB_HCA", {"a"}}};
    EXPECT_EQ(one_for_all({{{"a"}, one}, {{"a"}, one}}), "");
    EXPECT_EQ(one_for_all({{{"a", "b"}, one}, {{"a", "b"}, one}, {{"b"}, one}}), "");
    EXPECT_EQ(one_for_all({{{}, one}, {{}, one}}), "") << "not known";
    EXPECT_EQ(one_for_all({{{"a"}, one}}), "") << "one rank alone";
    EXPECT_EQ(one_for_all({}), "");
}

TEST(OneCardForAll, OthersPinsAreNotTheSame) {
    EXPECT_EQ(one_for_all({{{"a"}, {{"NCCL_IB_HCA", {"a"}}}}, {{"b"}, {{"NCCL_IB_HCA", {"b"}}}}}),
              "");
    EXPECT_EQ(one_for_all({{{"a"}, {{"NCCL_IB_HCA", {"a"}}}}, {{"b"}, {}}}), "");
    EXPECT_EQ(one_for_all(
                  {{{"a"}, {{"NCCL_IB_HCA", {"a", "b"}}}}, {{"b"}, {{"NCCL_IB_HCA", {"a", "b"}}}}}),
              "");
}

}  // namespace
}  // namespace rackproof
