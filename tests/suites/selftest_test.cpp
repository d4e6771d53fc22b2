#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>

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

/// What is written to stdout while this lives.
class StdoutBytes {
  public:
    StdoutBytes() { ::dup2(::fileno(file_), STDOUT_FILENO); }
    ~StdoutBytes() {
        ::dup2(before_, STDOUT_FILENO);
        ::close(before_);
        std::fclose(file_);
    }
    StdoutBytes(const StdoutBytes&) = delete;
    StdoutBytes& operator=(const StdoutBytes&) = delete;
    [[nodiscard]] long count() const {
        std::fseek(file_, 0, SEEK_END);
        return std::ftell(file_);
    }

  private:
    std::FILE* file_ = std::tmpfile();
    int before_ = ::dup(STDOUT_FILENO);
};

TEST(Selftest, BabblesAndPasses) {
    Selftest self{"babble"};
    long printed = 0;
    {
        const StdoutBytes bytes;
        self.run();
        printed = bytes.count();
    }
    EXPECT_EQ(printed, 10'000'000);
    EXPECT_THAT(self.context.recorded.at("selftest.babble").samples, SizeIs(5));
}

TEST(Selftest, HostsThatAreNotMeantPass) {
    std::array<char, 256> here{};
    ASSERT_EQ(::gethostname(here.data(), here.size() - 1), 0);
    for (const std::string& host : {std::string{here.data()}, std::string{"another"}}) {
        Parameters parameters = ending_in({"throw"});
        parameters.set("hosts", std::vector<std::string>{"x", host});
        SuiteRun self{"selftest", "selftest.throw", parameters};
        self.device.script.timer_says_s = 0.001;
        if (host == "another") {
            EXPECT_NO_THROW(self.run());
            EXPECT_THAT(self.context.recorded.at("selftest.throw").samples, SizeIs(5));
        } else {
            EXPECT_THROW(self.run(), Error);
        }
    }
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
