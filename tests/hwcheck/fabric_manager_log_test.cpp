#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/hwcheck/mailed_fixture.hpp"

namespace rackproof::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Inventory manager(const std::string& text) { return inventory_of(add_fabric_manager_log, text); }

std::string line(const std::string& level, const std::string& text) {
    return "[Jul 23 2024 07:53:55] [" + level + "] [tid 841] " + text + "\n";
}

constexpr const char* kFatal =
    "detected NVSwitch fatal error 20034 on fid 0 on NVSwitch pci bus id 00000000:86:00.0 physical "
    "id 3 port 33";

TEST(FabricManagerLog, AnErrorOfASwitchHasTheKernelLogsCode) {
    const Inventory inventory =
        manager(line("ERROR", kFatal) + line("INFO", "all is well") +
                line("ERROR", replaced(kFatal, "fatal error 20034", "non-fatal error 12028")));
    EXPECT_THAT(told(inventory),
                ElementsAre("0000:86:00 error sxid.20034", "0000:86:00 warning sxid.12028"));
    EXPECT_EQ(text_of(inventory, "sxid.20034"),
              "NVSwitch error (SXid) 20034. The log: " + std::string{kFatal} +
                  " (mailed.txt:1, Jul 23 2024 07:53:55 (the node's own time))");
    EXPECT_EQ(value_of(inventory, "fabric_manager.log_lines"), "3");
}

TEST(FabricManagerLog, OtherMessagesAreToldOnceAKind) {
    const Inventory inventory =
        manager(line("CRITICAL", "failed to open NVSwitch 3, error 17") +
                line("CRITICAL", "failed to open NVSwitch 12, error 17") +
                line("ERROR", "no topology file") + line("WARNING", "link 3 is slow"));
    EXPECT_THAT(told(inventory),
                ElementsAre(" error fabric_manager_error", " error fabric_manager_error",
                            " warning fabric_manager_error"));
    EXPECT_THAT(text_of(inventory, "fabric_manager_error"),
                HasSubstr("failed to open NVSwitch 3, error 17 (mailed.txt:1, Jul 23 2024 "
                          "07:53:55 (the node's own time); 2 times, last"));
}

TEST(FabricManagerLog, SaysItsVersionOrThatItDoesNot) {
    EXPECT_EQ(value_of(manager(line("INFO", "Fabric Manager version 550.90.07 is running with")),
                       "fabric_manager.version"),
              "550.90.07");
    EXPECT_EQ(value_of(manager(line("INFO", "x")), "fabric_manager.version"),
              "?it does not say so here");
}

TEST(FabricManagerLog, AnErrorWhoseSwitchIsNotSaidIsStillAnError) {
    EXPECT_THAT(told(manager(line("ERROR", "detected NVSwitch fatal error 20034 somewhere"))),
                ElementsAre(" error fabric_manager_error"));
}

TEST(FabricManagerLog, SomethingElseIsRefused) {
    const auto refusal = [](const std::string& text) {
        return refusal_by(add_fabric_manager_log, text);
    };
    EXPECT_THAT(refusal("hello\n[ 1.0] kernel\n"),
                HasSubstr("mailed.txt:1: has no line of the fabric manager; expected"));
    EXPECT_THAT(refusal("[Jul] [LOUD] [tid 1] x\n"), HasSubstr("has no line"));
    std::string flood;
    for (int i = 0; i < 5000; ++i) {
        flood += line("ERROR", "word" + std::string(static_cast<std::size_t>(i), 'x'));
    }
    EXPECT_THAT(refusal(flood), HasSubstr("mailed.txt:4097: is different fault 4097"));
}

TEST(FabricManagerLog, NothingFromOutsideMovesACursor) {
    const std::string text = text_of(manager(line("ERROR", "\x1b[2Jgone")), "fabric_manager_error");
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_THAT(text, HasSubstr("gone"));
}

// gpud-fixtures: counted with grep before. fabric-manager.0.log has 18 errors, all 12028, of four
// switches; fabricmanager.log one.
TEST(RealFabricManagerLogs, TellWhatIsWrongAndNothingElse) {
    if (!std::filesystem::exists(real_data("gpud-fixtures"))) {
        GTEST_SKIP() << "no outputs of real machines at " << real_data("");
    }
    const std::string log = bytes_of(real_data("gpud-fixtures/historic/fabric-manager.0.log"));
    const Inventory four = manager(log);
    EXPECT_THAT(told(four),
                ElementsAre("0000:83:00 warning sxid.12028", "0000:84:00 warning sxid.12028",
                            "0000:85:00 warning sxid.12028", "0000:86:00 warning sxid.12028"));
    EXPECT_THAT(text_of(four, "sxid.12028"), HasSubstr("; 2 times, last Dec 19 2024 19:17:49"));
    EXPECT_THAT(told(manager(replaced(log, "non-fatal error 12028", "fatal error 12028"))),
                ::testing::Contains("0000:83:00 error sxid.12028"));
    EXPECT_THAT(told(manager(
                    bytes_of(real_data("gpud-fixtures/components/accelerator/nvidia/fabric-manager/"
                                       "testdata/fabricmanager.log")))),
                ElementsAre("0000:86:00 warning sxid.12028"));
}

}  // namespace
}  // namespace rackproof::test
