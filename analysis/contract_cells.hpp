#pragma once

#include <vector>

#include "analysis/acceptance.hpp"
#include "core/run.hpp"

namespace rackproof {

/// One cell of a metric with every attempt at it, those before a repair included.
struct CellAttempts {
    std::vector<std::int32_t> nodes;  ///< that it lies on
    ContractCell told;

    /// The attempt that counts by the contract; nullptr if none may.
    [[nodiscard]] const ContractAttempt* counted() const;
};

/// The cells of a metric, by target; targets that the run does not have are left out. Of the
/// attempts after each repair the first and `retests` more may count, of the repairs the first
/// `repairs`; of those the last does.
[[nodiscard]] std::vector<CellAttempts> attempts_of(const Run& facts, const Metric& metric,
                                                    const Contract& contract);

}  // namespace rackproof
