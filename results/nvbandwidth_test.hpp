#pragma once

#include <optional>
#include <string>
#include <vector>

#include "results/log_facts.hpp"
#include "results/log_text.hpp"

namespace rackproof::logs {

/// One test case of nvbandwidth, from text or from JSON.
struct NvbandwidthTest {
    std::string name;
    std::string description;  ///< "memcpy CE GPU(row) -> GPU(column) bandwidth (GB/s)"
    std::string library;      ///< nvbandwidth's version
    std::vector<std::vector<std::optional<double>>> matrix;  ///< as printed; nothing for N/A
    std::optional<double> sum;                               ///< likewise
    double rounding = 0.005;                                 ///< of each printed number
    Outcome outcome = Outcome::Failed;                       ///< where there is no matrix
    std::string reason;                                      ///< likewise
    int line = 1;
};

/// The node and device that the rows and columns of GPUs are numbered by; a log of several nodes
/// numbers processes.
struct NvbandwidthDevices {
    struct Device {
        std::string node;
        std::int32_t index = 0;
    };
    std::vector<Device> devices;  ///< empty: one node, its devices by their own numbers
};

/// Turns a test case into readings: a reading for each number of its matrix. What contradicts
/// itself (the sum; an unknown unit) is refused through `log`.
void add_nvbandwidth_test(const NvbandwidthTest& test, const NvbandwidthDevices& devices,
                          LogText& log, LogFacts& facts);

}  // namespace rackproof::logs
