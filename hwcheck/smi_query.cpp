#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>

#include "hwcheck/smi_log.hpp"

namespace rackproof::smi {
namespace {

/// A field of `nvidia-smi --help-query-gpu`, and where the XML has it: in the GPU, or in the log.
struct QueryField {
    std::string_view name;
    const char* path = "";
    bool is_of_log = false;
};

constexpr const char* kAddress = "";  ///< the value of the GPU's node itself
constexpr std::string_view kClocks[] = {"clocks_event_reasons.", "clocks_throttle_reasons."};
constexpr const char* kReasons = "clocks_event_reasons/clocks_event_reason_";

constexpr QueryField kQueryFields[] = {
    {"pci.bus_id", kAddress},
    {"gpu_bus_id", kAddress},
    {"index", "index"},
    {"count", "attached_gpus", true},
    {"driver_version", "driver_version", true},
    {"name", "product_name"},
    {"gpu_name", "product_name"},
    {"serial", "serial"},
    {"gpu_serial", "serial"},
    {"uuid", "uuid"},
    {"gpu_uuid", "uuid"},
    {"vbios_version", "vbios_version"},
    {"inforom.img", "inforom_version/img_version"},
    {"persistence_mode", "persistence_mode"},
    {"addressing_mode", "addressing_mode"},
    {"compute_mode", "compute_mode"},
    {"mig.mode.current", "mig_mode/current_mig"},
    {"mig.mode.pending", "mig_mode/pending_mig"},
    {"ecc.mode.current", "ecc_mode/current_ecc"},
    {"ecc.mode.pending", "ecc_mode/pending_ecc"},
    {"ecc.errors.corrected.volatile.total", "ecc_errors/volatile/single_bit/total"},
    {"ecc.errors.uncorrected.volatile.total", "ecc_errors/volatile/double_bit/total"},
    {"ecc.errors.corrected.aggregate.total", "ecc_errors/aggregate/single_bit/total"},
    {"ecc.errors.uncorrected.aggregate.total", "ecc_errors/aggregate/double_bit/total"},
    {"retired_pages.pending", "retired_pages/pending_retirement"},
    {"remapped_rows.correctable", "remapped_rows/remapped_row_corr"},
    {"remapped_rows.uncorrectable", "remapped_rows/remapped_row_unc"},
    {"remapped_rows.pending", "remapped_rows/remapped_row_pending"},
    {"remapped_rows.failure", "remapped_rows/remapped_row_failure"},
    {"gpu_recovery_action", "gpu_recovery_action"},
    {"reset_status.reset_required", "gpu_reset_status/reset_required"},
    {"reset_status.drain_and_reset_recommended", "gpu_reset_status/drain_and_reset_recommended"},
    {"pcie.link.gen.current", "pci/pci_gpu_link_info/pcie_gen/current_link_gen"},
    {"pcie.link.gen.gpucurrent", "pci/pci_gpu_link_info/pcie_gen/current_link_gen"},
    {"pcie.link.gen.max", "pci/pci_gpu_link_info/pcie_gen/max_link_gen"},
    {"pcie.link.width.current", "pci/pci_gpu_link_info/link_widths/current_link_width"},
    {"pcie.link.width.max", "pci/pci_gpu_link_info/link_widths/max_link_width"},
    {"memory.total", "fb_memory_usage/total"},
    {"enforced.power.limit", "gpu_power_readings/current_power_limit"},
    {"power.limit", "gpu_power_readings/requested_power_limit"},
    {"power.default_limit", "gpu_power_readings/default_power_limit"},
    {"power.min_limit", "gpu_power_readings/min_power_limit"},
    {"power.max_limit", "gpu_power_readings/max_power_limit"},
    {"clocks.max.sm", "max_clocks/sm_clock"},
    {"clocks.max.memory", "max_clocks/mem_clock"},
    {"clocks.max.mem", "max_clocks/mem_clock"},
    {"clocks.applications.graphics", "applications_clocks/graphics_clock"},
    {"clocks.applications.gr", "applications_clocks/graphics_clock"},
    {"clocks.default_applications.graphics", "default_applications_clocks/graphics_clock"},
    {"clocks.default_applications.gr", "default_applications_clocks/graphics_clock"},
    {"fabric.state", "fabric/state"},
    {"fabric.status", "fabric/status"},
    {"fabric.clique_id", "fabric/cliqueid"},
    {"fabric.cluster_uuid", "fabric/clusteruuid"},
};

/// Where a column goes; `is_known` false: no item is made of it.
struct Column {
    std::string name;
    std::string path;
    bool is_known = false;
    bool is_of_log = false;
};

/// "power.limit [W]" by "power.limit".
Column column_of(std::string_view heading) {
    std::string_view name = mailed::take_until(heading, '[');
    name = mailed::trimmed(name);
    for (const std::string_view clocks : kClocks) {
        if (name.starts_with(clocks) && name != std::string{clocks} + "active" &&
            name != std::string{clocks} + "supported") {
            return {std::string{name}, kReasons + std::string{name.substr(clocks.size())}, true,
                    false};
        }
    }
    const auto* const field = std::ranges::find(kQueryFields, name, &QueryField::name);
    if (field == std::end(kQueryFields)) return {std::string{name}, "", false, false};
    return {std::string{name}, field->path, true, field->is_of_log};
}

bool is_field_name(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
    });
}

std::vector<Column> columns_of(std::string_view line) {
    if (line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
    std::vector<Column> columns;
    while (!line.empty()) columns.push_back(column_of(mailed::take_until(line, ',')));
    return columns;
}

/// The node at a path under `parent`, made where it is not there.
Node& place_in(Node& parent, std::string_view path, int line) {
    Node* at = &parent;
    while (!path.empty()) {
        const std::string_view step = mailed::take_until(path, '/');
        auto child = std::ranges::find(at->children, step, &Node::name);
        if (child == at->children.end()) {
            at->children.push_back({std::string{step}, "", line, {}});
            child = std::prev(at->children.end());
        }
        at = &*child;
    }
    return *at;
}

class QueryReader {
  public:
    explicit QueryReader(MailedText& text) : text_{&text} {}

    Log read() {
        std::string_view line;
        while (text_->next(line)) {
            log_.last_line = text_->line();
            line = mailed::trimmed(line);
            if (line.empty()) continue;
            if (is_remark(line)) {
                log_.remarks.push_back({"remark", std::string{line}, text_->line(), {}});
            } else if (columns_.empty()) {
                heading(line);
            } else {
                row(line);
            }
        }
        return std::move(log_);
    }

  private:
    void heading(std::string_view line) {
        columns_ = columns_of(line);
        std::set<std::string> paths;
        bool has_address = false;
        for (const Column& column : columns_) {
            if (!column.is_known) continue;
            has_address = has_address || (column.path == kAddress && !column.is_of_log);
            if (!paths.insert(column.path).second) {
                text_->refuse(text_->line(), "has " + mailed::quoted(column.name) +
                                                 " twice, or another name of it; expected each "
                                                 "field once");
            }
        }
        if (!has_address) {
            text_->refuse(text_->line(),
                          "does not say which GPU it speaks of; expected pci.bus_id among the "
                          "fields of --query-gpu");
        }
    }

    void row(std::string_view line) {
        Node gpu{"gpu", "", text_->line(), {}};
        std::size_t fields = 0;
        for (; !line.empty() && fields < columns_.size(); ++fields) {
            const std::string value{mailed::trimmed(mailed::take_until(line, ','))};
            const Column& column = columns_[fields];
            if (!column.is_known) continue;
            Node& parent = column.is_of_log ? log_.root : gpu;
            Node& node = place_in(parent, column.path, text_->line());
            if (column.is_of_log && !node.value.empty() && node.value != value) {
                text_->refuse(text_->line(), "has " + mailed::quoted(value) + " for " +
                                                 column.name + ", another row " +
                                                 mailed::quoted(node.value) +
                                                 "; expected one driver and one count");
            }
            node.value = value;
        }
        if (fields != columns_.size() || !line.empty()) {
            text_->refuse(text_->line(), "has " + std::string{line.empty() ? "fewer" : "more"} +
                                             " fields than the heading; expected " +
                                             std::to_string(columns_.size()));
        }
        log_.root.children.push_back(std::move(gpu));
    }

    MailedText* text_;
    std::vector<Column> columns_;
    Log log_;
};

}  // namespace

bool is_query_heading(std::string_view line) {
    const std::vector<Column> columns = columns_of(line);
    return columns.size() > 1 &&
           std::ranges::all_of(columns,
                               [](const Column& column) { return is_field_name(column.name); }) &&
           std::ranges::any_of(columns, &Column::is_known);
}

Log parse_query(MailedText& text) { return QueryReader{text}.read(); }

}  // namespace rackproof::smi
