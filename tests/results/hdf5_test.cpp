#include "results/hdf5.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof::hdf5 {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

class Hdf5 : public ::testing::Test {
  protected:
    rackproof::test::ScratchFolder folder;
    QuietErrors quiet;
    std::filesystem::path path = folder / "file.h5";
    File file = create_file(path);

    Dataset number(const std::string& name) {
        return create_dataset(file.get(), name, H5T_STD_I32LE, scalar_space(), dataset_creation());
    }
};

TEST_F(Hdf5, AFailureSaysWhatWasAttemptedOnWhatAndWhatHdf5Answered) {
    const Group group = create_group(file.get(), "one");
    const Group inner = create_group(group.get(), "two");
    EXPECT_THAT([&] { static_cast<void>(create_group(group.get(), "two")); },
                ThrowsMessage<Error>(AllOf(HasSubstr("create the group /one/two: "),
                                           HasSubstr("name already exists"))));
}

TEST_F(Hdf5, AMissingFileAndAMissingObjectAreNamed) {
    EXPECT_THAT([&] { static_cast<void>(open_file(folder / "none.h5")); },
                ThrowsMessage<Error>(HasSubstr("none.h5")));
    EXPECT_THAT([&] { static_cast<void>(open_group(file.get(), "none")); },
                ThrowsMessage<Error>(HasSubstr("/none: it is missing")));
    EXPECT_THAT([&] { static_cast<void>(open_attribute(file.get(), "none")); },
                ThrowsMessage<Error>(HasSubstr("none: it is missing")));
}

TEST_F(Hdf5, AnExistingFileIsNotWrittenOver) {
    close_file(std::move(file), path);
    EXPECT_THROW(static_cast<void>(create_file(path)), Error);
}

TEST_F(Hdf5, AFileWithSomethingStillOpenDoesNotCloseUnnoticed) {
    const Group group = create_group(file.get(), "open");
    EXPECT_THROW(close_file(std::move(file), path), Error);
}

TEST_F(Hdf5, LinksToElsewhereAreNotFollowed) {
    static_cast<void>(create_group(file.get(), "real"));
    H5Lcreate_soft("/real", file.get(), "soft", H5P_DEFAULT, H5P_DEFAULT);
    H5Lcreate_external("/etc/passwd", "/", file.get(), "external", H5P_DEFAULT, H5P_DEFAULT);
    for (const char* name : {"soft", "external"}) {
        EXPECT_THAT([&] { static_cast<void>(open_group(file.get(), name)); },
                    ThrowsMessage<Error>(HasSubstr("somewhere else")));
        EXPECT_THROW(static_cast<void>(open_dataset(file.get(), name)), Error);
    }
    EXPECT_TRUE(open_group(file.get(), "real"));
}

TEST_F(Hdf5, AnObjectIsOpenedByOneNameNotByAPath) {
    const Group group = create_group(file.get(), "one");
    static_cast<void>(create_group(group.get(), "two"));
    for (const char* name : {"one/two", "/one", ".", ""}) {
        EXPECT_THROW(static_cast<void>(open_group(file.get(), name)), Error) << name;
    }
}

TEST_F(Hdf5, AGroupIsNoDatasetAndTheOtherWayRound) {
    static_cast<void>(create_group(file.get(), "group"));
    static_cast<void>(number("dataset"));
    EXPECT_THROW(static_cast<void>(open_dataset(file.get(), "group")), Error);
    EXPECT_THROW(static_cast<void>(open_group(file.get(), "dataset")), Error);
}

TEST_F(Hdf5, LinksComeInTheOrderOfTheirCreation) {
    const Group group = create_group(file.get(), "group");
    for (const char* name : {"z", "a", "ü m"}) static_cast<void>(create_group(group.get(), name));
    EXPECT_THAT(link_names(group.get()), ElementsAre("z", "a", "ü m"));
}

TEST_F(Hdf5, NamesThatHdf5CannotHoldAreTold) {
    for (const std::string_view good : {"gemm.fp64", "..", "a b", "節点"}) {
        EXPECT_TRUE(fits_link(good)) << good;
    }
    for (const std::string_view bad : {"", ".", "a/b", "/", "\xFF"}) EXPECT_FALSE(fits_link(bad));
    EXPECT_FALSE(fits_link({"a\0b", 3}));
    EXPECT_TRUE(fits_attribute("a/b"));
    EXPECT_FALSE(fits_attribute(""));
}

TEST_F(Hdf5, RowsAreWrittenAndReadInParts) {
    const hsize_t extent = 5;
    const Dataset dataset = create_dataset(file.get(), "rows", H5T_STD_I32LE,
                                           simple_space({&extent, 1}), dataset_creation());
    const std::vector<std::int32_t> values{1, 2, 3, 4, 5};
    write_rows(dataset, H5T_NATIVE_INT32, 0, 2, values.data());
    write_rows(dataset, H5T_NATIVE_INT32, 2, 3, &values[2]);
    std::vector<std::int32_t> part(3);
    read_rows(dataset, H5T_NATIVE_INT32, 1, 3, part.data());
    EXPECT_THAT(part, ElementsAre(2, 3, 4));
    EXPECT_THROW(read_rows(dataset, H5T_NATIVE_INT32, 4, 2, part.data()), Error);
}

TEST_F(Hdf5, PrintingIsTurnedBackOn) {
    H5E_auto2_t function = nullptr;
    void* data = nullptr;
    {
        const QuietErrors inner;
        H5Eget_auto2(H5E_DEFAULT, &function, &data);
        EXPECT_EQ(function, nullptr);
    }
    H5Eset_auto2(
        H5E_DEFAULT, [](hid_t, void*) -> herr_t { return 0; }, this);
    { const QuietErrors inner; }
    H5Eget_auto2(H5E_DEFAULT, &function, &data);
    EXPECT_NE(function, nullptr);
    EXPECT_EQ(data, this);
}

}  // namespace
}  // namespace rackproof::hdf5
