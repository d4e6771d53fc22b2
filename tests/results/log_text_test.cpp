#include "results/log_text.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof::logs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(LogText, LinesEndInLfOrCrlfAndAreCounted) {
    LogText log{"a.log", "one\r\n\n  three \t", BadRows::Refuse};
    std::string_view line;
    ASSERT_TRUE(log.next(line));
    EXPECT_EQ(line, "one");
    ASSERT_TRUE(log.next(line));
    EXPECT_EQ(line, "");
    ASSERT_TRUE(log.next(line));
    EXPECT_EQ(line, "  three");
    EXPECT_EQ(log.line(), 3);
    EXPECT_FALSE(log.next(line));
}

TEST(LogText, RefusesOrSkipsAsAsked) {
    LogText strict{"a.log", "x", BadRows::Refuse};
    EXPECT_THROW(strict.refuse(7, "is odd"), InputError);
    LogText lenient{"a.log", "x", BadRows::Skip};
    lenient.refuse(7, "is odd");
    EXPECT_THAT(lenient.skipped(), ElementsAre("a.log:7: is odd"));
    EXPECT_THROW(lenient.refuse_all(7, "is odd"), InputError);
}

TEST(LogText, AFolderOrNothingIsNoLog) {
    const test::ScratchFolder folder;
    EXPECT_THROW((void)LogText::read(folder.path(), BadRows::Refuse), InputError);
    EXPECT_THROW((void)LogText::read(folder / "absent.log", BadRows::Refuse), InputError);
    test::write_bytes(folder / "a.log", "hello");
    EXPECT_EQ(LogText::read(folder / "a.log", BadRows::Refuse).text(), "hello");
}

TEST(Words, AreWhatStandsBetweenSpaces) {
    EXPECT_THAT(words("  a\tb  c "), ElementsAre("a", "b", "c"));
    EXPECT_TRUE(words(" \t").empty());
}

TEST(Decimal, IsRoundedOnceWhateverTheUnit) {
    EXPECT_EQ(decimal("97.32", 9), 97.32e9);
    EXPECT_EQ(decimal("344.8", -6), 344.8e-6);
    EXPECT_EQ(decimal("1.1e+04", -6), 1.1e-2);
    EXPECT_EQ(decimal("0"), 0.0);
    EXPECT_EQ(shifted(235.26, 9), 235.26e9);
}

TEST(Decimal, IsNoNumberUnlessAllOfItIs) {
    for (const char* text : {"", "-", ".", "1x", "nan", "inf", "0x10", "1,5", "1e", "1e999", "+1",
                             "1 ", "--1", "1.2.3", "1e99999999999"}) {
        EXPECT_FALSE(decimal(text)) << text;
    }
}

TEST(Whole, HasABound) {
    EXPECT_EQ(whole("17", 17), 17);
    EXPECT_FALSE(whole("18", 17));
    EXPECT_FALSE(whole("-1", 17));
    EXPECT_FALSE(whole("1.0", 17));
}

TEST(NamePart, IsFitForAMetricsName) {
    EXPECT_EQ(name_part("Page Retirement/Row Remap"), "page_retirement_row_remap");
    EXPECT_EQ(name_part("  NVIDIA H100 80GB HBM3 "), "nvidia_h100_80gb_hbm3");
    EXPECT_EQ(name_part("--"), "");
}

TEST(OneLine, NothingFromALogMovesACursor) {
    EXPECT_EQ(one_line("\t a\tb\n"), "a b");
    EXPECT_THAT(one_line("a\x1B[2J"), HasSubstr("[2J"));
    EXPECT_EQ(one_line("a\x1B[2J").find('\x1B'), std::string::npos);
}

}  // namespace
}  // namespace rackproof::logs
