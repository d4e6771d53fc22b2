#include "runners/nic_pins.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace rackproof {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Nic adapter(const std::string& name, const std::map<std::int64_t, LinkState>& ports) {
    Nic nic;
    nic.kind = Nic::Kind::Adapter;
    nic.name = name;
    nic.ports = ports;
    return nic;
}

Nic interface(const std::string& name, LinkState state) {
    Nic nic;
    nic.name = name;
    nic.state = state;
    return nic;
}

class NicPins : public testing::Test {
  protected:
    PinMeaning meaning(const char* variable, const std::string& value) {
        return meaning_of({variable, value}, node_, [this](const std::string& network) {
            asked_.push_back(network);
            using Names = std::vector<std::string>;
            return network == "10.77.0.0/16" ? std::optional{Names{"eth1"}} : std::nullopt;
        });
    }
    std::vector<std::string> names(const char* variable, const std::string& value) {
        return meaning(variable, value).names;
    }

    NodeNics node_{
        {adapter("mlx5_1", {{1, LinkState::Active}, {2, LinkState::Down}}),
         adapter("mlx5_10", {{1, LinkState::Active}}), interface("eth0", LinkState::Active),
         interface("eth1", LinkState::Active), interface("lo", LinkState::Unknown)},
        ""};
    std::vector<std::string> asked_;
};

TEST_F(NicPins, UcxTakesWholeNames) {
    constexpr const char* kUcx = "UCX_NET_DEVICES";
    EXPECT_THAT(names(kUcx, "mlx5_1:1"), ElementsAre("mlx5_1:1"));
    EXPECT_THAT(names(kUcx, "mlx5_1:1,eth1"), ElementsAre("mlx5_1:1", "eth1"));
    EXPECT_THAT(names(kUcx, "all"), testing::SizeIs(6));
    for (const char* none : {"mlx5_1", "mlx5", "=mlx5_1:1", "^mlx5_1:1", "mlx5_1:01", " mlx5_1:1",
                             "$(mlx5_1:1)", ",", "mlx5_1:1\n"}) {
        EXPECT_THAT(names(kUcx, none), IsEmpty()) << none;
    }
}

TEST_F(NicPins, NcclTakesPrefixesWholeNamesAndAllOthers) {
    constexpr const char* kNccl = "NCCL_IB_HCA";
    const auto all = ElementsAre("mlx5_1:1", "mlx5_1:2", "mlx5_10:1");
    EXPECT_THAT(names(kNccl, "mlx5"), all);
    EXPECT_THAT(names(kNccl, "mlx5_1"), all) << "a prefix of mlx5_10 as well";
    EXPECT_THAT(names(kNccl, "=mlx5_1"), ElementsAre("mlx5_1:1", "mlx5_1:2"));
    EXPECT_THAT(names(kNccl, "=mlx5_1:1,mlx5_10"), ElementsAre("mlx5_1:1", "mlx5_10:1"));
    EXPECT_THAT(names(kNccl, "^=mlx5_1"), ElementsAre("mlx5_10:1"));
    EXPECT_THAT(names(kNccl, "^mlx5_1"), IsEmpty());
    EXPECT_THAT(names(kNccl, "^mlx5_1:2"), ElementsAre("mlx5_1:1", "mlx5_10:1"));
    EXPECT_THAT(names(kNccl, "^mlx4"), all);
    EXPECT_THAT(names(kNccl, ",,=mlx5_10"), IsEmpty()) << "the sign stands at the beginning";
    EXPECT_THAT(names(kNccl, "eth0"), IsEmpty()) << "that is no adapter";
    EXPECT_THAT(names(kNccl, "mlx5_1:one"), IsEmpty()) << "port 0, as atoi has it";
    EXPECT_THAT(names(kNccl, "mlx5_1:99999999999999999999999"), IsEmpty());
    EXPECT_TRUE(meaning(kNccl, "^mlx4").is_exclusion);
    EXPECT_FALSE(meaning(kNccl, "=mlx5_1").is_exclusion);
    EXPECT_THAT(names("NCCL_SOCKET_IFNAME", "eth"), ElementsAre("eth0", "eth1"));
    EXPECT_THAT(names("NCCL_SOCKET_IFNAME", "^=eth0,lo"), ElementsAre("eth1"));
}

TEST_F(NicPins, OpenMpiTakesNamesAndNetworks) {
    constexpr const char* kOpenMpi = "OMPI_MCA_btl_tcp_if_include";
    EXPECT_THAT(names(kOpenMpi, "eth0,lo"), ElementsAre("eth0", "lo"));
    EXPECT_THAT(names(kOpenMpi, "eth"), IsEmpty());
    EXPECT_THAT(names(kOpenMpi, "10.77.0.0/16"), ElementsAre("eth1"));
    EXPECT_THAT(asked_, ElementsAre("10.77.0.0/16"));
    EXPECT_TRUE(meaning(kOpenMpi, "10.77.0.0/16").is_known);
    EXPECT_FALSE(meaning(kOpenMpi, "fe80::/64").is_known);
}

TEST_F(NicPins, WhatIsDownIsDownOnlyIfAllOfItIsKnownToBe) {
    EXPECT_TRUE(meaning("NCCL_IB_HCA", "=mlx5_1:2").is_down);
    EXPECT_FALSE(meaning("NCCL_IB_HCA", "=mlx5_1").is_down);
    EXPECT_FALSE(meaning("NCCL_SOCKET_IFNAME", "lo").is_down);
    EXPECT_FALSE(meaning("NCCL_IB_HCA", "nothing").is_down);
}

TEST_F(NicPins, ATextWithoutEndIsNotRead) {
    EXPECT_FALSE(meaning("NCCL_IB_HCA", std::string(5000, ',')).is_known);
}

TEST_F(NicPins, OneAdapterIsNamedOnce) {
    const PinMeaning both = meaning("NCCL_IB_HCA", "=mlx5_1");
    ASSERT_THAT(both.nics, testing::SizeIs(1));
    EXPECT_EQ(both.nics[0]->name, "mlx5_1");
}

TEST(NicPinsOfAnEnvironment, AreThoseThatAreSet) {
    const std::map<std::string, std::string> environment{
        {"NCCL_IB_HCA", "mlx5"},
        {"UCX_NET_DEVICES", ""},
        {"OMPI_MCA_btl_tcp_if_include", "10.77.0.0/16"},
        {"NCCL_IB_GID_INDEX", "3"}};
    const auto value_of = [&](const char* name) -> const char* {
        const auto found = environment.find(name);
        return found == environment.end() ? nullptr : found->second.c_str();
    };
    const NicPin nccl{"NCCL_IB_HCA", "mlx5"};
    NicPin mpi{"OMPI_MCA_btl_tcp_if_include", "10.77.0.0/16"};
    EXPECT_THAT(nic_pins(value_of, "10.78.0.0/16"), ElementsAre(nccl, mpi));
    mpi.is_ours = true;
    EXPECT_THAT(nic_pins(value_of, "10.77.0.0/16"), ElementsAre(nccl, mpi));
}

}  // namespace
}  // namespace rackproof
