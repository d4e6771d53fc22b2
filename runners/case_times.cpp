#include "runners/case_times.hpp"

#include <algorithm>

namespace rackproof {

CaseTimes::Typical CaseTimes::typical(std::int32_t lead_case, const CaseSpec& spec) const {
    const auto found = taken_.find(lead_case);
    if (found == taken_.end() || found->second.size() < kFewest) return {spec.expected_s, 0};
    std::vector<double> seconds = found->second;
    const auto middle = seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2);
    std::ranges::nth_element(seconds, middle);
    return {*middle, seconds.size()};
}

double CaseTimes::bound_s(std::int32_t lead_case, const CaseSpec& spec, double least_s) const {
    return std::max(least_s, kSlowFactor * typical(lead_case, spec).seconds);
}

}  // namespace rackproof
