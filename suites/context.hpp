#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/run.hpp"
#include "devices/communicator.hpp"
#include "devices/device.hpp"
#include "hwcheck/sensors.hpp"

namespace rackproof {

/// What a suite is given to run one case on one target, and the only way its results leave.
/// The worker implements it over the back channel; tests implement it in memory. now_s(),
/// reading() and event() may be called from a second thread while the first is anywhere in this
/// class.
class SuiteContext {
  public:
    SuiteContext() = default;
    SuiteContext(const SuiteContext&) = delete;
    SuiteContext& operator=(const SuiteContext&) = delete;
    virtual ~SuiteContext() = default;

    [[nodiscard]] virtual ComputeDevice& device() = 0;

    /// Throws Unsupported if this job's ranks do not talk to each other.
    [[nodiscard]] virtual Communicator& communicator() = 0;

    /// This host's sensors, on every rank, and those of the rank's own GPU; empty where there are
    /// none. Each rank may read them, for its own cells; the host's are handed to reading() by
    /// the first of its node alone.
    [[nodiscard]] virtual const std::vector<Sensor>& sensors() = 0;

    /// True for one rank of those that are at work on its node: it speaks for the node.
    [[nodiscard]] virtual bool is_first_of_node() const = 0;

    /// This rank within its node, from 0: the index of its device.
    [[nodiscard]] virtual int local_rank() const = 0;

    /// Seconds since the run started.
    [[nodiscard]] virtual double now_s() const = 0;

    /// Says what comes next, before it is done: a killed or hung rank leaves its last words.
    virtual void operation(std::string_view text) = 0;

    /// A case's samples in its base unit, in order, and when each was taken (as many, or none).
    /// Throws Error if a sample is no finite number, there are none, or more than the case's
    /// repetitions, or the case is neither the lead nor its companion: a bad number is not data.
    /// In a case of node scope only rank 0's samples are kept.
    virtual void record(std::string_view case_name, std::vector<double> samples,
                        std::vector<double> times_s, const Variant& variant) = 0;

    /// A part of what record() would give at the end, sent now: it outlives this process. Of a case
    /// with one sample the last counts; of others parts follow each other, and record() gives the
    /// rest of them, which may then be none. For suites that go on (Suite::goes_on). Throws as
    /// record() does.
    virtual void record_part(std::string_view case_name, std::vector<double> samples,
                             std::vector<double> times_s, const Variant& variant) = 0;

    /// A companion case that is not possible here, with the reason.
    virtual void skip(std::string_view case_name, std::string_view reason) = 0;

    /// This rank's entries and exits, one of each a sample, on the run's clock.
    virtual void record_rank_times(std::string_view case_name, std::vector<double> entry_s,
                                   std::vector<double> exit_s, double clock_error_s) = 0;

    /// One reading of one of sensors(), now.
    virtual void reading(const Sensor& sensor, double value) = 0;

    /// Something that happened to this rank's device, now; `severity` is info, warning or error.
    virtual void event(std::string_view severity, std::string_view code, std::string_view text) = 0;

    /// A fact of this rank's node, and something that happened to the node, now; from the first of
    /// the node alone.
    virtual void node_fact(std::string_view key, std::string_view source,
                           std::string_view value) = 0;
    virtual void node_event(std::string_view severity, std::string_view code,
                            std::string_view text) = 0;

    /// Seconds spent inside the timer; for the harness's own accounting.
    virtual void add_timed(double seconds) = 0;
};

}  // namespace rackproof
