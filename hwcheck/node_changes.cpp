#include "hwcheck/node_changes.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace rackproof {
namespace {

struct CounterRule {
    std::string_view key;
    const char* severity;
    const char* code;
    const char* what;
};
constexpr CounterRule kCounters[] = {
    {"edac.uncorrected", "error", "memory_uncorrected", "uncorrected memory errors"},
    {"edac.corrected", "warning", "memory_corrected", "corrected memory errors"},
    {"cpu.machine_checks", "error", "machine_check", "machine checks"},
    {"aer.fatal", "error", "pcie_aer", "fatal PCIe errors"},
    {"aer.nonfatal", "error", "pcie_aer", "uncorrected PCIe errors"},
    {"aer.correctable", "warning", "pcie_aer", "corrected PCIe errors"},
    {"port.errors.link_downed", "error", "port_flapped", "times that the link went down"},
    {"port.errors.link_error_recovery", "warning", "port_errors", "recoveries of the link"},
    {"port.errors.symbol_error", "warning", "port_errors", "symbol errors"},
    {"port.errors.port_rcv_errors", "warning", "port_errors", "packets received with errors"},
    {"drive.io_errors", "warning", "drive_errors", "errors of the drive"},
};

const CounterRule* rule_of(std::string_view key) {
    const auto* const found = std::ranges::find(kCounters, key, &CounterRule::key);
    return found == std::end(kCounters) ? nullptr : found;
}

/// Decimal, or hexadecimal as "0x1f".
std::optional<std::int64_t> count_in(std::string_view text) {
    const bool hexadecimal = text.starts_with("0x");
    if (hexadecimal) text.remove_prefix(2);
    std::int64_t number = 0;
    const auto [rest, error] =
        std::from_chars(text.data(), text.data() + text.size(), number, hexadecimal ? 16 : 10);
    if (error != std::errc{} || rest != text.data() + text.size()) return std::nullopt;
    return number;
}

using Items = std::map<std::pair<std::string_view, std::string_view>, std::string_view>;

Items items_of(const Inventory& inventory) {
    Items items;
    for (const InventoryItem& item : inventory.items) {
        items.emplace(std::pair<std::string_view, std::string_view>{item.key, item.part},
                      item.value);
    }
    return items;
}

/// Ports that were active and are not.
void port_state(const InventoryItem& after, std::string_view was,
                std::vector<InventoryEvent>& events) {
    if (after.key != "port.state" || was != "active" || after.value == "active") return;
    events.push_back({after.part, "error", "port_flapped",
                      "the port was active and is " +
                          (after.value.empty() ? "not known" : "'" + after.value + "'")});
}

}  // namespace

std::vector<InventoryEvent> node_changes(const Inventory& before, const Inventory& after) {
    std::vector<InventoryEvent> events;
    const Items was = items_of(before);
    for (const InventoryItem& item : after.items) {
        const auto earlier = was.find({item.key, item.part});
        if (earlier == was.end()) continue;
        port_state(item, earlier->second, events);
        const CounterRule* rule = rule_of(item.key);
        const auto from = count_in(earlier->second);
        const auto to = count_in(item.value);
        if (rule == nullptr || !from || !to || *to <= *from) continue;
        events.push_back({item.part, rule->severity, rule->code,
                          std::to_string(*to - *from) + " new " + rule->what + ", " +
                              std::to_string(*to) + " in all"});
    }
    const auto told = [&](const InventoryEvent& event) {
        const auto same = [&](const InventoryEvent& other) {
            return other.code == event.code && other.part == event.part;
        };
        return std::ranges::any_of(before.events, same) || std::ranges::any_of(events, same);
    };
    for (const InventoryEvent& event : after.events) {
        if (!told(event)) events.push_back(event);
    }
    return events;
}

}  // namespace rackproof
