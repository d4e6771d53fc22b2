#include "results/replacement_file.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof::run_file {
namespace {

using rackproof::test::bytes_of;
using rackproof::test::ScratchFolder;
using rackproof::test::write_bytes;

TEST(ReplacementFile, TakesThePlaceOfTheOldFileAtOnce) {
    const ScratchFolder folder;
    write_bytes(folder / "a", "old");
    ReplacementFile replacement{folder / "a"};
    EXPECT_EQ(replacement.path().parent_path(), folder.path());
    write_bytes(replacement.path(), "new");
    EXPECT_EQ(bytes_of(folder / "a"), "old");
    replacement.put_in_place();
    EXPECT_EQ(bytes_of(folder / "a"), "new");
    EXPECT_FALSE(std::filesystem::exists(replacement.path()));
}

TEST(ReplacementFile, LeavesNothingIfItWasNotPutInPlace) {
    const ScratchFolder folder;
    write_bytes(folder / "a", "old");
    {
        const ReplacementFile replacement{folder / "a"};
        write_bytes(replacement.path(), "half");
    }
    EXPECT_EQ(bytes_of(folder / "a"), "old");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator{folder.path()}, {}), 1);
}

TEST(ReplacementFile, WhatAnEarlierProcessLeftIsNotFollowed) {
    const ScratchFolder folder;
    write_bytes(folder / "precious", "precious");
    const auto left = ReplacementFile{folder / "a"}.path();
    std::filesystem::create_symlink(folder / "precious", left);
    const ReplacementFile replacement{folder / "a"};
    EXPECT_FALSE(std::filesystem::is_symlink(std::filesystem::symlink_status(left)));
    EXPECT_EQ(bytes_of(folder / "precious"), "precious");
}

TEST(ReplacementFile, SaysWhatCouldNotBePutInPlace) {
    const ScratchFolder folder;
    std::filesystem::create_directory(folder / "a");
    ReplacementFile replacement{folder / "a"};
    EXPECT_THROW(replacement.put_in_place(), Error);  // nothing was made
    write_bytes(replacement.path(), "new");
    EXPECT_THROW(replacement.put_in_place(), Error);  // a folder is in the way
}

}  // namespace
}  // namespace rackproof::run_file
