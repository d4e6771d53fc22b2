#include "core/error.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>

namespace rackproof {
namespace {

TEST(Error, SaysWhatWasAttemptedAndWhatTheAnswerWas) {
    const Error error{"open /run/x", "permission denied"};
    EXPECT_STREQ(error.what(), "open /run/x: permission denied");
}

TEST(Error, HasNoColonWhereThereIsNoAnswer) {
    EXPECT_STREQ((Error{"count devices", ""}.what()), "count devices");
}

TEST(Error, KnowsThePlaceThatThrewIt) {
    const Error error{"a", "b"};
    const auto line = static_cast<unsigned>(__LINE__) - 1;
    EXPECT_EQ(error.where().line(), line);
    EXPECT_NE(std::string{error.where().file_name()}.find("error_test.cpp"), std::string::npos);
}

TEST(Error, KeepsThePlaceOfTheCallerOfSystemError) {
    const Error error = system_error("open x", ENOENT);
    const auto line = static_cast<unsigned>(__LINE__) - 1;
    EXPECT_EQ(error.where().line(), line);
}

TEST(InputError, NamesFileLineAndColumn) {
    const InputError error{{"plan.toml", 3, 14}, "expected a duration, found 'soon'"};
    EXPECT_STREQ(error.what(), "plan.toml:3:14: expected a duration, found 'soon'");
}

TEST(InputError, NamesFileAndLineWhereTheColumnIsUnknown) {
    const InputError error{{"fleet.csv", 7, std::nullopt}, "expected 5 fields"};
    EXPECT_STREQ(error.what(), "fleet.csv:7: expected 5 fields");
}

TEST(InputError, NamesTheFileAlone) {
    const InputError error{{"run.h5", std::nullopt, std::nullopt}, "expected a run file"};
    EXPECT_STREQ(error.what(), "run.h5: expected a run file");
}

TEST(InputError, LeavesOutAColumnThatHasNoLine) {
    const InputError error{{"plan.toml", std::nullopt, 14}, "expected a table"};
    EXPECT_STREQ(error.what(), "plan.toml: expected a table");
}

TEST(InputError, CanStandWithoutAPlace) {
    EXPECT_STREQ(InputError{"expected one plan"}.what(), "expected one plan");
}

TEST(InputError, IsCaughtAsAnError) { EXPECT_THROW(throw InputError{"expected one plan"}, Error); }

TEST(WrongAnswer, IsNoOtherKindOfError) {
    try {
        throw WrongAnswer{"verify triad", "a[7] is 2, expected 3"};
    } catch (const InputError&) {
        FAIL() << "a wrong answer is not the user's fault";
    } catch (const WrongAnswer& wrong) {
        EXPECT_STREQ(wrong.what(), "verify triad: a[7] is 2, expected 3");
    }
}

TEST(Unsupported, SaysTheReasonAlone) {
    EXPECT_STREQ(Unsupported{"this host has no sensors"}.what(), "this host has no sensors");
}

TEST(ErrnoText, IsTheSystemsSentence) {
    EXPECT_EQ(errno_text(ENOENT), "No such file or directory");
    EXPECT_STREQ(system_error("open x", ENOENT).what(), "open x: No such file or directory");
}

TEST(ErrnoText, HasAnAnswerForNumbersThatAreNone) {
    EXPECT_NE(errno_text(99999).find("99999"), std::string::npos);
}

}  // namespace
}  // namespace rackproof
