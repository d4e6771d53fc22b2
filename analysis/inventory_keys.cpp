#include "analysis/inventory_keys.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "core/plan.hpp"

namespace rackproof {
namespace {

constexpr std::string_view kIdentities[] = {"*.serial", "*.uuid", "*.guid"};

/// Counters, and facts of a moment or of one machine.
constexpr std::string_view kOwn[] = {
    "aer.*",
    "clock.chrony.*",
    "clock.error_estimate_s",
    "clock.offset_s",
    "cpu.machine_checks",
    "drive.io_errors",
    "drive.smart.*",
    "edac.corrected",
    "edac.uncorrected",
    "fabric_manager.log_lines",
    "gpu.ecc.*",
    "gpu.event_reasons",  // of a moment
    "gpu.fabric_cluster",
    "gpu.foreign_processes",
    "gpu.minor_number",
    "gpu.pcie.replays",
    "gpu.pcie_generation",  // an idle GPU's link slows down
    "gpu.recovery_action",  // judged as an event
    "gpu.remap.*",
    "gpu.*temperature_degc",
    "hwcheck.*",
    "kernel.boot_id",
    "kernel.tainted",
    "kernel_log.*",
    "pcie.speed_now",
    "port.errors.*",
    "port.lid",
    "temperature.*",
    "worker.nic*",  // one a rank
};

constexpr std::string_view kNear[] = {"memory.total_bytes", "numa.memory_bytes"};

constexpr std::string_view kHardware[] = {
    "cpu.model",
    "cpu.stepping",
    "cpu.sockets",
    "cpu.cores",
    "numa.nodes",
    "memory.*_bytes",
    "memory.dimms",
    "numa.memory_bytes",
    "dimm.*",
    "board.name",
    "system.name",
    "gpu.count",
    "gpu.model",
    "gpu.board_part_number",
    "gpu.pcie_*_max",
    "gpu.pcie_width",
    "gpu.bar1_bytes",
    "gpu.nvlinks_active",
    "gpu.ecc_mode",
    "gpu.power_limit_max_w",
    "hca.count",
    "hca.type",
    "hca.board",
    "port.state",
    "port.physical_state",
    "port.rate_bit_per_s",
    "port.link_layer",
    "drive.count",
    "drive.model",
    "drive.size_bytes",
    "drive.state",
    "pcie.devices",
    "pcie.id",
    "pcie.kind",
    "pcie.width",
    "pcie.width_max",
    "pcie.speed",
    "pcie.speed_max",
};

template <std::size_t N>
bool is_any(const std::string_view (&patterns)[N], std::string_view key) {
    return std::ranges::any_of(patterns,
                               [key](std::string_view pattern) { return matches(pattern, key); });
}

std::optional<double> number_in(std::string_view text) {
    double number = 0;
    const char* const end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || rest != end || !std::isfinite(number)) return std::nullopt;
    return number;
}

}  // namespace

std::string_view key_of(std::string_view column) { return column.substr(0, column.find('@')); }

std::string_view part_of(std::string_view column) {
    const std::size_t at = column.find('@');
    return at == std::string_view::npos ? std::string_view{} : column.substr(at + 1);
}

bool is_identity(std::string_view column) { return is_any(kIdentities, key_of(column)); }

bool is_hardware(std::string_view column) { return is_any(kHardware, key_of(column)); }

Comparison comparison_of(std::string_view column) {
    const std::string_view key = key_of(column);
    if (is_any(kIdentities, key) || is_any(kOwn, key)) return Comparison::Own;
    return is_any(kNear, key) ? Comparison::Near : Comparison::Same;
}

bool agree(Comparison comparison, std::string_view a, std::string_view b) {
    if (a == b) return true;
    if (comparison != Comparison::Near) return false;
    constexpr double kTolerance = 0.01;
    const std::optional<double> one = number_in(a);
    const std::optional<double> other = number_in(b);
    return one && other && std::abs(*one - *other) <= kTolerance * std::abs(*other);
}

}  // namespace rackproof
