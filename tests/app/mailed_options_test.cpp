#include "app/mailed_options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof::test {
namespace {

using ::testing::HasSubstr;

class MailedOptions : public ::testing::Test {
  protected:
    std::filesystem::path file(const std::string& name, const std::string& text) {
        write_bytes(folder_ / name, text);
        return folder_ / name;
    }
    ScratchFolder folder_;
};

TEST_F(MailedOptions, AllFilesFillOneInventory) {
    MailedFiles files;
    EXPECT_TRUE(files.empty());
    files.nvidia_smi = {
        file("links", "GPU 0: A (UUID: u)\n Link 0: 25 GB/s\n"),
        file("table",
             "| NVIDIA-SMI 460.32.03    Driver Version: 460.32.03    CUDA Version: 11.2 |\n"
             "|   0  Tesla V100-SXM2...  Off  | 00000000:19:00.0 Off |           0 |\n+--+\n")};
    files.ibstat = file("ibstat",
                        "CA 'mlx5_0'\n\tPort 1:\n\t\tState: Active\n\t\tPhysical state: "
                        "LinkUp\n\t\tRate: 400\n\t\tLink layer: InfiniBand\n");
    files.lspci = file("lspci", "19:00.0 3D controller: NVIDIA Corporation Device 2330\n");
    files.kernel_log = file("dmesg", "[ 1.0] NVRM: Xid (PCI:0000:19:00): 79, x\n");
    EXPECT_FALSE(files.empty());
    Inventory inventory;
    add_mailed(files, inventory);
    // The kernel's address is known by then to be that of GPU 0, and the shipped table's word read.
    ASSERT_EQ(inventory.events.size(), 1U);
    EXPECT_EQ(inventory.events[0].part, "0");
    EXPECT_THAT(inventory.events[0].text, HasSubstr("GPU has fallen off the bus"));
}

TEST_F(MailedOptions, AFileThatCannotBeUsedIsNamed) {
    MailedFiles files;
    files.lspci = file("lspci", "hello\n");
    Inventory inventory;
    EXPECT_THROW(add_mailed(files, inventory), InputError);
    files.lspci = folder_ / "none";
    try {
        add_mailed(files, inventory);
        ADD_FAILURE() << "a file that is not there was read";
    } catch (const InputError& error) {
        EXPECT_THAT(error.what(),
                    HasSubstr("none: is no file that can be read; expected the output"));
    }
}

}  // namespace
}  // namespace rackproof::test
