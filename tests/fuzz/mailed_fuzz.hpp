#pragma once

#include <stdexcept>

#include "core/utf8.hpp"
#include "hwcheck/mailed_files.hpp"
#include "tests/fuzz/fuzz_input.hpp"

namespace rackproof::fuzz {

/// A mailed-in file that is taken makes an inventory in which nothing is fine by omission, and
/// nothing moves a cursor.
template <class Add>
int add_mailed(Add add, const std::uint8_t* data, std::size_t size) {
    Inventory inventory;
    if (!is_taken([&] { add(MailedText{"mailed.txt", text_of(data, size)}, inventory); })) return 0;
    for (const InventoryItem& item : inventory.items) {
        if (item.value.empty() == item.why_unknown.empty()) {
            throw std::logic_error{"an item with both value and reason, or neither"};
        }
        if (printable(item.value + item.why_unknown) != item.value + item.why_unknown) {
            throw std::logic_error{"an item that is not printable"};
        }
    }
    for (const InventoryEvent& event : inventory.events) {
        if (event.severity != "info" && event.severity != "warning" && event.severity != "error") {
            throw std::logic_error{"an event without severity"};
        }
        if (event.code.empty() || event.text.empty()) throw std::logic_error{"an empty event"};
        if (printable(event.part + event.text) != event.part + event.text) {
            throw std::logic_error{"an event that is not printable"};
        }
    }
    return 0;
}

}  // namespace rackproof::fuzz
