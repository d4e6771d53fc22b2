#include "analysis/inventory_keys.hpp"

#include <gtest/gtest.h>

namespace rackproof {
namespace {

TEST(InventoryKeys, KnowWhatIsBoundToDiffer) {
    for (const char* column :
         {"system.serial", "gpu.uuid@3", "hca.guid@mlx5_0", "edac.corrected@mc0",
          "aer.fatal@0000:03:00.0", "port.errors.symbol_error@mlx5_0:1",
          "gpu.ecc.volatile.uncorrected@0", "hwcheck.not_known"}) {
        EXPECT_EQ(comparison_of(column), Comparison::Own) << column;
    }
    for (const char* column : {"gpu.vbios@0", "cpu.model", "gpu.ecc_mode@0", "what.nobody.knows"}) {
        EXPECT_EQ(comparison_of(column), Comparison::Same) << column;
    }
    EXPECT_EQ(comparison_of("numa.memory_bytes@1"), Comparison::Near);
}

TEST(InventoryKeys, TellPartsFromKeys) {
    EXPECT_EQ(key_of("gpu.vbios@0"), "gpu.vbios");
    EXPECT_EQ(part_of("gpu.vbios@0"), "0");
    EXPECT_EQ(part_of("cpu.model"), "");
}

TEST(InventoryKeys, TellHardwareFromItsSettings) {
    EXPECT_TRUE(is_hardware("gpu.model@0"));
    EXPECT_TRUE(is_hardware("dimm.size_bytes@A1"));
    EXPECT_FALSE(is_hardware("kernel.release"));
    EXPECT_FALSE(is_hardware("gpu.driver@0"));
}

TEST(InventoryKeys, AgreeWithinOnePerCentWhereTheyMay) {
    EXPECT_TRUE(agree(Comparison::Near, "1005", "1000"));
    EXPECT_FALSE(agree(Comparison::Near, "1011", "1000"));
    EXPECT_FALSE(agree(Comparison::Same, "1005", "1000"));
    EXPECT_FALSE(agree(Comparison::Near, "none", "1000"));
}

}  // namespace
}  // namespace rackproof
