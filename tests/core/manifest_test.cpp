#include "core/manifest.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "core/error.hpp"

namespace rackproof {
namespace {

std::vector<Device> devices_on_nodes(std::initializer_list<std::int32_t> nodes) {
    std::vector<Device> devices;
    for (const std::int32_t node : nodes) devices.emplace_back().node = node;
    return devices;
}

TEST(NodeOf, ADeviceIsOnTheNodeThatItNames) {
    const auto devices = devices_on_nodes({0, 0, 4});
    EXPECT_EQ(node_of(devices, Scope::Device, {1, -1}), 0);
    EXPECT_EQ(node_of(devices, Scope::Device, {2, -1}), 4);
}

TEST(NodeOf, APairIsOnTheNodeOfItsFirstMember) {
    const auto devices = devices_on_nodes({3, 5});
    EXPECT_EQ(node_of(devices, Scope::DevicePair, {1, 0}), 5);
    EXPECT_EQ(node_of(devices, Scope::NodePair, {8, 9}), 8);
}

TEST(NodeOf, ANodeIsItself) { EXPECT_EQ(node_of({}, Scope::Node, {7, -1}), 7); }

TEST(NodeOf, AGroupHasNoOneNode) {
    EXPECT_THROW((void)node_of(devices_on_nodes({0}), Scope::Group, {0, -1}), Error);
}

TEST(NodeOf, ADeviceThatIsNotThereIsAnError) {
    const auto devices = devices_on_nodes({0, 1});
    EXPECT_THROW((void)node_of(devices, Scope::Device, {2, -1}), Error);
    EXPECT_THROW((void)node_of(devices, Scope::Device, {-1, -1}), Error);
    EXPECT_THROW((void)node_of({}, Scope::DevicePair, {0, 1}), Error);
}

TEST(NodesOf, EveryNodeThatATargetLiesOn) {
    Manifest manifest;
    manifest.nodes.resize(4);
    manifest.devices = devices_on_nodes({0, 0, 3});
    manifest.groups = {{0, 1}, {1, 2, 3}};
    using Nodes = std::vector<std::int32_t>;
    EXPECT_EQ(nodes_of(manifest, Scope::Device, {2, -1}), Nodes{3});
    EXPECT_EQ(nodes_of(manifest, Scope::Node, {2, -1}), Nodes{2});
    EXPECT_EQ(nodes_of(manifest, Scope::NodePair, {3, 1}), (Nodes{3, 1}));
    EXPECT_EQ(nodes_of(manifest, Scope::DevicePair, {1, 2}), (Nodes{0, 3}));
    EXPECT_EQ(nodes_of(manifest, Scope::DevicePair, {0, 1}), Nodes{0});
    EXPECT_EQ(nodes_of(manifest, Scope::Group, {1, -1}), (Nodes{1, 2, 3}));
}

TEST(NodesOf, ATargetThatIsNotThereIsAnError) {
    Manifest manifest;
    manifest.nodes.resize(2);
    manifest.groups = {{0, 1}};
    EXPECT_THROW((void)nodes_of(manifest, Scope::Node, {2, -1}), Error);
    EXPECT_THROW((void)nodes_of(manifest, Scope::Node, {-1, -1}), Error);
    EXPECT_THROW((void)nodes_of(manifest, Scope::NodePair, {0, -1}), Error);
    EXPECT_THROW((void)nodes_of(manifest, Scope::NodePair, {0, 2}), Error);
    EXPECT_THROW((void)nodes_of(manifest, Scope::Group, {1, -1}), Error);
    EXPECT_THROW((void)nodes_of(manifest, Scope::Device, {0, -1}), Error);
}

TEST(Target, OrderIsByFirstThenSecond) {
    EXPECT_LT((Target{1, 9}), (Target{2, 0}));
    EXPECT_LT((Target{1, -1}), (Target{1, 0}));
    EXPECT_LT((Cell{0, {9, -1}}), (Cell{1, {0, -1}}));
}

}  // namespace
}  // namespace rackproof
