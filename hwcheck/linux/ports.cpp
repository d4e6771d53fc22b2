#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

#include "core/number_text.hpp"
#include "hwcheck/linux/sections.hpp"

namespace rackproof {
namespace {

/// "4: ACTIVE" as "active".
std::string state_word(const std::string& text) {
    const std::size_t colon = text.find(": ");
    std::string word = colon == std::string::npos ? text : text.substr(colon + 2);
    std::ranges::transform(word, word.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    return word;
}

/// "400 Gb/sec (4X NDR)" as 400e9.
std::optional<double> bits_per_s(const std::string& text) {
    constexpr double kGiga = 1e9;
    double value = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} ||
        !text.substr(static_cast<std::size_t>(rest - text.data())).starts_with(" Gb/sec")) {
        return std::nullopt;
    }
    return value * kGiga;
}

std::string read_state(const Tree& tree, const char* key, const std::string& part,
                       const std::string& path, InventoryWriter& out) {
    const FileText read = tree.read(path);
    if (!read.text) {
        out.unknown(key, part, path, read.why);
        return {};
    }
    const std::string word = state_word(*read.text);
    out.add(key, part, path, word);
    return word;
}

/// A driver without the counter says so in words ("N/A (no PMA)").
void add_counter(const Tree& tree, const std::string& part, const std::string& folder,
                 const std::string& counter, InventoryWriter& out) {
    const std::string key = "port.errors." + counter;
    const std::string path = folder + "/" + counter;
    const FileText read = tree.read(path);
    if (!read.text) {
        out.unknown(key, part, path, read.why);
    } else if (read.text->empty() ||
               read.text->find_first_not_of("0123456789") != std::string::npos) {
        out.unknown(key, part, path, "'" + *read.text + "' is no number");
    } else {
        out.add(key, part, path, *read.text);
    }
}

void read_counters(const Tree& tree, const std::string& part, const std::string& folder,
                   InventoryWriter& out) {
    constexpr const char* kPortCounters[] = {
        "symbol_error",       "link_error_recovery",
        "link_downed",        "port_rcv_errors",
        "port_xmit_discards", "local_link_integrity_errors",
        "VL15_dropped",       "excessive_buffer_overrun_errors"};
    for (const char* counter : kPortCounters) {
        add_counter(tree, part, folder + "/counters", counter, out);
    }
    // Which of these there are is the driver's choice.
    constexpr const char* kHardware[] = {"out_of_sequence", "packet_seq_err",
                                         "local_ack_timeout_err", "roce_slow_restart",
                                         "rnr_nak_retry_err"};
    for (const char* counter : kHardware) {
        const std::string of_driver = folder + "/hw_counters";
        if (!tree.exists(of_driver + "/" + counter)) continue;
        add_counter(tree, part, of_driver, counter, out);
    }
}

void read_port(const Tree& tree, const std::string& adapter, const std::string& port,
               InventoryWriter& out) {
    const std::string part = adapter + "/" + port;
    const std::string folder = std::string{kAdapters} + "/" + adapter + "/ports/" + port;
    const std::string state = read_state(tree, "port.state", part, folder + "/state", out);
    const std::string physical =
        read_state(tree, "port.physical_state", part, folder + "/phys_state", out);
    out.file("port.link_layer", part, tree, folder + "/link_layer");
    const FileText rate = tree.read(folder + "/rate");
    const auto bits = rate.text ? bits_per_s(*rate.text) : std::nullopt;
    if (bits) {
        out.add("port.rate_bit_per_s", part, folder + "/rate",
                std::to_string(static_cast<std::int64_t>(*bits)));
    } else {
        out.unknown("port.rate_bit_per_s", part, folder + "/rate",
                    rate.text ? "'" + *rate.text + "' is no rate" : rate.why);
    }
    read_counters(tree, part, folder, out);
    // A port without a cable is no fault that can be seen from here; a link without a subnet is.
    if (physical == "linkup" && !state.empty() && state != "active") {
        out.event("error", "port_inactive", part,
                  "the link is up and the port is '" + state + "': no subnet manager has taken it");
    } else if (!physical.empty() && physical != "linkup") {
        out.event("warning", "port_down", part, "the port's physical state is '" + physical + "'");
    }
}

}  // namespace

void read_ports(const Tree& tree, InventoryWriter& out) {
    std::int64_t adapters = 0;
    for (const std::string& adapter : tree.names(kAdapters)) {
        ++adapters;
        const std::string folder = std::string{kAdapters} + "/" + adapter;
        out.file("hca.type", adapter, tree, folder + "/hca_type");
        out.file("hca.board", adapter, tree, folder + "/board_id");
        out.file("hca.firmware", adapter, tree, folder + "/fw_ver");
        out.file("hca.guid", adapter, tree, folder + "/node_guid");
        for (const std::string& port : tree.names(folder + "/ports")) {
            read_port(tree, adapter, port, out);
        }
    }
    if (tree.exists("/sys/class")) {
        out.add("hca.count", "", kAdapters, adapters);  // where there is none, there is no folder
    } else {
        out.unknown("hca.count", "", kAdapters, kNoSuchFile);
    }
}

}  // namespace rackproof
