#include "hwcheck/inventory.hpp"

#include <algorithm>

namespace rackproof {

std::string column_name(const InventoryItem& item) {
    if (item.part.empty()) return item.key;
    std::string part = item.part;
    std::ranges::replace(part, '/', ':');  // which HDF5 does not take in a name
    return item.key + "@" + part;
}

std::string why_not_known(const Inventory& inventory) {
    constexpr std::size_t kMostBytes = std::size_t{48} << 10;  // of a fact from a rank: 64 KiB
    std::string all;
    for (const InventoryItem& item : inventory.items) {
        if (!item.value.empty() || all.size() > kMostBytes) continue;
        std::string why = item.why_unknown;
        std::ranges::replace(why, ';', ',');
        all += (all.empty() ? "" : "; ") + column_name(item) + ": " + why;
    }
    return all;
}

}  // namespace rackproof
