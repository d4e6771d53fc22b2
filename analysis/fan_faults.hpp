#pragma once

#include <string>
#include <vector>

#include "analysis/fan_readings.hpp"
#include "analysis/judgement.hpp"

namespace rackproof {

/// What a fan has to cool: a node, or one device, and how hot it was.
struct Cooled {
    Place place;
    double begin_s = 0;  ///< of its soak
    double end_s = 0;
    double temperature = kNoValue;  ///< median over the soak, of a node's hottest device
};

struct FanFault {
    Place place;
    Verdict verdict = Verdict::Watch;
    std::string sensor;
    std::string what;  ///< "stood still for 12.3 min from ..."
};

/// Of fans (or pumps) of one name, which cool `cooled`, place by place: those that stood still
/// while three quarters of them turned (`fail`), slowed down by 30 % against the others at the same
/// time, turned by 30 % slower (`fail` from half on) or 40 % faster than their median, and were not
/// read to the end. With fewer than five of a name each is held against its own past alone. At most
/// one a place.
[[nodiscard]] std::vector<FanFault> fan_faults(const SensorSeries& sensor,
                                               const std::vector<Cooled>& cooled,
                                               const std::vector<FanReadings>& fans);

}  // namespace rackproof
