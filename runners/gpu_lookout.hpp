#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "core/record.hpp"
#include "hwcheck/gpu_changes.hpp"
#include "hwcheck/gpu_watch.hpp"
#include "runners/worker_context.hpp"

namespace rackproof {

/// A rank's eye on its own GPU: says once what it is, and after each task what its counters tell
/// that they did not tell before. A GPU that cannot be read is an event, and never the end of the
/// rank: what it computes is measured all the same.
class GpuLookout {
  public:
    struct Place {
        std::int32_t node = 0;    ///< index into Manifest::nodes
        std::int32_t device = 0;  ///< index into Manifest::devices
    };
    GpuLookout(Place place, const RunClock* clock, std::function<void(const record::Record&)> send);

    /// Opens it, and says its facts and what is wrong with it from the beginning.
    void begin(const std::function<std::shared_ptr<GpuSource>()>& open);

    /// What has happened since the last look, while `at_work` (a case's name) ran.
    void look(std::string_view at_work);

    /// Empty if it cannot be read.
    [[nodiscard]] const std::vector<Sensor>& sensors() const { return sensors_; }

  private:
    void say_facts(const GpuFacts& facts);
    void tell(const GpuChange& change, std::string_view when);
    void give_up(std::string_view code, std::string_view problem);

    Place place_;
    const RunClock* clock_;
    std::function<void(const record::Record&)> send_;
    std::shared_ptr<GpuSource> gpu_;
    std::vector<Sensor> sensors_;
    GpuState last_;
    double last_s_ = 0;
};

}  // namespace rackproof
