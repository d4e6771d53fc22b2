#include "core/run.hpp"

namespace rackproof {

std::size_t Metric::add_row(Target row_target, std::int32_t row_attempt, Outcome row_outcome) {
    values.resize(values.size() + repetitions, kNoValue);
    if (!time.empty()) time.resize(values.size(), kNoValue);
    target.push_back(row_target);
    outcome.push_back(row_outcome);
    variant.push_back(-1);
    attempt.push_back(row_attempt);
    return rows() - 1;
}

}  // namespace rackproof
