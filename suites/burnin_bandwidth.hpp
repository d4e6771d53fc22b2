#pragma once

#include <memory>
#include <string>

#include "devices/workload.hpp"
#include "suites/context.hpp"

namespace rackproof {

/// Slices of memory bandwidth between those of a burn-in's rate: STREAM's triad over arrays of
/// membw's size, all of which are checked after each slice. Memory that fails when it is hot is
/// seen here.
class BandwidthSlices {
  public:
    /// Touches the arrays. `case_name` is the companion that gets the samples. `context` must
    /// outlive this. Throws Unsupported where the arrays do not fit.
    BandwidthSlices(std::string case_name, double slice_s, SuiteContext& context);

    /// One slice, sent at once; and into the telemetry, `burnin.bandwidth`. Throws WrongAnswer.
    void measure_one();

    /// No more come.
    void finish();

    [[nodiscard]] Workload& workload() { return *triad_; }

  private:
    std::string case_name_;
    double slice_s_;
    SuiteContext* context_;
    std::unique_ptr<Workload> triad_;
};

}  // namespace rackproof
