#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "core/manifest.hpp"

namespace rackproof {

/// How long tasks of several nodes have taken in this run, by lead case: by these, or by the case's
/// own estimate as long as they are few, it is told which one is slow.
class CaseTimes {
  public:
    static constexpr std::size_t kFewest =
        3;  ///< like tasks that are believed more than an estimate
    static constexpr double kSlowFactor = 4;

    void took(std::int32_t lead_case, double seconds) { taken_[lead_case].push_back(seconds); }

    struct Typical {
        double seconds = 0;
        std::size_t like = 0;  ///< tasks of which it is the median; 0: the case's estimate
    };
    [[nodiscard]] Typical typical(std::int32_t lead_case, const CaseSpec& spec) const;

    /// A task that takes longer is slow: kSlowFactor times what is typical, and `least_s` at least.
    [[nodiscard]] double bound_s(std::int32_t lead_case, const CaseSpec& spec,
                                 double least_s) const;

  private:
    std::map<std::int32_t, std::vector<double>> taken_;
};

}  // namespace rackproof
