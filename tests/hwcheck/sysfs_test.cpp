#include "hwcheck/sysfs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/sysfs_tree.hpp"

namespace rackproof {
namespace {

using test::SysfsTree;

TEST(ReadText, GivesWhatStandsThereWithoutItsLineEnd) {
    const SysfsTree tree;
    EXPECT_EQ(read_text(tree.write("name", "k10temp\n")), "k10temp");
    EXPECT_EQ(read_text(tree.write("label", "Package id 0 \n\n")), "Package id 0");
    EXPECT_EQ(read_text(tree.write("empty", "")), "");
}

TEST(ReadText, TakesSixtyFourBytesAndNoMore) {
    const SysfsTree tree;
    EXPECT_EQ(read_text(tree.write("full", std::string(64, 'x'))), std::string(64, 'x'));
    EXPECT_EQ(read_text(tree.write("long", std::string(65, 'x'))), std::nullopt);
    EXPECT_EQ(read_text(tree.write("huge", std::string(1 << 20, '1'))), std::nullopt);
}

TEST(ReadText, GivesNothingForWhatIsNoFile) {
    const SysfsTree tree;
    EXPECT_EQ(read_text(tree.root() / "missing"), std::nullopt);
    EXPECT_EQ(read_text(tree.root()), std::nullopt);
    EXPECT_EQ(read_text("/dev/zero"), std::nullopt);
    std::filesystem::create_symlink("loop", tree.root() / "loop");
    EXPECT_EQ(read_text(tree.root() / "loop"), std::nullopt);
}

TEST(ReadText, DoesNotWaitForThePipeInPlaceOfAFile) {
    const SysfsTree tree;
    const auto pipe = tree.root() / "pipe";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    EXPECT_EQ(read_text(pipe), std::nullopt);
}

TEST(ReadWholeNumber, TakesOneNumberAndNothingElse) {
    const SysfsTree tree;
    EXPECT_EQ(read_whole_number(tree.write("a", "45123\n")), 45123);
    EXPECT_EQ(read_whole_number(tree.write("b", "-5000\n")), -5000);
    EXPECT_EQ(read_whole_number(tree.write("c", "0\n")), 0);
    EXPECT_EQ(read_whole_number(tree.write("d", "9223372036854775807")), INT64_MAX);
}

class NoWholeNumber : public testing::TestWithParam<std::string_view> {};

TEST_P(NoWholeNumber, IsNoValue) {
    const SysfsTree tree;
    EXPECT_EQ(read_whole_number(tree.write("file", GetParam())), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(Files, NoWholeNumber,
                         testing::Values("", "\n", " 5", "+5", "5 6", "5\n6", "4.5", "0x10", "nan",
                                         "N/A", "12abc", "9223372036854775808", "--1", "\xff\xfe"));

TEST(Entries, ComeInTheOrderOfTheirNumbers) {
    const SysfsTree tree;
    for (const char* name : {"cpu10", "cpu2", "cpu0", "cpufreq", "online"}) tree.write(name, "");
    std::vector<std::string> names;
    for (const auto& entry : entries(tree.root())) names.push_back(entry.filename());
    EXPECT_THAT(names, testing::ElementsAre("cpu0", "cpu2", "cpu10", "cpufreq", "online"));
}

TEST(Entries, OfNoFolderAreNone) {
    const SysfsTree tree;
    EXPECT_THAT(entries(tree.root() / "missing"), testing::IsEmpty());
    EXPECT_THAT(entries(tree.write("file", "1")), testing::IsEmpty());
}

TEST(NumberBetween, TakesDigitsAndNothingElse) {
    EXPECT_EQ(number_between("temp12_input", "temp", "_input"), "12");
    EXPECT_EQ(number_between("cpu3", "cpu", ""), "3");
    EXPECT_EQ(number_between("cpufreq", "cpu", ""), std::nullopt);
    EXPECT_EQ(number_between("temp_input", "temp", "_input"), std::nullopt);
    EXPECT_EQ(number_between("temp1_crit", "temp", "_input"), std::nullopt);
    EXPECT_EQ(number_between("cpu", "cpu", ""), std::nullopt);
    EXPECT_EQ(number_between("_i", "temp", "_input"), std::nullopt);
}

}  // namespace
}  // namespace rackproof
