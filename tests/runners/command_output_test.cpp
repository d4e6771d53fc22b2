#include "runners/command_output.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"
#include "tests/runners/shell.hpp"

namespace rackproof {
namespace {

using test::shell;
using ::testing::HasSubstr;

std::string refusal(const Command& command, double patience_s) {
    try {
        (void)output_of(command, patience_s);
    } catch (const Error& error) {
        return error.what();
    }
    return "";
}

TEST(OutputOf, IsAllThatIsPrinted) {
    EXPECT_EQ(output_of(shell("echo one; echo two >&2"), 60), "one\ntwo\n");
    EXPECT_EQ(output_of(shell("head -c 300000 /dev/zero"), 60).size(), 300'000U);
}

TEST(OutputOf, WhatIsLeftRunningIsNotWaitedFor) {
    EXPECT_EQ(output_of(shell("echo one; sleep 1000 &"), 60), "one\n");
}

TEST(OutputOf, AFailureIsAnErrorWithItsWords) {
    EXPECT_THAT(refusal(shell("echo no such partition >&2; exit 3"), 60),
                HasSubstr("exit status 3: no such partition"));
    EXPECT_THAT(refusal({{"/nowhere/scontrol"}, {}}, 60), HasSubstr("/nowhere/scontrol"));
    EXPECT_THAT(refusal(shell("sleep 1000"), 0.05), HasSubstr("did not end in time"));
    EXPECT_THAT(refusal(shell("cat /dev/zero"), 60), HasSubstr("more than 16 MiB"));
}

TEST(IsOnPath, FindsPrograms) {
    EXPECT_TRUE(is_on_path("sh"));
    EXPECT_FALSE(is_on_path("certainly-no-such-program"));
}

}  // namespace
}  // namespace rackproof
