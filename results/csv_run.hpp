#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/fleet.hpp"
#include "core/run.hpp"
#include "results/csv_columns.hpp"
#include "results/csv_entry.hpp"
#include "results/csv_metric.hpp"

namespace rackproof::csv {

/// What is known of a metric by its name; nullopt for a name that says nothing.
using MetricLookup = std::function<std::optional<MetricDefaults>(std::string_view)>;

/// One run that is being imported.
class ImportedRun {
  public:
    /// `fleet`, where given, says which nodes there are; both must outlive this.
    ImportedRun(const MetricLookup& lookup, const Fleet* fleet);

    /// Takes a row; a problem, and nothing is taken, if it cannot be.
    [[nodiscard]] std::optional<FieldProblem> take(const Columns& columns, const Row& row,
                                                   const Entry& entry);

    /// Notes a node of which a row is, but a bad one: it must not pass in silence.
    void note_node(std::string_view name);

    /// Adds what the fleet file, or more than half of the nodes of its sku, let expect of each
    /// node and the rows did not have.
    void add_absences();

    /// True if its rows say at which time they were measured, and not only how late in the run.
    [[nodiscard]] bool knows_its_start() const { return times_are_absolute_.value_or(false); }
    void set_start(std::string started) { started_ = std::move(started); }

    /// All but metrics and reasons; numbers nodes by name (with a fleet file: in its order) and
    /// devices by node and index.
    [[nodiscard]] Run frame();
    [[nodiscard]] std::size_t metric_count() const { return metrics_.size(); }
    /// Only after frame(); once for each.
    [[nodiscard]] Metric metric(std::size_t index, std::vector<Reason>& reasons);

    /// What a person should hear of: units that are not known, labels that are none.
    [[nodiscard]] std::vector<std::string> remarks() const;

  private:
    struct NodeEntry {
        Node node;  ///< facts are empty as long as no row said them
        bool has_rows = false;
        std::vector<std::pair<std::int32_t, std::int32_t>> devices;  ///< index, number
        std::vector<std::string> labels;                             ///< by label_names_
    };
    struct DeviceEntry {
        std::int32_t node = 0;
        std::int32_t index = 0;
    };

    [[nodiscard]] NodeEntry* find_node(std::string_view name);
    std::int32_t add_node(std::string_view name);
    [[nodiscard]] std::optional<FieldProblem> check_node(std::string_view name) const;
    [[nodiscard]] std::optional<FieldProblem> check_facts(const Columns& columns, const Row& row,
                                                          const NodeEntry* known) const;
    void take_facts(const Columns& columns, const Row& row, NodeEntry& entry);
    void take_labels(const Columns& columns, const Row& row, NodeEntry& entry);
    std::int32_t node_number(std::string_view name);
    std::int32_t device_number(std::int32_t node, std::int32_t index);
    [[nodiscard]] ImportedMetric* find_metric(std::string_view name);
    ImportedMetric& add_metric(std::string_view name);
    [[nodiscard]] std::optional<FieldProblem> check_time(const Entry& entry) const;
    void take_time(const Entry& entry);
    void set_times(Run& run) const;
    void number_nodes(Run& run);
    void number_devices(Run& run);

    const MetricLookup* lookup_;
    const Fleet* fleet_;
    std::unordered_map<std::string_view, std::int32_t> node_of_name_;  ///< views into nodes_
    std::deque<NodeEntry> nodes_;
    std::vector<DeviceEntry> devices_;
    std::unordered_map<std::string_view, std::size_t> metric_of_name_;  ///< views into metrics_
    std::deque<ImportedMetric> metrics_;
    std::size_t last_metric_ = 0;
    std::int32_t last_node_ = 0;
    std::vector<std::string> label_names_;
    std::vector<bool> label_differs_;  ///< within a node, and so is none
    std::string started_;
    std::optional<bool> times_are_absolute_;
    double earliest_s_ = 0;
    double latest_s_ = 0;
    std::vector<std::int32_t> number_of_node_;
    std::vector<std::int32_t> number_of_device_;
    double origin_s_ = 0;
};

}  // namespace rackproof::csv
