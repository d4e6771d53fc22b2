#pragma once

#include <functional>
#include <string_view>

#include "core/record.hpp"
#include "hwcheck/inventory.hpp"
#include "runners/worker_context.hpp"

namespace rackproof {

/// The eye of a node's first rank on the node itself: after each task it tells what the counters of
/// memory, processors, PCIe, network and drives say that they did not say before. A node that
/// cannot be read is an event once, beside what it could still say, and never the end of the rank.
class NodeLookout {
  public:
    NodeLookout(std::int32_t node, const RunClock* clock, std::function<Inventory()> read,
                std::function<void(const record::Record&)> send);

    /// What stands before the first task. Of that only what happened during the reading is told.
    void begin();

    /// What has happened since the last look, while `at_work` (a case's name) ran.
    void look(std::string_view at_work);

  private:
    [[nodiscard]] bool read(Inventory& into);
    void tell(const InventoryEvent& event, std::string_view when);

    std::int32_t node_;
    const RunClock* clock_;
    std::function<Inventory()> read_;
    std::function<void(const record::Record&)> send_;
    Inventory last_;
    double last_s_ = 0;
    bool watching_ = false;
};

}  // namespace rackproof
