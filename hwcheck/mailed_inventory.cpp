#include "hwcheck/mailed_inventory.hpp"

#include "core/error.hpp"
#include "core/utf8.hpp"
#include "hwcheck/mailed_text.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kMostValueBytes = 256;
constexpr std::size_t kMostEventBytes = 1024;
constexpr std::size_t kMostPartBytes = 64;

std::string for_people(const std::string& text, std::size_t most) {
    return shortened(printable(text), most);
}

}  // namespace

MailedInventory::MailedInventory(Inventory& inventory) : inventory_{&inventory} {
    for (std::size_t i = 0; i < inventory.items.size(); ++i) {
        places_[{inventory.items[i].key, inventory.items[i].part}] = i;
    }
}

void MailedInventory::known(const std::string& key, const std::string& part,
                            const std::string& value, const std::string& source) {
    if (value.empty()) return unknown(key, part, "said nothing", source);
    const InventoryItem item{key, part, for_people(value, kMostValueBytes), source, ""};
    const auto [place, is_new] = places_.try_emplace({key, part}, inventory_->items.size());
    if (is_new) {
        inventory_->items.push_back(item);
        return;
    }
    InventoryItem& before = inventory_->items[place->second];
    if (!before.value.empty() && before.value != item.value) {
        throw InputError{source + ": " + key + (part.empty() ? "" : " of " + part) + " is " +
                         mailed::quoted(item.value) + ", and " + mailed::quoted(before.value) +
                         " in " + before.source + "; expected files of one machine and one time"};
    }
    if (before.value.empty()) before = item;
}

void MailedInventory::unknown(const std::string& key, const std::string& part,
                              const std::string& why, const std::string& source) {
    const auto [place, is_new] = places_.try_emplace({key, part}, inventory_->items.size());
    if (is_new) {
        inventory_->items.push_back({key, part, "", source, for_people(why, kMostValueBytes)});
    }
}

void MailedInventory::event(const std::string& part, const std::string& severity,
                            const std::string& code, const std::string& text) {
    inventory_->events.push_back(
        {for_people(part, kMostPartBytes), severity, code, for_people(text, kMostEventBytes)});
}

std::optional<std::string> MailedInventory::value(const std::string& key,
                                                  const std::string& part) const {
    const auto found = places_.find({key, part});
    if (found == places_.end()) return std::nullopt;
    const std::string& value = inventory_->items[found->second].value;
    return value.empty() ? std::nullopt : std::optional{value};
}

std::string MailedInventory::gpu_at(const std::string& pci) const {
    const std::optional<std::string> slot = mailed::pci_slot(pci);
    if (!slot) return pci;
    for (const InventoryItem& item : inventory_->items) {
        if (item.key == "gpu.pci" && mailed::pci_slot(item.value) == slot) return item.part;
    }
    return *slot;
}

}  // namespace rackproof
