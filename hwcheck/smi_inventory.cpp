#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>

#include "core/number_text.hpp"
#include "hwcheck/smi_log.hpp"

namespace rackproof::smi {
namespace {

enum class Kind : std::uint8_t { Text, OnOff, YesNo, Compute, Number };

/// A number is written with `unit` behind it, is stored times `scale`, and lies in a range that no
/// GPU leaves: what lies outside is no reading.
struct Number {
    std::string_view unit;
    double scale = 1;
    double least = 0;
    double most = 0;
};

struct Field {
    const char* key = "";
    Kind kind = Kind::Text;
    /// XML's first, then the text's, then older ones'.
    std::initializer_list<const char*> paths = {};
    Number number = {};
};

constexpr double kMost32 = 4294967295.0;
constexpr Number kCount{"", 1, 0, kMost32};
constexpr Number kGeneration{"", 1, 0, 16};
constexpr Number kLanes{"x", 1, 0, 64};
constexpr Number kMebibytes{" MiB", 1048576.0, 0, 1 << 28};
constexpr Number kWatts{" W", 1, 0, 20'000};
constexpr Number kMegahertz{" MHz", 1e6, 0, 20'000};

const Field kFields[] = {
    {"gpu.model", Kind::Text, {"product_name"}},
    {"gpu.serial", Kind::Text, {"serial", "serial_number"}},
    {"gpu.uuid", Kind::Text, {"uuid", "gpu_uuid"}},
    {"gpu.board_part_number", Kind::Text, {"board_part_number"}},
    {"gpu.vbios", Kind::Text, {"vbios_version"}},
    {"gpu.inforom_image",
     Kind::Text,
     {"inforom_version/img_version", "inforom_version/image_version"}},
    {"gpu.minor_number", Kind::Number, {"minor_number"}, kCount},
    {"gpu.persistence_mode", Kind::OnOff, {"persistence_mode"}},
    {"gpu.addressing_mode", Kind::Text, {"addressing_mode"}},
    {"gpu.mig_mode", Kind::OnOff, {"mig_mode/current_mig", "mig_mode/current"}},
    {"gpu.mig_mode_pending", Kind::OnOff, {"mig_mode/pending_mig", "mig_mode/pending"}},
    {"gpu.compute_mode", Kind::Compute, {"compute_mode"}},
    {"gpu.ecc_mode", Kind::OnOff, {"ecc_mode/current_ecc", "ecc_mode/current"}},
    {"gpu.ecc_mode_pending", Kind::OnOff, {"ecc_mode/pending_ecc", "ecc_mode/pending"}},
    {"gpu.pcie_generation",
     Kind::Number,
     {"pci/pci_gpu_link_info/pcie_gen/current_link_gen",
      "pci/gpu_link_info/pcie_generation/current"},
     kGeneration},
    {"gpu.pcie_generation_max",
     Kind::Number,
     {"pci/pci_gpu_link_info/pcie_gen/max_link_gen", "pci/gpu_link_info/pcie_generation/max"},
     kGeneration},
    {"gpu.pcie_width",
     Kind::Number,
     {"pci/pci_gpu_link_info/link_widths/current_link_width",
      "pci/gpu_link_info/link_width/current"},
     kLanes},
    {"gpu.pcie_width_max",
     Kind::Number,
     {"pci/pci_gpu_link_info/link_widths/max_link_width", "pci/gpu_link_info/link_width/max"},
     kLanes},
    {"gpu.pcie.replays", Kind::Number, {"pci/replay_counter", "pci/replays_since_reset"}, kCount},
    {"gpu.memory_bytes", Kind::Number, {"fb_memory_usage/total"}, kMebibytes},
    {"gpu.bar1_bytes", Kind::Number, {"bar1_memory_usage/total"}, kMebibytes},
    {"gpu.power_limit_enforced_w",
     Kind::Number,
     {"gpu_power_readings/current_power_limit", "power_readings/enforced_power_limit"},
     kWatts},
    {"gpu.power_limit_set_w",
     Kind::Number,
     {"gpu_power_readings/requested_power_limit", "power_readings/power_limit"},
     kWatts},
    {"gpu.power_limit_default_w",
     Kind::Number,
     {"gpu_power_readings/default_power_limit", "power_readings/default_power_limit"},
     kWatts},
    {"gpu.power_limit_min_w",
     Kind::Number,
     {"gpu_power_readings/min_power_limit", "power_readings/min_power_limit"},
     kWatts},
    {"gpu.power_limit_max_w",
     Kind::Number,
     {"gpu_power_readings/max_power_limit", "power_readings/max_power_limit"},
     kWatts},
    {"gpu.sm_clock_max_hz", Kind::Number, {"max_clocks/sm_clock", "max_clocks/sm"}, kMegahertz},
    {"gpu.memory_clock_max_hz",
     Kind::Number,
     {"max_clocks/mem_clock", "max_clocks/memory"},
     kMegahertz},
    {"gpu.application_clock_hz",
     Kind::Number,
     {"applications_clocks/graphics_clock", "applications_clocks/graphics"},
     kMegahertz},
    {"gpu.application_clock_default_hz",
     Kind::Number,
     {"default_applications_clocks/graphics_clock", "default_applications_clocks/graphics"},
     kMegahertz},
    {"gpu.remap.correctable",
     Kind::Number,
     {"remapped_rows/remapped_row_corr", "remapped_rows/correctable_error"},
     kCount},
    {"gpu.remap.uncorrectable",
     Kind::Number,
     {"remapped_rows/remapped_row_unc", "remapped_rows/uncorrectable_error"},
     kCount},
    {"gpu.remap.pending",
     Kind::YesNo,
     {"remapped_rows/remapped_row_pending", "remapped_rows/pending"}},
    {"gpu.remap.failure",
     Kind::YesNo,
     {"remapped_rows/remapped_row_failure", "remapped_rows/remapping_failure_occurred"}},
    {"gpu.page_retirement_pending",
     Kind::YesNo,
     {"retired_pages/pending_blacklist", "retired_pages/pending_retirement",
      "retired_pages/pending_page_blacklist"}},
    {"gpu.sram_threshold_exceeded", Kind::YesNo, {"ecc_errors/aggregate/sram_threshold_exceeded"}},
    {"gpu.recovery_action", Kind::Text, {"gpu_recovery_action"}},
    {"gpu.reset_required", Kind::YesNo, {"gpu_reset_status/reset_required"}},
    {"gpu.drain_and_reset", Kind::YesNo, {"gpu_reset_status/drain_and_reset_recommended"}},
    {"gpu.fabric_state", Kind::Text, {"fabric/state"}},
    {"gpu.fabric_status", Kind::Text, {"fabric/status"}},
    {"gpu.fabric_clique", Kind::Text, {"fabric/cliqueid", "fabric/clique_id"}},
    {"gpu.fabric_cluster", Kind::Text, {"fabric/clusteruuid", "fabric/cluster_uuid"}},
};

const Node* field_of(const Node& gpu, std::initializer_list<const char*> paths) {
    const Node* found = nullptr;
    for (const char* const path : paths) {
        if (found == nullptr) found = gpu.find(path);
    }
    return found;
}

/// nvidia-smi's words for "there is none", which are no fault.
bool is_none(std::string_view value) {
    return value.empty() || value == "N/A" || value == "[N/A]" || value == "Not Supported" ||
           value == "[Not Supported]" || value == "[REDACTED]" ||
           value == "Requested functionality has been deprecated";
}

std::string said(std::string_view value) {
    return value.empty() ? "said nothing" : "said " + std::string{value};
}

/// One of two words, or none of them.
std::optional<std::string> word_of(const std::string& value, Kind kind) {
    const auto either = [&value](const char* yes, const char* no, const char* is,
                                 const char* is_not) -> std::optional<std::string> {
        if (value == yes) return is;
        if (value == no) return is_not;
        return {};
    };
    switch (kind) {
        case Kind::OnOff: return either("Enabled", "Disabled", "on", "off");
        case Kind::YesNo:
            if (value == "1" || value == "0") return value;  // --query-gpu of some versions
            return either("Yes", "No", "1", "0");
        case Kind::Compute: {
            std::string mode = mailed::lower(value);
            for (char& c : mode) c = c == '_' ? ' ' : c;
            if (mode == "default" || mode == "prohibited" || mode == "exclusive process" ||
                mode == "exclusive thread") {
                return mode;
            }
            return {};
        }
        default: return value;
    }
}

/// A field that begins like a number has to be one: one that is not is no word of the driver but a
/// damaged file.
std::optional<double> number_of(const MailedText& text, const Node& node, const Number& number) {
    const std::string_view value = node.value;
    const bool is_number = !value.empty() && value.find_first_of("0123456789") <= 1;
    if (!is_number) return {};
    std::string_view digits = value;
    if (digits.ends_with(number.unit)) digits.remove_suffix(number.unit.size());
    const std::optional<double> read = mailed::decimal(digits);
    if (!read || *read < number.least || *read > number.most) {
        text.refuse(node.line, "has " + mailed::quoted(value) + " for " + node.name +
                                   "; expected a number from " + number_text(number.least) +
                                   " to " + number_text(number.most) +
                                   (number.unit.empty() ? "" : " with the unit") +
                                   std::string{number.unit});
    }
    return *read * number.scale;
}

class GpuItems {
  public:
    GpuItems(const MailedText& text, const Node& gpu, std::string part, MailedInventory& writer)
        : text_{&text}, gpu_{&gpu}, part_{std::move(part)}, writer_{&writer} {}

    void add() {
        address();
        for (const Field& field : kFields) add_field(field);
        for (const char* const span : {"volatile", "aggregate"}) {
            add_errors(span, Corrected::No);
            add_errors(span, Corrected::Yes);
        }
        event_reasons();
        processes();
    }

  private:
    enum class Corrected : std::uint8_t { No, Yes };

    void known(const std::string& key, const std::string& value, int line) {
        writer_->known(key, part_, value, text_->place(line));
    }
    void unknown(const std::string& key, const std::string& why, int line) {
        writer_->unknown(key, part_, why, text_->place(line));
    }

    void address() {
        if (!mailed::pci_function(gpu_->value)) {
            text_->refuse(gpu_->line, "has " + mailed::quoted(gpu_->value) +
                                          " for a GPU's address; expected one as "
                                          "00000000:19:00.0");
        }
        known("gpu.pci", gpu_->value, gpu_->line);
    }

    void add_field(const Field& field) {
        const Node* node = field_of(*gpu_, field.paths);
        if (node == nullptr) {
            unknown(field.key, "not in this output of nvidia-smi", gpu_->line);
            return;
        }
        std::optional<std::string> value;
        if (field.kind == Kind::Number) {
            const std::optional<double> number = number_of(*text_, *node, field.number);
            if (number) value = mailed::plain(*number);
        } else if (!is_none(node->value)) {
            value = word_of(node->value, field.kind);
        }
        if (value && !is_fault(*value)) {
            known(field.key, *value, node->line);
        } else {
            unknown(field.key, said(node->value), node->line);
        }
    }

    static bool is_fault(const std::string& value) {
        return value.find("Error") != std::string::npos || value == "ERR!" ||
               value.find("GPU is lost") != std::string::npos ||
               value.find("requires reset") != std::string::npos;
    }

    /// The sum over the kinds of memory. One that is not counted leaves a sum of 0 unknown: the
    /// error may have been there.
    void add_errors(const std::string& span, Corrected corrected) {
        const std::string key =
            "gpu.ecc." + span + (corrected == Corrected::Yes ? ".corrected" : ".uncorrected");
        const Node* counts = gpu_->find("ecc_errors/" + span);
        if (counts == nullptr) {
            unknown(key, "not in this output of nvidia-smi", gpu_->line);
            return;
        }
        double sum = 0;
        bool is_whole = true;
        std::size_t kinds = 0;
        for (const Node& kind : counts->children) {
            const Node* count = counter(kind, corrected);
            if (count == nullptr) continue;
            ++kinds;
            const std::optional<double> number = number_of(*text_, *count, kCount);
            is_whole = is_whole && number.has_value();
            sum += number.value_or(0);
        }
        if (kinds == 0 || (sum == 0 && !is_whole)) {
            unknown(key, kinds == 0 ? "not in this output of nvidia-smi" : "said N/A",
                    counts->line);
        } else {
            known(key, mailed::plain(sum), counts->line);
        }
    }

    /// Before version 11 the kinds lie under single_bit and double_bit, with a total.
    static const Node* counter(const Node& kind, Corrected corrected) {
        const bool is_corrected = corrected == Corrected::Yes;
        if (kind.name == (is_corrected ? "single_bit" : "double_bit")) return kind.find("total");
        const bool is_uncorrectable = kind.name.find("uncorrectable") != std::string::npos;
        const bool is_correctable =
            !is_uncorrectable && kind.name.find("correctable") != std::string::npos;
        return (is_corrected ? is_correctable : is_uncorrectable) ? &kind : nullptr;
    }

    /// The reasons that stand, by their names in the telemetry ("hw_slowdown, power_brake").
    void event_reasons() {
        constexpr std::array<std::array<const char*, 3>, 9> kReasons{{
            {"gpu_idle", "idle", "idle"},
            {"applications_clocks_setting", "applications_clocks_setting", "application_clocks"},
            {"sw_power_cap", "sw_power_cap", "sw_power_cap"},
            {"hw_slowdown", "hw_slowdown", "hw_slowdown"},
            {"sync_boost", "sync_boost", "sync_boost"},
            {"sw_thermal_slowdown", "sw_thermal_slowdown", "sw_thermal"},
            {"hw_thermal_slowdown", "hw_slowdown/hw_thermal_slowdown", "hw_thermal"},
            {"hw_power_brake_slowdown", "hw_slowdown/hw_power_brake_slowdown", "power_brake"},
            {"display_clocks_setting", "display_clock_setting", "display_clocks"},
        }};
        const Node* reasons = field_of(*gpu_, {"clocks_event_reasons", "clocks_throttle_reasons"});
        if (reasons == nullptr || !is_none(reasons->value)) {
            unknown("gpu.event_reasons", "not in this output of nvidia-smi", gpu_->line);
            return;
        }
        std::string words;
        bool is_bad = false;
        bool is_open = false;
        for (const auto& [tag, label, name] : kReasons) {
            const Node* reason = nullptr;
            for (const std::string& path :
                 {"clocks_event_reason_" + std::string{tag},
                  "clocks_throttle_reason_" + std::string{tag}, std::string{label}}) {
                if (reason == nullptr) reason = reasons->find(path);
            }
            // Of the harmless ones versions have different sets.
            const std::string_view word{name};
            const bool counts = word == "hw_slowdown" || word == "sw_thermal" ||
                                word == "hw_thermal" || word == "power_brake";
            if (reason != nullptr && reason->value == "Active") {
                words += (words.empty() ? "" : ", ") + std::string{name};
                is_bad = is_bad || counts;
            } else if (reason == nullptr || reason->value != "Not Active") {
                is_open = is_open || counts;
            }
        }
        if (is_open && !is_bad) {
            unknown("gpu.event_reasons", "not all of the slowdown's reasons are answered",
                    reasons->line);
        } else {
            known("gpu.event_reasons", words.empty() ? "none" : words, reasons->line);
        }
    }

    /// Process ids, as the items of a living node have them.
    void processes() {
        const Node* list = gpu_->find("processes");
        if (list == nullptr) {
            unknown("gpu.foreign_processes", "not in this output of nvidia-smi", gpu_->line);
            return;
        }
        if (!list->value.empty() && list->value != "None") {
            unknown("gpu.foreign_processes", said(list->value), list->line);
            return;
        }
        std::string ids;
        for (const Node& entry : list->children) {
            const Node* id = entry.name == "process_info" ? entry.find("pid") : &entry;
            if (id == nullptr || (id == &entry && entry.name != "process_id")) continue;
            ids += (ids.empty() ? "" : ", ") + id->value;
        }
        known("gpu.foreign_processes", ids.empty() ? "none" : ids, list->line);
    }

    const MailedText* text_;
    const Node* gpu_;
    std::string part_;
    MailedInventory* writer_;
};

/// Fields for which the driver had no word but an error. They say that something is wrong with
/// this GPU, wherever they stand.
void collect_faults(const Node& node, std::string& faults, bool& is_lost) {
    for (const Node& child : node.children) {
        const bool lost = child.value.find("GPU is lost") != std::string::npos ||
                          child.value.find("requires reset") != std::string::npos;
        if (lost || child.value.find("Unknown Error") != std::string::npos ||
            child.value == "ERR!" || child.value == "[ERR!]") {
            constexpr std::size_t kEnough = 400;
            if (faults.size() < kEnough) {
                faults += (faults.empty() ? "" : ", ") + child.name + ": " + child.value;
            }
            is_lost = is_lost || lost;
        }
        collect_faults(child, faults, is_lost);
    }
}

void add_gpu(const MailedText& text, const Node& gpu, const std::string& part,
             MailedInventory& writer) {
    GpuItems{text, gpu, part, writer}.add();
    add_gpu_events(part, text.place(gpu.line), writer);
    std::string faults;
    bool is_lost = false;
    collect_faults(gpu, faults, is_lost);
    if (faults.empty()) return;
    writer.event(
        part, "error", is_lost ? "gpu_lost" : "nvml_failed",
        "nvidia-smi could not read all of it: " + faults + " (" + text.place(gpu.line) + ")");
}

/// Says the file itself how many there are?
void check_count(const MailedText& text, const Log& log, std::size_t described,
                 MailedInventory& writer) {
    const Node* attached = log.root.find("attached_gpus");
    if (attached == nullptr) {
        writer.unknown("gpu.count", "", "not in this output of nvidia-smi", text.place(1));
        return;
    }
    const std::optional<double> count = number_of(text, *attached, kCount);
    if (!count) {
        text.refuse(attached->line, "has " + mailed::quoted(attached->value) +
                                        " for attached_gpus; expected the number of GPUs");
    }
    writer.known("gpu.count", "", number_text(*count), text.place(attached->line));
    if (static_cast<double>(described) != *count) {
        writer.event("", "error", "gpu_missing",
                     "of " + number_text(*count) + " attached GPUs " + std::to_string(described) +
                         " are described; what became of the others is not known (" +
                         text.place(attached->line) + ")");
    }
}

void add_version(const MailedText& text, const Log& log, const char* field, const char* key,
                 MailedInventory& writer) {
    const Node* node = log.root.find(field);
    if (node == nullptr || is_none(node->value)) {
        writer.unknown(key, "", "not in this output of nvidia-smi", text.place(1));
    } else {
        writer.known(key, "", node->value, text.place(node->line));
    }
}

/// The GPU's index: its place, unless the output says it (--query-gpu).
std::string index_of(const MailedText& text, const Node& gpu, std::size_t place) {
    const Node* said = gpu.find("index");
    if (said == nullptr) return std::to_string(place);
    const std::optional<std::uint64_t> index = mailed::whole(said->value);
    if (!index || *index >= kMostGpus) {
        text.refuse(said->line, "has " + mailed::quoted(said->value) +
                                    " for a GPU's index; expected a number from 0 to 1023");
    }
    return std::to_string(*index);
}

}  // namespace

void add_log(const MailedText& text, const Log& log, MailedInventory& writer) {
    add_version(text, log, "driver_version", "gpu.driver", writer);
    add_version(text, log, "cuda_version", "gpu.cuda", writer);
    std::size_t described = 0;
    for (const Node& node : log.root.children) {
        if (node.name != "gpu") continue;
        if (described == kMostGpus) {
            text.refuse(node.line, "is the 1025th GPU; expected the output of one machine");
        }
        add_gpu(text, node, index_of(text, node, described), writer);
        ++described;
    }
    if (described == 0 && log.remarks.empty()) {
        text.refuse(log.last_line,
                    "ends without a GPU; expected at least one, or why there is "
                    "none");
    }
    check_count(text, log, described, writer);
    for (const Node& remark : log.remarks) add_remark(text, remark, writer);
}

}  // namespace rackproof::smi
