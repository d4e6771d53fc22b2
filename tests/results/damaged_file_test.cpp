// Files that were cut off, or of which bits have changed, are refused or read as a whole run:
// nothing else happens, and nothing stays open.
#include <gtest/gtest.h>
#include <hdf5.h>

#include <random>

#include "core/error.hpp"
#include "results/run_file.hpp"
#include "tests/results/sample_run.hpp"
#include "tests/support/scratch_folder.hpp"

// HDF5 1.10.8 leaks its own memory when a damaged file makes it give up half-way.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:libhdf5"; }

namespace rackproof {
namespace {

enum class Ending { Read, Refused };

class DamagedFile : public ::testing::Test {
  protected:
    test::ScratchFolder folder;
    std::string good;
    int files = 0;

    void SetUp() override {
        write_run_file(test::sample_run(), folder / "good.h5");
        good = test::bytes_of(folder / "good.h5");
    }

    /// Reads `bytes` as a file of a new name: HDF5 knows files by their inode.
    Ending read(const std::string& bytes) {
        const auto path = folder / ("damaged" + std::to_string(++files) + ".h5");
        test::write_bytes(path, bytes);
        try {
            static_cast<void>(read_run_file(path));
        } catch (const InputError&) {
            return Ending::Refused;
        }
        return Ending::Read;
    }

    static void expect_nothing_open() {
        EXPECT_EQ(H5Fget_obj_count(static_cast<hid_t>(H5F_OBJ_ALL), H5F_OBJ_ALL), 0);
    }
};

TEST_F(DamagedFile, ThatIsCutOffIsRefused) {
    for (std::size_t size = 0; size < good.size(); size += 499) {
        EXPECT_EQ(read(good.substr(0, size)), Ending::Refused) << "cut at " << size;
    }
    EXPECT_EQ(read(good), Ending::Read);
    expect_nothing_open();
}

TEST_F(DamagedFile, WithOneBitChangedIsReadOrRefused) {
    const unsigned seed = std::random_device{}();
    RecordProperty("seed", std::to_string(seed));
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::minstd_rand random{seed};
    int refused = 0;
    for (int i = 0; i < 300; ++i) {
        std::string bytes = good;
        const std::size_t place = random() % bytes.size();
        bytes[place] = static_cast<char>(bytes[place] ^ (1 << (random() % 8)));
        if (read(bytes) == Ending::Refused) ++refused;
    }
    EXPECT_GT(refused, 0);
    expect_nothing_open();
}

TEST_F(DamagedFile, WithAStretchOfRubbishIsReadOrRefused) {
    const unsigned seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::minstd_rand random{seed};
    int refused = 0;
    for (int i = 0; i < 200; ++i) {
        std::string bytes = good;
        const std::size_t place = random() % (bytes.size() - 64);
        for (std::size_t k = 0; k < 64; ++k) bytes[place + k] = static_cast<char>(random());
        if (read(bytes) == Ending::Refused) ++refused;
    }
    EXPECT_GT(refused, 0);
    expect_nothing_open();
}

}  // namespace
}  // namespace rackproof
