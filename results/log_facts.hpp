#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/metric.hpp"
#include "core/outcome.hpp"
#include "core/run.hpp"

namespace rackproof::logs {

/// Where a number was measured, by names. A log that does not say which node it is of has one
/// node, called "".
struct LogPlace {
    Scope scope = Scope::Node;
    std::vector<std::string> nodes;  ///< one; the two of a pair; all of a group
    std::int32_t device = -1;
    std::int32_t peer_device = -1;
};

/// What a metric is; the same wherever its name occurs.
struct LogMetric {
    std::string name;
    std::string suite;
    std::string unit = "1";
    Direction better = Direction::HigherIsBetter;
    std::string definition;

    friend bool operator==(const LogMetric&, const LogMetric&) = default;
};

/// One metric in one place, as a log has it. A row that is not completed says why.
struct LogReading {
    LogMetric metric;
    LogPlace place;
    std::vector<double> values;  ///< in base units, in the log's order
    Outcome outcome = Outcome::Completed;
    std::string reason;
    Variant variant;
    std::optional<int> line;  ///< of the log
};

/// What a log says of a device. Empty texts are not known.
struct LogDevice {
    std::string node;
    std::int32_t index = 0;
    std::string model;
    std::string uuid;
    std::string serial;
    std::string pci;
    std::string driver;
};

/// Something that happened and is no number.
struct LogEvent {
    std::string node;
    std::int32_t device = -1;
    std::string severity = "info";
    std::string code;
    std::string text;
};

/// All that one log file holds.
struct LogFacts {
    std::vector<LogReading> readings;
    std::vector<LogDevice> devices;
    std::vector<LogEvent> events;
};

}  // namespace rackproof::logs
