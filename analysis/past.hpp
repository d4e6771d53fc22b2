#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/run.hpp"

namespace rackproof {

/// An earlier run as the judged one sees it.
struct Night {
    std::string run_id;
    std::string started;
    std::map<std::string, std::string> facts;  ///< of most of its devices: driver, vbios
    std::vector<std::int32_t> nodes;    ///< by its index: that of the judged run; -1 = not there
    std::vector<std::int32_t> devices;  ///< likewise; -1 too where it was another one by serial
    std::vector<std::int32_t> groups;   ///< likewise; -1 too where it had other members
};

/// Matches the nodes by name, the devices by node and index, the groups by their members. `past`
/// needs no metrics.
[[nodiscard]] Night night_of(const Run& past, const Run& judged);

/// driver and vbios of most of the run's devices.
[[nodiscard]] std::map<std::string, std::string> usual_facts(const Run& run);

/// Earlier runs of the same fleet, their metrics one at a time.
class Past {
  public:
    Past() = default;
    Past(const Past&) = delete;
    Past& operator=(const Past&) = delete;
    virtual ~Past() = default;

    /// Oldest first; all are earlier than the judged run.
    [[nodiscard]] virtual const std::vector<Night>& nights() const = 0;

    /// What was measured that night under that name; nullptr for nothing. May be called from
    /// several threads at once. Throws as the reading of a run does.
    [[nodiscard]] virtual std::shared_ptr<const Metric> metric(std::size_t night,
                                                               const std::string& name) = 0;
};

}  // namespace rackproof
