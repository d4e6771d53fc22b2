#include <cstdint>
#include <string>

#include "hwcheck/smi_log.hpp"

namespace rackproof::smi {
namespace {

/// Codes are those of gpu_changes.cpp, where it has one: the judge knows what they come to.
class GpuEvents {
  public:
    GpuEvents(std::string gpu, std::string source, MailedInventory& writer)
        : gpu_{std::move(gpu)}, source_{std::move(source)}, writer_{&writer} {}

    void add() {
        memory();
        recovery();
        slowdown();
        pcie();
        fabric();
        use();
    }

  private:
    [[nodiscard]] std::string value(const std::string& key) const {
        return writer_->value("gpu." + key, gpu_).value_or("");
    }
    [[nodiscard]] std::uint64_t number(const std::string& key) const {
        return mailed::whole(value(key)).value_or(0);
    }
    void tell(const std::string& severity, const std::string& code, const std::string& text) {
        writer_->event(gpu_, severity, code, text + " (" + source_ + ")");
    }

    void memory() {
        if (value("remap.pending") == "1") {
            tell("error", "gpu_row_remap_pending",
                 "rows of its memory wait to be remapped; that takes a reset of the GPU");
        }
        if (value("remap.failure") == "1") {
            tell("error", "gpu_row_remap_failure", "a row of its memory could not be remapped");
        }
        if (value("page_retirement_pending") == "1") {
            tell("error", "gpu_page_retirement_pending",
                 "pages of its memory wait to be retired; that takes a reset of the GPU");
        }
        if (value("sram_threshold_exceeded") == "1") {
            tell("error", "gpu_sram_threshold",
                 "more uncorrected errors in its SRAM than its maker lets pass");
        }
        const std::uint64_t errors = number("ecc.volatile.uncorrected");
        if (errors != 0) {
            tell("error", "gpu_ecc_uncorrected_before",
                 std::to_string(errors) + " uncorrected ECC errors since the driver was loaded");
        }
        // What lies in its past and was mended says nothing of today.
        const std::uint64_t rows = number("remap.uncorrectable");
        if (rows != 0) {
            tell("warning", "gpu_rows_remapped_before",
                 std::to_string(rows) + " rows remapped after uncorrectable errors, in its life");
        }
    }

    void recovery() {
        const std::string action = value("recovery_action");
        std::string asked = action == "None" ? "" : action;
        if (asked.empty() && value("drain_and_reset") == "1") asked = "Drain and Reset";
        if (asked.empty() && value("reset_required") == "1") asked = "Reset";
        if (!asked.empty()) tell("error", "gpu_recovery_action", "the driver asks: " + asked);
    }

    void slowdown() {
        const std::string reasons = value("event_reasons");
        std::string_view reasons_left = reasons;
        std::string bad;
        while (!reasons_left.empty()) {
            const std::string_view reason = mailed::trimmed(mailed::take_until(reasons_left, ','));
            if (reason == "hw_slowdown" || reason == "sw_thermal" || reason == "hw_thermal" ||
                reason == "power_brake") {
                bad += (bad.empty() ? "" : ", ") + std::string{reason};
            }
        }
        if (!bad.empty()) tell("error", "gpu_throttled", "slowed down by " + bad);
    }

    void pcie() {
        const std::uint64_t width = number("pcie_width");
        const std::uint64_t width_max = number("pcie_width_max");
        if (width < width_max && width != 0) {
            tell("error", "gpu_pcie_degraded",
                 "its PCIe link has width " + std::to_string(width) + "; both ends can do " +
                     std::to_string(width_max));
        }
        // An idle GPU lets the generation go down to save power; one at work does not.
        const std::string reasons = value("event_reasons");
        const bool may_idle = reasons.empty() || reasons.find("idle") != std::string::npos;
        const std::uint64_t generation = number("pcie_generation");
        const std::uint64_t generation_max = number("pcie_generation_max");
        if (generation < generation_max && generation != 0 && !may_idle) {
            tell("error", "gpu_pcie_degraded",
                 "its PCIe link has generation " + std::to_string(generation) +
                     "; both ends can do " + std::to_string(generation_max));
        }
    }

    void fabric() {
        const std::string state = value("fabric_state");
        const std::string status = value("fabric_status");
        const bool is_bad =
            (!state.empty() && state != "Completed") || (!status.empty() && status != "Success");
        if (is_bad) {
            tell("error", "gpu_fabric_not_ready",
                 "its registration with the NVLink fabric: state " + (state.empty() ? "-" : state) +
                     ", status " + (status.empty() ? "-" : status));
        }
    }

    /// Whoever measures beside somebody else does not measure the GPU.
    void use() {
        if (value("mig_mode") == "on") {
            tell("warning", "gpu_partitioned", "MIG is on: no program sees the whole GPU");
        }
        const std::string mode = value("compute_mode");
        if (!mode.empty() && mode != "default") {
            tell("warning", "gpu_compute_mode", "its compute mode is '" + mode + "'");
        }
        const std::string processes = value("foreign_processes");
        if (!processes.empty() && processes != "none") {
            tell("warning", "gpu_in_use", "processes work on it: " + processes);
        }
    }

    std::string gpu_;
    std::string source_;
    MailedInventory* writer_;
};

}  // namespace

void add_gpu_events(const std::string& gpu, const std::string& source, MailedInventory& writer) {
    GpuEvents{gpu, source, writer}.add();
}

}  // namespace rackproof::smi
