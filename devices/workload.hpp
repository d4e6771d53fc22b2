#pragma once

#include <cstdint>
#include <string>

#include "core/run.hpp"

namespace rackproof {

/// What one operation of a workload does, by the definitions of docs/architecture.md (STREAM
/// convention for bytes, 2mnk for flops).
struct Work {
    double flops = 0;
    double bytes = 0;
    double accesses = 0;  ///< dependent memory accesses, for latency
};

/// One operation that can be repeated and timed. Made by a Device or a Communicator; its buffers
/// are allocated, touched and filled when it is made.
class Workload {
  public:
    Workload() = default;
    Workload(const Workload&) = delete;
    Workload& operator=(const Workload&) = delete;
    virtual ~Workload() = default;

    /// Starts one operation. May return before it is done; a Timer's stop waits for it.
    virtual void run() = 0;

    [[nodiscard]] virtual Work work() const = 0;

    /// Checks the result of the last run() and, where the workload has an output digest, that it
    /// equals the first verified one. Throws WrongAnswer, saying what was seen and expected.
    virtual void verify() = 0;

    /// How it is done: algorithm, library and version, transport; parameters as chosen. Includes
    /// the output digest, once verified, for workloads that have one.
    [[nodiscard]] virtual Variant variant() const = 0;
};

/// The device's own clock. `stop_s` waits until all work since `start` is done and returns the
/// seconds between. Used by suites/measure.cpp, and by suites/swing_load.cpp, which measures
/// nothing.
class Timer {
  public:
    Timer() = default;
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    virtual ~Timer() = default;
    virtual void start() = 0;
    [[nodiscard]] virtual double stop_s() = 0;
};

}  // namespace rackproof
