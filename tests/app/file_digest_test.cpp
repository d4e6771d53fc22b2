#include "app/file_digest.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof {
namespace {

using testing::HasSubstr;
using testing::SizeIs;
using testing::ThrowsMessage;

void write(const std::filesystem::path& path, const std::string& bytes) {
    std::ofstream{path, std::ios::binary} << bytes;
}

TEST(FileDigest, IsThatOfTheBytesWholeAndInPieces) {
    const test::ScratchFolder folder;
    const std::string bytes = std::string(4096, 'a') + std::string(4096, 'b') + "end";
    write(folder / "f", bytes);
    const FileDigest digest = digest_of(folder / "f");
    EXPECT_EQ(digest.bytes, bytes.size());
    EXPECT_EQ(digest.sha256, sha256_hex(bytes));
    ASSERT_THAT(digest.pieces, SizeIs(3));
    EXPECT_EQ(digest.pieces[1], (CertifiedPiece{4096, 4096, sha256_hex(std::string(4096, 'b'))}));
    EXPECT_EQ(digest.pieces[2], (CertifiedPiece{8192, 3, sha256_hex("end")}));
}

TEST(FileDigest, OfAnEmptyFileIsThatOfNothing) {
    const test::ScratchFolder folder;
    write(folder / "f", "");
    EXPECT_EQ(digest_of(folder / "f").sha256, sha256_hex(""));
    EXPECT_THAT(digest_of(folder / "f").pieces, SizeIs(0));
}

TEST(FileDigest, NoFileHasMoreThan64PiecesAndEachIsOfWholePages) {
    for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{262'144},
                                     std::uint64_t{262'145}, std::uint64_t{1} << 40U}) {
        const std::uint64_t piece = piece_bytes(size);
        EXPECT_EQ(piece % 4096, 0U);
        EXPECT_LE((size + piece - 1) / piece, 64U) << size;
    }
    EXPECT_EQ(piece_bytes(262'144), 4096U);
    EXPECT_EQ(piece_bytes(262'145), 8192U);
}

TEST(FileDigest, WhatIsNoFileIsRefused) {
    const test::ScratchFolder folder;
    EXPECT_THAT([&] { (void)digest_of(folder / "none"); },
                ThrowsMessage<InputError>(HasSubstr("none: is missing, or is no file")));
    EXPECT_THROW((void)digest_of(folder.path()), InputError);
}

}  // namespace
}  // namespace rackproof
