#pragma once

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

#include "hwcheck/inventory_writer.hpp"
#include "hwcheck/tree.hpp"

namespace rackproof::test {

/// What one part of the reader says of a tree.
inline Inventory inventory_of(void (*section)(const Tree&, InventoryWriter&), const Tree& tree) {
    Inventory all;
    InventoryWriter out{[&all](Inventory portion, const std::string&) {
        std::ranges::move(portion.items, std::back_inserter(all.items));
        std::ranges::move(portion.events, std::back_inserter(all.events));
    }};
    section(tree, out);
    out.finish();
    return all;
}

/// The item of that key and part; one without value, source and reason if there is none.
inline InventoryItem item(const Inventory& inventory, std::string_view key,
                          std::string_view part = "") {
    const auto found = std::ranges::find_if(inventory.items, [&](const InventoryItem& each) {
        return each.key == key && each.part == part;
    });
    return found == inventory.items.end() ? InventoryItem{} : *found;
}

inline std::string value(const Inventory& inventory, std::string_view key,
                         std::string_view part = "") {
    return item(inventory, key, part).value;
}

/// "code[part]" of each event, in their order.
inline std::vector<std::string> events(const Inventory& inventory) {
    std::vector<std::string> all;
    for (const InventoryEvent& event : inventory.events) {
        all.push_back(event.code + "[" + event.part + "]");
    }
    return all;
}

}  // namespace rackproof::test
