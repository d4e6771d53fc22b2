#include "hwcheck/tree.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "core/error.hpp"
#include "tests/support/sysfs_tree.hpp"

namespace rackproof {
namespace {

using test::SysfsTree;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;

TEST(Tree, ReadsAFileUnderItsRoot) {
    const SysfsTree files;
    files.write("proc/version", "Linux 6.1\n");
    const Tree tree{files.root()};
    EXPECT_FALSE(tree.is_living());
    EXPECT_THAT(tree.read("/proc/version").text, Optional(std::string{"Linux 6.1"}));
    EXPECT_EQ(tree.read("/proc/nothing").why, "no such file");
}

TEST(Tree, RefusesWhatIsNoFolder) {
    const SysfsTree files;
    EXPECT_THROW((Tree{files.root() / "gone"}), InputError);
    EXPECT_THROW((Tree{files.write("file", "1")}), InputError);
}

TEST(Tree, NeverFollowsALinkOutOfACopy) {
    const SysfsTree outside;
    outside.write("secret", "hidden");
    const SysfsTree files;
    files.write("sys/real", "1");
    std::filesystem::create_symlink(outside.root() / "secret", files.root() / "sys/absolute");
    std::filesystem::create_symlink("../../../../../../../../../../etc/hostname",
                                    files.root() / "sys/relative");
    std::filesystem::create_symlink(outside.root(), files.root() / "sys/folder");
    std::filesystem::create_symlink("real", files.root() / "sys/inside");
    const Tree tree{files.root()};
    EXPECT_THAT(tree.read("/sys/inside").text, Optional(std::string{"1"}));
    EXPECT_THAT(tree.read("/sys/absolute").why, HasSubstr("leads out"));
    EXPECT_THAT(tree.read("/sys/relative").why, HasSubstr("leads out"));
    EXPECT_THAT(tree.read("/sys/folder/secret").why, HasSubstr("leads out"));
    EXPECT_THAT(tree.names("/sys/folder"), IsEmpty());
    EXPECT_FALSE(tree.exists("/sys/folder/secret"));
}

TEST(Tree, DoesNotWaitForAPipe) {
    const SysfsTree files;
    files.write("proc/a", "1");
    ASSERT_EQ(::mkfifo((files.root() / "proc/pipe").c_str(), 0600), 0);
    EXPECT_EQ(Tree{files.root()}.read("/proc/pipe").why, "no regular file");
}

TEST(Tree, BoundsWhatItReads) {
    const SysfsTree files;
    files.write("proc/large", std::string(10000, 'x'));
    const Tree tree{files.root()};
    EXPECT_EQ(tree.read("/proc/large").why, "holds more than 4096 bytes");
    EXPECT_THAT(tree.read_head("/proc/large", 5).text, Optional(std::string{"xxxxx"}));
}

TEST(Tree, ListsByNumber) {
    const SysfsTree files;
    for (const char* name : {"sys/cpu10/x", "sys/cpu2/x", "sys/cpu0/x"}) files.write(name, "1");
    EXPECT_THAT(Tree{files.root()}.names("/sys"), ElementsAre("cpu0", "cpu2", "cpu10"));
}

TEST(Tree, SaysWhereALinkPoints) {
    const SysfsTree files;
    files.write("sys/bus/pci/devices/x", "");
    std::filesystem::create_symlink("../../../devices/pci0000:00/0000:00:01.0",
                                    files.root() / "sys/bus/pci/devices/0000:00:01.0");
    const Tree tree{files.root()};
    EXPECT_EQ(tree.link_path("/sys/bus/pci/devices/0000:00:01.0"),
              "/sys/devices/pci0000:00/0000:00:01.0");
    EXPECT_EQ(tree.link_name("/sys/bus/pci/devices/0000:00:01.0"), "0000:00:01.0");
    EXPECT_EQ(tree.link_path("/sys/bus/pci/devices/x"), "");
}

TEST(ListOfCpus, IsCounted) {
    EXPECT_EQ(count_of_list("0-3,8"), 5);
    EXPECT_EQ(count_of_list("0"), 1);
    EXPECT_THAT(numbers_of_list("1,4-5"), ElementsAre(1, 4, 5));
    for (const char* bad : {"", "a", "3-1", "-1", "0-99999999999", "0-", "1,,2", "0-70000"}) {
        EXPECT_EQ(count_of_list(bad), std::nullopt) << bad;
    }
}

}  // namespace
}  // namespace rackproof
