#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/plan.hpp"
#include "core/run.hpp"
#include "hwcheck/inventory.hpp"

namespace rackproof {

/// Inventories of nodes as a run that the judge, the run file, `merge` and all reports know: a
/// column a fact, an event a trouble, and the one case hwcheck.inventory, as a plan's suite has it.
class InventoryRun {
  public:
    explicit InventoryRun(const std::vector<Profile>& profiles);

    void add(Node node, const Inventory& inventory);
    /// A node that there must be, and of which nothing came.
    void add_absent(Node node, const std::string& why);

    [[nodiscard]] Run finish();

  private:
    InventoryColumn& column(const std::string& name, const std::string& source);
    void put(const std::string& name, const std::string& source, const std::string& value);
    void add_gpus(const Inventory& inventory);
    void add_events(const Inventory& inventory);

    Run run_;
    std::unordered_map<std::string, std::size_t> places_;  ///< of columns
    /// Devices of the node that was added last, by part.
    std::map<std::string, std::int32_t> gpus_;
};

/// A plan of the suite hwcheck alone, judged by these profiles.
[[nodiscard]] std::string hwcheck_plan(const std::vector<Profile>& profiles);

}  // namespace rackproof
