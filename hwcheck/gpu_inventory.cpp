#include "hwcheck/gpu_inventory.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <sstream>

#include "core/clock.hpp"
#include "core/number_text.hpp"
#include "core/utf8.hpp"
#include "hwcheck/gpu_changes.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kLongestText = 1024;

/// Counters of a GPU's health that one look has something to say of, as items of the inventory.
bool is_item(const std::string& name) {
    return name.starts_with("ecc.") || name.starts_with("remap.") || name == "recovery_action" ||
           name == "pcie.replays" || name.ends_with("temperature_degc");
}

class Gpus {
  public:
    Gpus(const ReaderProgram& program, const GpusPatience& patience, Inventory& inventory)
        : program_{&program}, patience_{patience}, inventory_{&inventory} {}

    void read() {
        const std::size_t on_bus = count_on_bus();
        std::uint32_t count = 0;
        try {
            count = ask(GpuQuestion::Count, -1).count;
        } catch (const Unsupported& error) {
            unknown("count", "", error.what());
            if (on_bus > 0) event("error", "gpu_no_driver", "", not_reached(on_bus, error));
            return;
        } catch (const Error& error) {
            unknown("count", "", error.what());
            if (on_bus > 0) return event("error", "gpu_no_driver", "", not_reached(on_bus, error));
            // A machine without GPUs may have NVIDIA's library all the same.
            return event(knows_bus() ? "warning" : "error", "nvml_failed", "",
                         not_reached(on_bus, error));
        }
        constexpr std::uint32_t kMostGpus = 1024;
        item("count", "", std::to_string(count));
        if (count < on_bus) {
            event("error", "gpu_missing", "",
                  "the PCI bus shows " + std::to_string(on_bus) + " NVIDIA GPUs, and the driver " +
                      std::to_string(count));
        }
        for (std::uint32_t i = 0; i < std::min(count, kMostGpus); ++i) read_one(i);
    }

  private:
    [[nodiscard]] std::size_t count_on_bus() const {
        constexpr std::string_view kNvidia = "0x10de:";
        std::size_t gpus = 0;
        for (const InventoryItem& kind : inventory_->items) {
            if (kind.key != "pcie.kind" || kind.value != "gpu") continue;
            gpus += static_cast<std::size_t>(
                std::ranges::any_of(inventory_->items, [&](const InventoryItem& id) {
                    return id.key == "pcie.id" && id.part == kind.part &&
                           id.value.starts_with(kNvidia);
                }));
        }
        return gpus;
    }

    [[nodiscard]] bool knows_bus() const {
        return std::ranges::any_of(inventory_->items, [](const InventoryItem& item) {
            return item.key == "pcie.kind" && !item.value.empty();
        });
    }

    static std::string not_reached(std::size_t on_bus, const Error& error) {
        return "the PCI bus shows " + std::to_string(on_bus) +
               " NVIDIA GPUs that the driver does not reach: " + error.what();
    }

    GpuReply ask(GpuQuestion question, std::int32_t index) {
        const double left_s = patience_.all_s - seconds_since(begun_);
        if (left_s <= 0) {
            throw GpuSilent{"ask NVML", "the GPUs before it have taken all of " +
                                            number_text(patience_.all_s) + " s"};
        }
        if (!reader_) reader_ = std::make_unique<GpuReader>(*program_);
        return reader_->ask({question, {"", "", index}}, std::min(left_s, patience_.first_s));
    }

    void read_one(std::uint32_t index) {
        const std::string part = std::to_string(index);
        const auto place = static_cast<std::int32_t>(index);
        try {
            facts(part, ask(GpuQuestion::Facts, place).facts);
            state(part, ask(GpuQuestion::State, place).state);
        } catch (const GpuLost& error) {
            give_up("gpu_lost", part, error);
        } catch (const GpuSilent& error) {
            give_up("nvml_silent", part, error);
        } catch (const Error& error) {
            give_up("nvml_failed", part, error);
        }
    }

    /// The others are asked by a new process.
    void give_up(const char* code, const std::string& part, const Error& error) {
        unknown("health", part, error.what());
        event("error", code, part, error.what());
        reader_.reset();
    }

    void facts(const std::string& part, const GpuFacts& facts) {
        std::string lost;
        if (is_lost(facts, lost)) throw GpuLost{"ask NVML what the GPU is", lost};
        for (const auto& [name, answer] : facts) {
            if (name == "compute_processes") continue;
            if (answer) {
                item(name, part, *answer.value());
            } else {
                unknown(name, part, answer.why());
            }
        }
        const auto value = [&](const char* name) {
            const auto found = facts.find(name);
            return found == facts.end() ? "" : found->second.value().value_or("");
        };
        if (value("model").empty() && value("uuid").empty()) {
            event("error", "hwcheck_unreadable", part, "NVML does not say what this GPU is");
        }
        ecc_is_on_ = value("ecc_mode") == "on";
        if (value("mig_mode") == "on") {
            event("warning", "gpu_partitioned", part, "MIG is on: no program sees the whole GPU");
        }
        const std::string mode = value("compute_mode");
        if (!mode.empty() && mode != "default") {
            event("warning", "gpu_compute_mode", part, "its compute mode is '" + mode + "'");
        }
        if (value("inforom_valid") == "no") {
            event("error", "gpu_inforom_corrupt", part, "NVML finds its InfoROM corrupted");
        }
        links(part, value("nvlinks_active"));
        fabric(part, value("fabric_state"), value("fabric_status"));
        tell_processes(part, facts);
    }

    /// "16 of 18". A GPU none of whose links is active may stand alone on purpose.
    void links(const std::string& part, const std::string& active) {
        std::istringstream words{active};
        unsigned up = 0;
        unsigned all = 0;
        std::string of;
        if (words >> up >> of >> all && up > 0 && up < all) {
            event("error", "gpu_nvlink_inactive", part, active + " NVLinks are active");
        }
    }

    /// A status speaks of a registration that was completed.
    void fabric(const std::string& part, const std::string& state, const std::string& status) {
        if (state.empty() || (state == "Completed" && status == "Success")) return;
        event("error", "gpu_fabric_not_ready", part,
              "its registration with the NVLink fabric: state " + state + ", status " +
                  (status.empty() ? "-" : status));
    }

    void tell_processes(const std::string& part, const GpuFacts& facts) {
        const auto found = facts.find("compute_processes");
        if (found == facts.end()) return;
        if (!found->second) return unknown("foreign_processes", part, found->second.why());
        std::istringstream words{*found->second.value()};
        std::string foreign;
        for (std::string pid; words >> pid && pid != "none";) {
            if (!is_own(pid)) foreign += (foreign.empty() ? "" : ", ") + pid;
        }
        item("foreign_processes", part, foreign.empty() ? "none" : foreign);
        if (!foreign.empty()) {
            event("warning", "gpu_in_use", part, "other processes work on it: " + foreign);
        }
    }

    /// True for this program, whose ranks may have opened the GPU.
    static bool is_own(const std::string& pid) {
        std::error_code error;
        const auto theirs = std::filesystem::read_symlink("/proc/" + pid + "/exe", error);
        if (error) return false;
        const auto own = std::filesystem::read_symlink("/proc/self/exe", error);
        return !error && theirs == own;
    }

    void state(const std::string& part, const GpuState& state) {
        std::string lost;
        if (is_lost(state, lost)) throw GpuLost{"read the GPU's counters", lost};
        for (const auto& [name, answer] : state) {
            if (!is_item(name)) continue;
            if (answer) {
                item(name, part, std::to_string(*answer.value()));
            } else {
                unknown(name, part, answer.why());
            }
        }
        for (const GpuChange& trouble : gpu_troubles(state)) {
            event(trouble.severity, trouble.code, part, trouble.text);
        }
        const auto count = [&](const char* name) {
            const auto found = state.find(name);
            return found == state.end() ? 0 : found->second.value().value_or(0);
        };
        const auto errors_known = state.find("ecc.volatile.uncorrected");
        if (ecc_is_on_ && (errors_known == state.end() || !errors_known->second)) {
            event("error", "hwcheck_unreadable", part,
                  "its ECC is on, and NVML does not say how many errors there are");
        }
        if (const std::uint64_t errors = count("ecc.volatile.uncorrected")) {
            event("error", "gpu_ecc_uncorrected_before", part,
                  std::to_string(errors) + " uncorrected ECC errors since the driver was loaded");
        }
        if (const std::uint64_t bad = count("gpu.event_reasons") & kBadEventReasons) {
            event("error", "gpu_throttled", part, "slowed down now by " + event_reason_words(bad));
        }
    }

    void item(const std::string& name, const std::string& part, const std::string& value) {
        if (value.empty()) return unknown(name, part, "it is empty");
        inventory_->items.push_back(
            {"gpu." + name, part, shortened(printable(value), kLongestText), "NVML", {}});
    }
    void unknown(const std::string& name, const std::string& part, const std::string& why) {
        inventory_->items.push_back(
            {"gpu." + name, part, {}, "NVML", shortened(printable(why), kLongestText)});
    }
    void event(const std::string& severity, const std::string& code, const std::string& part,
               const std::string& text) {
        inventory_->events.push_back(
            {part, severity, code, shortened(printable(text), kLongestText)});
    }

    const ReaderProgram* program_;
    GpusPatience patience_;
    Inventory* inventory_;
    SteadyClock::time_point begun_ = SteadyClock::now();
    std::unique_ptr<GpuReader> reader_;
    bool ecc_is_on_ = false;  ///< of the GPU that is being read
};

}  // namespace

void read_gpus(const ReaderProgram& program, const GpusPatience& patience, Inventory& inventory) {
    Gpus{program, patience, inventory}.read();
}

}  // namespace rackproof
