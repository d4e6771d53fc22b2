#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>

#include "core/error.hpp"
#include "tests/support/suite_runner.hpp"

namespace rackproof {
namespace {

using test::cases_for;
using test::SuiteRun;
using testing::Each;
using testing::SizeIs;

Parameters ending_in(std::vector<std::string> endings) {
    Parameters parameters;
    parameters.set("endings", std::move(endings));
    parameters.set("wait_s", 0.001);
    return parameters;
}

/// A device whose timer says that each wait took its own length.
struct Selftest : SuiteRun {
    explicit Selftest(const char* ending)
        : SuiteRun{"selftest", std::string{"selftest."} + ending, ending_in({ending})} {
        device.script.timer_says_s = 0.001;
    }
};

TEST(Selftest, IsNamedAfterItsOneEndingElseMixed) {
    EXPECT_EQ(cases_for("selftest")[0].name, "selftest.pass");
    EXPECT_EQ(cases_for("selftest", ending_in({"hang"}))[0].name, "selftest.hang");
    EXPECT_EQ(cases_for("selftest", ending_in({"pass", "pass"}))[0].name, "selftest.mixed");
}

TEST(Selftest, RefusesAnEndingThatIsNone) {
    EXPECT_THROW((void)cases_for("selftest", ending_in({"explode"})), InputError);
}

TEST(Selftest, PassesWithARate) {
    Selftest self{"pass"};
    self.run();
    EXPECT_THAT(self.context.recorded.at("selftest.pass").samples, SizeIs(5));
    EXPECT_THAT(self.context.recorded.at("selftest.pass").samples, Each(1000));
}

/// Real waits: however late a process is woken, a wait is never shorter than asked.
TEST(Selftest, IsSlowByWaitingTenTimesAsLong) {
    Selftest self{"slow"};
    const auto begun = std::chrono::steady_clock::now();
    self.device.script.timer_says_s = 0.01;
    self.run();
    EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds{5 * 10});
    EXPECT_THAT(self.context.recorded, SizeIs(1));
}

TEST(Selftest, AnswersWronglyAfterItsSamples) {
    Selftest self{"wrong_answer"};
    EXPECT_THROW(self.run(), WrongAnswer);
    EXPECT_THAT(self.context.recorded.at("selftest.wrong_answer").samples, SizeIs(5));
}

TEST(Selftest, ANaNIsRefusedByTheContext) {
    Selftest self{"nan"};
    EXPECT_THROW(self.run(), Error);
    EXPECT_TRUE(self.context.recorded.empty());
}

TEST(Selftest, Throws) {
    Selftest self{"throw"};
    EXPECT_THROW(self.run(), Error);
}

TEST(Selftest, SaysNothing) {
    Selftest self{"silent"};
    EXPECT_NO_THROW(self.run());
    EXPECT_TRUE(self.context.recorded.empty());
}

TEST(Selftest, Skips) {
    Selftest self{"skip"};
    EXPECT_THROW(self.run(), Unsupported);
}

TEST(SelftestDeathTest, CrashesBySignal) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    Selftest self{"crash"};
    EXPECT_EXIT(
        {
            std::signal(SIGSEGV, SIG_DFL);  // not a sanitizer's handler
            self.run();
        },
        testing::KilledBySignal(SIGSEGV), "");
}

TEST(SelftestDeathTest, HangsUntilKilled) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    Selftest self{"hang"};
    EXPECT_EXIT(
        {
            ::alarm(1);  // the end that a watchdog would bring
            self.run();
        },
        testing::KilledBySignal(SIGALRM), "");
}

TEST(Selftest, EachDeviceTakesItsTurn) {
    for (const auto& [rank, passes] : {std::pair{0, true}, {1, false}, {2, true}, {3, false}}) {
        SuiteRun self{"selftest", "selftest.mixed", ending_in({"pass", "silent"})};
        self.device.script.timer_says_s = 0.001;
        self.context.rank = rank;
        self.run();
        EXPECT_EQ(self.context.recorded.contains("selftest.mixed"), passes) << rank;
    }
}

}  // namespace
}  // namespace rackproof
