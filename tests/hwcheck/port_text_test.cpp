#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/hwcheck/mailed_fixture.hpp"

namespace rackproof::test {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const char* const kIbstat = R"(CA 'mlx5_0'
	CA type: MT4129
	Number of ports: 2
	Firmware version: 28.39.1002
	Node GUID: 0xa088c20300adeab8
	Port 1:
		State: Active
		Physical state: LinkUp
		Rate: 400
		Port GUID: 0xa288c2fffeadeab8
		Link layer: InfiniBand
	Port 2:
		State: Active
		Physical state: LinkUp
		Rate: 400
		Port GUID: 0xa288c2fffeadeab9
		Link layer: InfiniBand
)";

const char* const kIbstatus = R"(Infiniband device 'mlx5_3' port 1 status:
	default gid:	 fe80:0000:0000:0000:0015:5dff:fd33:ff0b
	state:		 4: ACTIVE
	phys state:	 5: LinkUp
	rate:		 200 Gb/sec (4X HDR)
	link_layer:	 InfiniBand

)";

Inventory ports(const std::string& text) { return inventory_of(add_ibstat, text); }
std::string ports_refusal(const std::string& text) { return refusal_by(add_ibstat, text); }

TEST(Ibstat, SaysWhatThePortIs) {
    const Inventory inventory = ports(kIbstat);
    EXPECT_THAT(told(inventory), IsEmpty());
    EXPECT_EQ(value_of(inventory, "hca.count"), "1");
    EXPECT_EQ(value_of(inventory, "hca.firmware", "mlx5_0"), "28.39.1002");
    EXPECT_EQ(value_of(inventory, "port.state", "mlx5_0/2"), "active");
    EXPECT_EQ(value_of(inventory, "port.physical_state", "mlx5_0/2"), "linkup");
    EXPECT_EQ(value_of(inventory, "port.rate_bit_per_s", "mlx5_0/1"), "400000000000");
    EXPECT_EQ(value_of(inventory, "port.link_layer", "mlx5_0/1"), "InfiniBand");
    EXPECT_EQ(item_of(inventory, "port.state", "mlx5_0/1")->source, "mailed.txt:6");
}

TEST(Ibstat, AnEmptyFieldIsUnknown) {
    EXPECT_EQ(
        value_of(ports(replaced(kIbstat, "CA type: MT4129", "CA type:")), "hca.type", "mlx5_0"),
        "?said nothing");
}

TEST(Ibstat, APortThatIsNotUpIsTold) {
    const std::string down = replaced(replaced(kIbstat, "State: Active", "State: Down"),
                                      "Physical state: LinkUp", "Physical state: Polling");
    EXPECT_THAT(told(ports(down)), ElementsAre("mlx5_0/1 error port_down"));
    EXPECT_THAT(text_of(ports(down), "port_down"),
                HasSubstr("'down', its physical state 'polling'"));
    EXPECT_THAT(told(ports(replaced(kIbstat, "State: Active", "State: Initializing"))),
                ElementsAre("mlx5_0/1 error port_inactive"));
    EXPECT_THAT(told(ports(replaced(kIbstatus, "4: ACTIVE", "1: DOWN"))),
                ElementsAre("mlx5_3/1 error port_inactive"));
}

TEST(Ibstat, IbstatusSaysTheSame) {
    const Inventory inventory = ports(kIbstatus);
    EXPECT_THAT(told(inventory), IsEmpty());
    EXPECT_EQ(value_of(inventory, "port.state", "mlx5_3/1"), "active");
    EXPECT_EQ(value_of(inventory, "port.rate_bit_per_s", "mlx5_3/1"), "200000000000");
}

TEST(Ibstat, WhatIsBrokenOffIsRefused) {
    const std::string whole = kIbstat;
    // At each line's end but the last.
    for (std::size_t end = whole.find('\n'); end + 1 < whole.size();
         end = whole.find('\n', end + 1)) {
        EXPECT_THAT(ports_refusal(whole.substr(0, end)), HasSubstr("expected")) << end;
    }
    EXPECT_THAT(ports_refusal(replaced(kIbstat, "Number of ports: 2", "Number of ports: 3")),
                HasSubstr("has 3 ports, and 2 are described"));
    EXPECT_THAT(ports_refusal(replaced(kIbstatus, "link_layer", "link_lay")),
                HasSubstr("breaks off"));
}

TEST(Ibstat, SomethingElseAndAbsurdNumbersAreRefused) {
    EXPECT_THAT(ports_refusal("Hello: you\n"),
                HasSubstr("mailed.txt:1: has 'Hello: you'; expected"));
    EXPECT_THAT(ports_refusal("\n\n"), HasSubstr("has no port"));
    // The fuzzer's: one quote that opens and closes, one that never closes.
    EXPECT_THAT(ports_refusal("CA '\n"), HasSubstr("mailed.txt:1"));
    EXPECT_THAT(ports_refusal("Infiniband device 'a port 1 status:\n"), HasSubstr("mailed.txt:1"));
    EXPECT_THAT(ports_refusal("Infiniband device 'a' port status:\n"), HasSubstr("mailed.txt:1"));
    // An adapter's name becomes part of a column's: the fuzzer found one that moved a cursor.
    EXPECT_THAT(ports_refusal(replaced(kIbstat, "mlx5_0", "mlx5\x1b[2J")),
                HasSubstr("mailed.txt:1"));
    EXPECT_THAT(ports_refusal(replaced(kIbstat, "mlx5_0", "../../x")), HasSubstr("mailed.txt:1"));
    EXPECT_THAT(ports_refusal("ibpanic: [1] main: stat of IB device '\x01' failed\n"),
                HasSubstr("mailed.txt:1"));
    EXPECT_THAT(ports_refusal(replaced(kIbstat, "Rate: 400", "Rate: 99999999999999999999")),
                HasSubstr("mailed.txt:9: has '99999999999999999999' for a rate"));
    EXPECT_THAT(ports_refusal(replaced(kIbstat, "Rate: 400", "Rate: -1")), HasSubstr("for a rate"));
}

class RealPorts : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!std::filesystem::exists(real_data("gpud-fixtures"))) {
            GTEST_SKIP() << "no outputs of real machines at " << real_data("");
        }
    }
    static std::string bytes(const std::string& name) { return bytes_of(real_data(name)); }
    static std::string gpud(const std::string& name) {
        return bytes("gpud-fixtures/historic/" + name);
    }
};

TEST_F(RealPorts, TellWhatIsWrongAndNothingElse) {
    // gpud-fixtures/SOURCES.md: all active; 3 adapters Down/Disabled; 2; 1 Disabled and 1 Polling;
    // ibpanic, exit 255. The counts are in the files' names.
    const std::vector<std::pair<std::string, std::vector<std::string>>> expected{
        {"ibstat.47.0.a100.all.active.0", {}},
        {"ibstat.47.0.h100.all.active.0", {}},
        {"ibstat.47.0.h100.all.active.1", {}},
        {"ibstat.47.0.h100.all.active.2", {}},
        {"ibstatus.39.0.a100.all.active.0", {}},
        {"ibstat.47.0.h100.some.down.0",
         {"mlx5_2/1 error port_down", "mlx5_7/1 error port_down", "mlx5_8/1 error port_down"}},
        {"ibstat.47.0.h100.some.down.1", {"mlx5_11/1 error port_down", "mlx5_5/1 error port_down"}},
        {"ibstat.47.0.h100.some.down.with.polling.1",
         {"mlx5_11/1 error port_down", "mlx5_5/1 error port_down"}},
        {"ibstat.39.0.a100.failed.ibpanic.exit-255.0", {"mlx5_8 error hca_unreadable"}},
    };
    for (const auto& [file, events] : expected) {
        EXPECT_THAT(told(ports(gpud(file))), ElementsAreArray(events)) << file;
    }
    EXPECT_THAT(told(ports(bytes("azhpc-diagnostics-samples/Linux/test/samples/ibstatus.out"))),
                IsEmpty());
}

TEST_F(RealPorts, SaysDisabledAndPolling) {
    const Inventory inventory = ports(gpud("ibstat.47.0.h100.some.down.with.polling.1"));
    EXPECT_EQ(value_of(inventory, "hca.count"), "12");
    EXPECT_EQ(value_of(inventory, "port.physical_state", "mlx5_11/1"), "polling");
    EXPECT_EQ(value_of(inventory, "port.physical_state", "mlx5_5/1"), "disabled");
    EXPECT_EQ(
        value_of(ports(gpud("ibstat.39.0.a100.failed.ibpanic.exit-255.0")), "port.state", "mlx5_8")
            .substr(0, 9),
        "?ibpanic:");
}

TEST_F(RealPorts, AMendedPortIsToldNoMoreAndABrokenOneIs) {
    const std::string polling = gpud("ibstat.47.0.h100.some.down.with.polling.1");
    EXPECT_THAT(told(ports(replaced(replaced(polling, "State: Down", "State: Active"),
                                    "Physical state: Polling", "Physical state: LinkUp"))),
                ElementsAre("mlx5_5/1 error port_down"));
    EXPECT_THAT(told(ports(replaced(gpud("ibstat.47.0.h100.all.active.2"), "Physical state: LinkUp",
                                    "Physical state: Disabled"))),
                ElementsAre("mlx5_0/1 error port_down"));
}

TEST_F(RealPorts, AnotherToolsOutputIsRefused) {
    // gcm's strings for its ibstat check are the JSON of 'ip link'.
    EXPECT_THAT(ports_refusal(bytes("gcm-command-outputs/test_check_ibstat.L199.txt")),
                HasSubstr("expected the output of 'ibstat'"));
    EXPECT_THAT(ports_refusal(gpud("nvidia-smi.550.90.07.out.0.valid")), HasSubstr("expected"));
}

}  // namespace
}  // namespace rackproof::test
