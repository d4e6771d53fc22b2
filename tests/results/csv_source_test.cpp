#include "results/csv_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "tests/support/scratch_folder.hpp"

namespace rackproof::csv {
namespace {

using rackproof::test::ScratchFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// The beginning of each row, its fields joined by '|'; each bad row as "LINE:COLUMN PROBLEM".
std::vector<std::string> rows_of(const std::string& text) {
    const ScratchFolder folder;
    const auto path = folder.path() / "file.csv";
    std::ofstream{path, std::ios::binary} << text;
    Source source{path};
    std::vector<std::string> rows;
    Row row;
    BadRow bad;
    for (;;) {
        const Source::Read read = source.next(row, bad);
        if (read == Source::Read::End) return rows;
        if (read == Source::Read::Bad) {
            rows.push_back(std::to_string(bad.line) + ":" + std::to_string(bad.column) + " " +
                           bad.problem);
            continue;
        }
        std::string joined = std::to_string(row.line) + " ";
        for (const std::string_view field : row.fields) joined.append(field).append("|");
        rows.push_back(joined.substr(0, 60));
    }
}

TEST(CsvSource, SplitsRowsWhateverTheirLineEnds) {
    EXPECT_THAT(rows_of("a,b\nc,d\n"), ElementsAre("1 a|b|", "2 c|d|"));
    EXPECT_THAT(rows_of("a,b\r\nc,d"), ElementsAre("1 a|b|", "2 c|d|"));
    EXPECT_THAT(rows_of("\n\na,,\r\n\r\n,\n"), ElementsAre("3 a|||", "5 ||"));
    EXPECT_THAT(rows_of("\xEF\xBB\xBF"
                        "a,b\n"),
                ElementsAre("1 a|b|"));
    EXPECT_THAT(rows_of("\"a\"\r\n\"b\"\r"), ElementsAre("1 a|", HasSubstr("2:4 text follows")));
    EXPECT_TRUE(rows_of("").empty());
}

TEST(CsvSource, TakesQuotesAsRfc4180HasThem) {
    EXPECT_THAT(rows_of("\"a,b\",c\n"), ElementsAre("1 a,b|c|"));
    EXPECT_THAT(rows_of("\"say \"\"hi\"\"\",\"\"\n"), ElementsAre("1 say \"hi\"||"));
    EXPECT_THAT(rows_of("\"two\nlines\",x\nnext,y\n"), ElementsAre("1 two\nlines|x|", "3 next|y|"));
    EXPECT_THAT(rows_of("x,\"y\"\r\nz,w\r\n"), ElementsAre("1 x|y|", "2 z|w|"));
    EXPECT_THAT(rows_of("a,\"b\""), ElementsAre("1 a|b|"));
}

TEST(CsvSource, NamesThePlaceOfBrokenQuotesAndGoesOnBehindThem) {
    EXPECT_THAT(rows_of("a,\"open\nb,c\n"),
                ElementsAre(HasSubstr("1:3 a quote is not closed"), "2 b|c|"));
    EXPECT_THAT(rows_of("a,b\"c\nd,e\n"), ElementsAre(HasSubstr("1:4 a quote stands"), "2 d|e|"));
    EXPECT_THAT(rows_of("\"a\"b,c\nd,e\n"), ElementsAre(HasSubstr("1:4 text follows"), "2 d|e|"));
}

TEST(CsvSource, KeepsNulAndBytesThatAreNoUtf8ForTheReaderToRefuse) {
    const auto rows = rows_of(std::string{"a\0b,\xFF\n", 6});
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0], (std::string{"1 a\0b|\xFF|", 8}));
}

TEST(CsvSource, RefusesRowsWithoutEnd) {
    const std::string huge(3 << 20, 'x');
    EXPECT_THAT(rows_of(huge + "\na,b\n"),
                ElementsAre(HasSubstr("1:1 the row is longer than a megabyte"), "2 a|b|"));
    const auto quoted = rows_of("\"" + huge + huge + "\",\nc,d\n");
    ASSERT_GE(quoted.size(), 2U);
    EXPECT_THAT(quoted.front(), HasSubstr("1:1 "));
    EXPECT_EQ(quoted.back(), "2 c|d|");
}

TEST(CsvSource, ReadsAcrossItsBuffer) {
    std::string text;
    std::vector<std::string> expected;
    for (int i = 0; i < 400'000; ++i) {
        const std::string number = std::to_string(i);
        text += i % 7 == 0 ? "\"n\n" + number + "\",v\r\n" : "node" + number + ",v\n";
    }
    const auto rows = rows_of(text);
    ASSERT_EQ(rows.size(), 400'000U);
    EXPECT_THAT(rows[399'999], HasSubstr("node399999|v|"));
    EXPECT_THAT(rows[7 * 30'000], HasSubstr("n\n210000|v|"));
    EXPECT_THAT(rows[399'999], HasSubstr(std::to_string(400'000 + 57'143) + " "));
}

TEST(CsvSource, RefusesWhatIsNoFile) {
    const ScratchFolder folder;
    EXPECT_THROW(Source{folder.path()}, InputError);
    EXPECT_THROW(Source{folder.path() / "none"}, InputError);
}

}  // namespace
}  // namespace rackproof::csv
