#include "results/write_columns.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "results/run_source.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof::run_file {
namespace {

using ::testing::ElementsAre;

std::vector<hsize_t> chunk_of(std::vector<hsize_t> extent, std::size_t element_bytes) {
    const auto storage = storage_for(extent, element_bytes);
    if (H5Pget_layout(storage.get()) != H5D_CHUNKED) return {};
    std::vector<hsize_t> chunk(extent.size());
    H5Pget_chunk(storage.get(), static_cast<int>(chunk.size()), chunk.data());
    return chunk;
}

class WriteColumns : public ::testing::Test {
  protected:
    rackproof::test::ScratchFolder folder;
    hdf5::QuietErrors quiet;
    hdf5::File file = hdf5::create_file(folder / "file.h5");

    /// Writes the texts and reads them back; `bytes` is the length of the type.
    std::vector<std::string> there_and_back(const std::vector<std::string_view>& texts,
                                            std::size_t bytes) {
        const auto dataset = write_texts(file.get(), "texts", texts);
        EXPECT_EQ(H5Tget_size(hdf5::type_of(dataset).get()), bytes);
        return RunSource{1 << 20}.texts(file.get(), "texts");
    }
};

TEST(StorageFor, SmallDataIsInOnePieceAndEmptyDataToo) {
    EXPECT_THAT(chunk_of({100, 10}, 8), ElementsAre());
    EXPECT_THAT(chunk_of({0, 1'000'000}, 8), ElementsAre());
}

TEST(StorageFor, ChunksAreWholeRowsOfAboutAMebibyte) {
    EXPECT_THAT(chunk_of({1'000'000, 5}, 8), ElementsAre(26'214, 5));
    EXPECT_THAT(chunk_of({20'000}, 8), ElementsAre(20'000));
    EXPECT_THAT(chunk_of({3, 1'000'000}, 8), ElementsAre(1, 131'072));
}

TEST(StorageFor, ATextLongerThanAChunkIsAChunkOfItsOwn) {
    EXPECT_THAT(chunk_of({10}, 5'000'000), ElementsAre(1));
}

TEST_F(WriteColumns, AColumnIsAsLongAsItsLongestText) {
    EXPECT_THAT(there_and_back({"a", "", "ääh"}, 5), ElementsAre("a", "", "ääh"));
}

TEST_F(WriteColumns, AColumnOfEmptyTextsIsOneByteLong) {
    EXPECT_THAT(there_and_back({"", ""}, 1), ElementsAre("", ""));
}

TEST_F(WriteColumns, NoTextsAreAColumnOfNone) { EXPECT_THAT(there_and_back({}, 1), ElementsAre()); }

TEST_F(WriteColumns, NulAndBytesThatAreNoUtf8BecomeTheReplacementCharacter) {
    EXPECT_THAT(there_and_back({std::string_view{"a\0", 2}, "\xFFx"}, 4),
                ElementsAre("a\uFFFD", "\uFFFDx"));
}

TEST_F(WriteColumns, TextsOfMoreThanOneBufferComeBack) {
    const std::string longest(100'000, 'x');
    std::vector<std::string_view> texts(1'000, "short");
    texts[7] = longest;
    texts[999] = "last";
    const auto back = there_and_back(texts, longest.size());
    EXPECT_TRUE(std::equal(back.begin(), back.end(), texts.begin(), texts.end()));
}

TEST_F(WriteColumns, MissingChunksOfNumbersWouldReadAsNaN) {
    const std::vector<double> values(20'000, 1.0);
    const auto dataset = write_column<double>(file.get(), "values", values);
    const hdf5::PropertyList creation{H5Dget_create_plist(dataset.get())};
    double fill = 0;
    H5Pget_fill_value(creation.get(), H5T_NATIVE_DOUBLE, &fill);
    EXPECT_TRUE(std::isnan(fill));
}

}  // namespace
}  // namespace rackproof::run_file
