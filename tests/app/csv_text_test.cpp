#include "app/csv_text.hpp"
#include "tests/support/refusal.hpp"

#include <gmock/gmock.h>

namespace rackproof {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::vector<std::string>> records(std::string_view text) {
    CsvText csv{text, "f.csv"};
    std::vector<std::vector<std::string>> all;
    while (const auto record = csv.next()) {
        all.emplace_back();
        for (const CsvField& field : *record) all.back().push_back(field.text);
    }
    return all;
}

std::string csv_text_refusal(std::string_view text) {
    return test::refusal([&] { (void)records(text); });
}

TEST(CsvText, ReadsRecords) {
    EXPECT_THAT(records("a,b\r\n1,\n\n,2"),
                ElementsAre(ElementsAre("a", "b"), ElementsAre("1", ""), ElementsAre("", "2")));
    EXPECT_THAT(records(""), ElementsAre());
    EXPECT_THAT(records("\xEF\xBB\xBFnode\n"), ElementsAre(ElementsAre("node")));
}

TEST(CsvText, QuotedFieldsHoldAnything) {
    EXPECT_THAT(records("\"a,b\",\"c\"\"d\",\"e\nf\"\n"),
                ElementsAre(ElementsAre("a,b", "c\"d", "e\nf")));
}

TEST(CsvText, SaysWhereAFieldBegins) {
    CsvText csv{"a,\"x\ny\",b\nc,dd\n", "f.csv"};
    (void)csv.next();
    const auto second = csv.next();
    ASSERT_TRUE(second);
    EXPECT_EQ((*second)[1].line, 3);
    EXPECT_EQ((*second)[1].column, 3);
    EXPECT_EQ(csv.place_of((*second)[1]).file, "f.csv");
}

TEST(CsvText, RefusesBrokenQuotesAndOddBytes) {
    EXPECT_THAT(csv_text_refusal("a\nb,\"x\n"),
                HasSubstr("f.csv:2:3: a quoted field is not closed"));
    EXPECT_THAT(csv_text_refusal("\"x\"y\n"),
                HasSubstr("f.csv:1:1: a quoted field has text behind it"));
    EXPECT_THAT(csv_text_refusal("a,\xFF\n"), HasSubstr("f.csv:1:3: this is no UTF-8"));
}

}  // namespace
}  // namespace rackproof
