#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/cells.hpp"
#include "analysis/draft.hpp"
#include "core/plan.hpp"

namespace rackproof {

/// The inventory of a run that hwcheck has been part of; of any other there is none. A GPU that a
/// column speaks of is the device with its UUID.
class InventoryColumns {
  public:
    explicit InventoryColumns(const Survey& survey);

    [[nodiscard]] const Survey& survey() const { return *survey_; }
    [[nodiscard]] const Run& run() const { return *survey_->run; }
    /// Of nodes, from hwcheck; nothing of a rank's or of a device's.
    [[nodiscard]] const std::vector<const InventoryColumn*>& all() const { return columns_; }
    [[nodiscard]] const InventoryColumn* find(std::string_view column) const;
    /// What the node says there; empty if it does not know, or the run has no such column.
    [[nodiscard]] std::string_view value(std::string_view column, std::size_t node) const;
    /// True if the node said anything at all: one that did not has no cell either.
    [[nodiscard]] bool has_spoken(std::size_t node) const { return spoken_[node]; }

    /// Why a node does not know this column, in its own words; empty if it does not say.
    [[nodiscard]] std::string why_unknown(std::size_t node, std::string_view column) const;

    /// The node, or its GPU, if all of the columns are of that one alone and the run lists it.
    [[nodiscard]] Place place_of_columns(std::size_t node,
                                         const std::vector<std::string_view>& columns) const;

  private:
    const Survey* survey_;
    std::vector<const InventoryColumn*> columns_;
    std::map<std::string_view, const InventoryColumn*> by_name_;
    std::vector<bool> spoken_;
    std::map<std::string_view, std::int32_t> gpus_;  ///< devices by UUID
};

/// Where one node is unlike what it is held against.
struct Deviation {
    std::size_t node = 0;
    std::string_view column;
    std::string_view expected;
    std::string against;  ///< "637 of 640 nodes of its sku", "the profile h200-8 (n001)"
    Verdict verdict = Verdict::Watch;
    const char* rule = "majority";
    std::string_view provisional{};  ///< as Finding::provisional
};

/// Appends the drafts of all deviations: one a node, verdict and key; of many keys one for all.
void tell_deviations(const InventoryColumns& columns, std::vector<Deviation> deviations,
                     std::vector<Draft>& drafts);

/// Columns that a profile speaks of, by the node's sku: the majority is not asked there.
[[nodiscard]] bool is_governed(const Policy& policy, std::string_view sku, std::string_view column);

// The three rules; each appends what it found.
void compare_with_profiles(const InventoryColumns& columns, const Policy& policy,
                           std::vector<Draft>& drafts);
void compare_with_majority(const InventoryColumns& columns, const Policy& policy,
                           std::size_t threads, std::vector<Draft>& drafts);
void compare_with_order(const InventoryColumns& columns, std::vector<Draft>& drafts);

}  // namespace rackproof
