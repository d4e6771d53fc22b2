#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "hwcheck/mailed_files.hpp"
#include "tests/support/replaced.hpp"
#include "tests/support/scratch_folder.hpp"
#include "tests/support/source_folder.hpp"

namespace rackproof::test {

/// "7 error gpu_throttled" for each event, sorted: what is expected of a fixture is written so.
inline std::vector<std::string> told(const Inventory& inventory) {
    std::vector<std::string> all;
    all.reserve(inventory.events.size());
    for (const InventoryEvent& event : inventory.events) {
        all.push_back(event.part + " " + event.severity + " " + event.code);
    }
    std::ranges::sort(all);
    return all;
}

/// The same line for each of the GPUs 0 to count - 1.
inline std::vector<std::string> on_each(int count, const std::string& line) {
    std::vector<std::string> all;
    all.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) all.push_back(std::to_string(i) + " " + line);
    std::ranges::sort(all);
    return all;
}

inline const InventoryItem* item_of(const Inventory& inventory, const std::string& key,
                                    const std::string& part) {
    for (const InventoryItem& item : inventory.items) {
        if (item.key == key && item.part == part) return &item;
    }
    return nullptr;
}

/// The item's value, "?REASON" where it is not known, "-" where there is none.
inline std::string value_of(const Inventory& inventory, const std::string& key,
                            const std::string& part = "") {
    const InventoryItem* item = item_of(inventory, key, part);
    if (item == nullptr) return "-";
    return item->value.empty() ? "?" + item->why_unknown : item->value;
}

/// The text of the first event of a code; empty if there is none.
inline std::string text_of(const Inventory& inventory, const std::string& code) {
    for (const InventoryEvent& event : inventory.events) {
        if (event.code == code) return event.text;
    }
    return "";
}

/// Every item has a value or the reason why not, and a source.
inline void expect_whole(const Inventory& inventory) {
    for (const InventoryItem& item : inventory.items) {
        EXPECT_NE(item.value.empty(), item.why_unknown.empty()) << item.key << " " << item.part;
        EXPECT_FALSE(item.source.empty()) << item.key;
    }
}

/// `add` on a text that is called `name`.
template <class Add>
Inventory inventory_of(Add add, const std::string& text, const std::string& name = "mailed.txt") {
    Inventory inventory;
    add(MailedText{name, text}, inventory);
    expect_whole(inventory);
    return inventory;
}

/// The sentence with which a text is refused; empty if it is not.
template <class Add>
std::string refusal_by(Add add, const std::string& text, const std::string& name = "mailed.txt") {
    try {
        (void)inventory_of(add, text, name);
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

}  // namespace rackproof::test
