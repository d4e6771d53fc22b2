#include "runners/route.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "core/error.hpp"

namespace rackproof {
namespace {

using testing::HasSubstr;

TEST(AddressTowards, ThisMachineIsReachedOverLoopback) {
    EXPECT_EQ(address_towards({"localhost"}), "127.0.0.1");
    EXPECT_EQ(address_towards({"no-such-host.invalid", "localhost"}), "127.0.0.1");
}

TEST(AddressTowards, HostsThatNobodyKnowsAreAnErrorThatNamesOne) {
    try {
        (void)address_towards({"no-such-host.invalid", "nor-this.invalid"});
        ADD_FAILURE() << "no error";
    } catch (const InputError& error) {
        EXPECT_THAT(error.what(), HasSubstr("no-such-host.invalid: "));
        EXPECT_THAT(error.what(), HasSubstr("--listen"));
    }
}

TEST(InterfaceOf, IsTheOneWithTheAddress) {
    const std::optional<Interface> loopback = interface_of("127.0.0.1");
    ASSERT_TRUE(loopback);
    EXPECT_EQ(loopback->name, "lo");
    EXPECT_EQ(loopback->network, "127.0.0.0/8");
    EXPECT_FALSE(interface_of("203.0.113.77"));
}

TEST(InterfacesInANetwork, AreThoseWithAnAddressThere) {
    using Names = std::vector<std::string>;
    EXPECT_EQ(interfaces_in("127.0.0.0/8"), Names{"lo"});
    EXPECT_EQ(interfaces_in("127.0.0.1/32"), Names{"lo"});
    EXPECT_EQ(interfaces_in("203.0.113.0/24"), Names{});
    ASSERT_TRUE(interfaces_in("0.0.0.0/0"));
    EXPECT_NE(std::ranges::count(*interfaces_in("0.0.0.0/0"), "lo"), 0);
    for (const char* none : {"", "lo", "127.0.0.1", "127.0.0.1/", "127.0.0.1/33", "127.0.0.1/-1",
                             "127.0.0.1/8x", "fe80::/64", "/8"}) {
        EXPECT_FALSE(interfaces_in(none)) << none;
    }
}

}  // namespace
}  // namespace rackproof
