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
    {"port.errors.port_xmit_discards", "warning", "port_errors", "packets discarded"},
    {"port.errors.out_of_sequence", "warning", "port_errors", "packets out of sequence"},
    {"port.errors.packet_seq_err", "warning", "port_errors", "sequence errors"},
    {"port.errors.local_ack_timeout_err", "warning", "port_errors",
     "acknowledgements that timed out"},
    {"port.errors.rnr_nak_retry_err", "warning", "port_errors", "retries of a receiver not ready"},
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

/// What was there and well, and is not listed any more, although the list could be read.
void gone(const InventoryItem& before, const Items& is, std::vector<InventoryEvent>& events) {
    if (is.contains({before.key, before.part})) return;
    if (before.key == "port.state" && before.value == "active" && is.contains({"hca.count", ""})) {
        events.push_back({before.part, "error", "port_flapped",
                          "the port was active and is not there any more"});
    } else if (before.key == "drive.state" && before.value == "live" &&
               is.contains({"drive.count", ""})) {
        events.push_back({before.part, "error", "drive_not_live",
                          "the drive was live and is not there any more"});
    }
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
    const Items is = items_of(after);
    for (const InventoryItem& item : before.items) gone(item, is, events);
    const auto told = [&](const InventoryEvent& event) {
        const auto same = [&](const InventoryEvent& other) {
            return other.code == event.code && other.part == event.part;
        };
        return std::ranges::any_of(before.events, same) || std::ranges::any_of(events, same);
    };
    for (const InventoryEvent& event : after.events) {
        if (!told(event)) events.push_back(event);
    }
    events.insert(events.end(), after.happened.begin(), after.happened.end());
    return events;
}

}  // namespace rackproof
