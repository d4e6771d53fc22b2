// What other writers may have put into a file: each is read if it is harmless, refused if not.
#include "results/run_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "results/write_columns.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof::run_file {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

class RunSourceTest : public ::testing::Test {
  protected:
    rackproof::test::ScratchFolder folder;
    hdf5::QuietErrors quiet;
    hdf5::File file = hdf5::create_file(folder / "file.h5");
    RunSource source{1 << 20};

    hdf5::Dataset dataset(const char* name, hid_t type, std::vector<hsize_t> extent,
                          const hdf5::PropertyList& creation) {
        return hdf5::create_dataset(file.get(), name, type, hdf5::simple_space(extent), creation);
    }

    static hdf5::PropertyList chunks_of(std::vector<hsize_t> extent) {
        auto creation = hdf5::dataset_creation();
        H5Pset_chunk(creation.get(), static_cast<int>(extent.size()), extent.data());
        return creation;
    }

    /// A text attribute or column of a type of our choosing.
    hdf5::Datatype text_type(std::size_t bytes, H5T_str_t padding) {
        auto type = hdf5::text_type(bytes);
        H5Tset_strpad(type.get(), padding);
        return type;
    }

    auto reading_ints(const char* name) {
        return [this, name] { static_cast<void>(source.column<std::int32_t>(file.get(), name)); };
    }
    auto reading_texts(const char* name) {
        return [this, name] { static_cast<void>(source.texts(file.get(), name)); };
    }
};

TEST_F(RunSourceTest, BothByteOrdersAreRead) {
    const std::int32_t values[] = {1, -2};
    hdf5::write_all(dataset("big", H5T_STD_I32BE, {2}, hdf5::dataset_creation()), H5T_NATIVE_INT32,
                    values);
    EXPECT_THAT(source.column<std::int32_t>(file.get(), "big"), ElementsAre(1, -2));
}

TEST_F(RunSourceTest, AnotherTypeIsRefusedNotConverted) {
    const double value = 1e300;
    hdf5::write_all(dataset("x", H5T_IEEE_F64LE, {1}, hdf5::dataset_creation()), H5T_NATIVE_DOUBLE,
                    &value);
    EXPECT_THAT(reading_ints("x"), ThrowsMessage<Error>(HasSubstr("expected int32")));
    EXPECT_THAT([&] { static_cast<void>(source.column<float>(file.get(), "x")); },
                ThrowsMessage<Error>(HasSubstr("expected float32")));
    EXPECT_THAT(reading_texts("x"), ThrowsMessage<Error>(HasSubstr("text of fixed length")));
    EXPECT_THAT([&] { static_cast<void>(source.outcomes(file.get(), "x", 1)); },
                ThrowsMessage<Error>(HasSubstr("enum")));
}

TEST_F(RunSourceTest, AnotherShapeIsRefusedAndBothAreNamed) {
    const std::int32_t values[6] = {};
    static_cast<void>(write_numbers<std::int32_t>(file.get(), "m", values, {2, 3}));
    EXPECT_THAT(reading_ints("m"),
                ThrowsMessage<Error>(HasSubstr("[2, 3]; expected [any length]")));
    EXPECT_THAT([&] { static_cast<void>(source.matrix<std::int32_t>(file.get(), "m", 2, 4)); },
                ThrowsMessage<Error>(HasSubstr("expected [2, 4]")));
    EXPECT_EQ(source.matrix<std::int32_t>(file.get(), "m", std::nullopt, 3).rows, 2U);
}

TEST_F(RunSourceTest, DataThatWasNeverWrittenIsNotReadAsZeros) {
    static_cast<void>(dataset("contiguous", H5T_STD_I32LE, {4}, hdf5::dataset_creation()));
    static_cast<void>(dataset("chunked", H5T_STD_I32LE, {4}, chunks_of({2})));
    EXPECT_THAT(reading_ints("contiguous"), ThrowsMessage<Error>(HasSubstr("more than the file")));
    EXPECT_THAT(reading_ints("chunked"), ThrowsMessage<Error>(HasSubstr("more than the file")));
}

TEST_F(RunSourceTest, AMissingChunkIsNotReadAsZeros) {
    const auto half = dataset("half", H5T_STD_I32LE, {4}, chunks_of({2}));
    const std::int32_t values[] = {1, 2};
    hdf5::write_rows(half, H5T_NATIVE_INT32, 0, 2, values);
    EXPECT_THAT(reading_ints("half"), ThrowsMessage<Error>(HasSubstr("1 of its chunks")));
    hdf5::write_rows(half, H5T_NATIVE_INT32, 2, 2, values);
    EXPECT_THAT(source.column<std::int32_t>(file.get(), "half"), ElementsAre(1, 2, 1, 2));
}

TEST_F(RunSourceTest, AShapeBeyondTheFileIsRefusedBeforeMemoryIsTaken) {
    static_cast<void>(dataset("huge", H5T_STD_I32LE, {hsize_t{1} << 60}, chunks_of({1})));
    static_cast<void>(
        dataset("huger", H5T_STD_I32LE, {hsize_t{1} << 40, hsize_t{1} << 40}, chunks_of({1, 1})));
    EXPECT_THROW(reading_ints("huge")(), Error);
    EXPECT_THAT(
        [&] {
            static_cast<void>(
                source.matrix<std::int32_t>(file.get(), "huger", std::nullopt, std::nullopt));
        },
        ThrowsMessage<Error>(HasSubstr("too large to be true")));
}

TEST_F(RunSourceTest, DataInAnotherFileIsRefused) {
    auto creation = hdf5::dataset_creation();
    H5Pset_external(creation.get(), "/etc/passwd", 0, 16);
    static_cast<void>(dataset("outside", H5T_STD_I32LE, {4}, creation));
    EXPECT_THAT(reading_ints("outside"), ThrowsMessage<Error>(HasSubstr("another file")));
}

TEST_F(RunSourceTest, AVirtualDatasetIsRefused) {
    const hsize_t extent = 4;
    const auto space = hdf5::simple_space({&extent, 1});
    auto creation = hdf5::dataset_creation();
    H5Pset_virtual(creation.get(), space.get(), "missing.h5", "/x", space.get());
    const hdf5::File newer{
        // the format of other files here has no virtual datasets
        H5Fcreate((folder / "newer.h5").c_str(), H5F_ACC_EXCL, H5P_DEFAULT, H5P_DEFAULT)};
    static_cast<void>(hdf5::create_dataset(newer.get(), "virtual", H5T_STD_I32LE, space, creation));
    EXPECT_THAT([&] { static_cast<void>(source.column<std::int32_t>(newer.get(), "virtual")); },
                ThrowsMessage<Error>(HasSubstr("stands elsewhere")));
}

TEST_F(RunSourceTest, OnlyFiltersThatNeedNoPluginAreRead) {
    auto other = chunks_of({4});
    H5Pset_nbit(other.get());
    auto known = chunks_of({4});
    H5Pset_fletcher32(known.get());
    H5Pset_deflate(known.get(), 9);
    const std::int32_t values[] = {1, 2, 3, 4};
    hdf5::write_all(dataset("nbit", H5T_STD_I32LE, {4}, other), H5T_NATIVE_INT32, values);
    hdf5::write_all(dataset("known", H5T_STD_I32LE, {4}, known), H5T_NATIVE_INT32, values);
    EXPECT_THAT(reading_ints("nbit"), ThrowsMessage<Error>(HasSubstr("filter")));
    EXPECT_THAT(source.column<std::int32_t>(file.get(), "known"), ElementsAre(1, 2, 3, 4));
}

TEST_F(RunSourceTest, EveryPaddingOfFixedTextsIsRead) {
    const auto write = [&](const char* name, H5T_str_t padding, const char* bytes) {
        const auto type = text_type(4, padding);
        hdf5::write_all(dataset(name, type.get(), {1}, hdf5::dataset_creation()), type.get(),
                        bytes);
    };
    write("spaces", H5T_STR_SPACEPAD, "ab  ");
    write("terminated", H5T_STR_NULLTERM, "ab\0x");
    write("padded", H5T_STR_NULLPAD, "ab\0\0");
    for (const char* name : {"spaces", "terminated", "padded"}) {
        EXPECT_THAT(source.texts(file.get(), name), ElementsAre("ab")) << name;
    }
}

TEST_F(RunSourceTest, TextsThatAreNoUtf8OrHoldNulAreRefused) {
    const auto type = hdf5::text_type(3);
    hdf5::write_all(dataset("latin1", type.get(), {1}, hdf5::dataset_creation()), type.get(),
                    "a\xE4z");
    hdf5::write_all(dataset("nul", type.get(), {1}, hdf5::dataset_creation()), type.get(), "a\0z");
    EXPECT_THAT(reading_texts("latin1"), ThrowsMessage<Error>(HasSubstr("row 0 is not UTF-8")));
    EXPECT_THAT(reading_texts("nul"), ThrowsMessage<Error>(HasSubstr("row 0 is not UTF-8")));
}

TEST_F(RunSourceTest, TextsOfVariableLengthAreRefused) {
    hdf5::Datatype type{H5Tcopy(H5T_C_S1)};
    H5Tset_size(type.get(), H5T_VARIABLE);
    const char* value = "text";
    hdf5::write_all(dataset("variable", type.get(), {1}, hdf5::dataset_creation()), type.get(),
                    &value);
    EXPECT_THAT(reading_texts("variable"), ThrowsMessage<Error>(HasSubstr("fixed length")));
}

TEST_F(RunSourceTest, AttributesOfAnotherKindAreRefused) {
    write_attribute(file.get(), "text", std::string_view{"x"});
    write_attribute(file.get(), "whole", std::int32_t{7});
    write_attribute(file.get(), "real", 0.5);
    EXPECT_EQ(source.text_attribute(file.get(), "text"), "x");
    EXPECT_EQ(source.integer_attribute(file.get(), "whole"), 7);
    EXPECT_EQ(source.real_attribute(file.get(), "real"), 0.5);
    EXPECT_THROW(source.integer_attribute(file.get(), "text"), Error);
    EXPECT_THROW(source.integer_attribute(file.get(), "real"), Error);
    EXPECT_THROW(source.real_attribute(file.get(), "whole"), Error);
    EXPECT_THROW(source.text_attribute(file.get(), "whole"), Error);
    EXPECT_THROW(source.text_attribute(file.get(), "missing"), Error);
}

TEST_F(RunSourceTest, TheScalarTextIsOneText) {
    write_text(file.get(), "plan", "a = 1\n");
    EXPECT_EQ(source.text(file.get(), "plan"), "a = 1\n");
    static_cast<void>(write_texts(file.get(), "column", std::vector<std::string_view>{"a"}));
    EXPECT_THROW(source.text(file.get(), "column"), Error);
}

}  // namespace
}  // namespace rackproof::run_file
