#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.hpp"
#include "runners/cell_outcome.hpp"
#include "runners/cell_watch.hpp"
#include "runners/message.hpp"
#include "runners/worker_channel.hpp"
#include "suites/context.hpp"

namespace rackproof {

/// The clock of the run, on this host.
class RunClock {
  public:
    /// `boot_id` is this host's: on the controller's own host the steady clocks are the same, and
    /// the run's clock is exact; elsewhere it is late by the welcome's time on the way.
    RunClock(const message::Welcome& welcome, std::string_view boot_id);
    [[nodiscard]] double now_s() const { return seconds_since(start_); }

  private:
    SteadyClock::time_point start_;
};

/// This host's boot, as the kernel names it; empty if it does not.
[[nodiscard]] std::string boot_id();
/// Seconds on the steady clock, as Welcome::steady_s has them.
[[nodiscard]] double steady_now_s();

/// What a rank has once it is placed.
struct Placement {
    std::int32_t rank = 0;
    message::Welcome welcome;
    std::function<ComputeDevice&()> device;       ///< throws what opening it threw
    std::function<Communicator&()> communicator;  ///< throws Unsupported if there is none
    std::vector<Sensor> sensors;
    const RunClock* clock = nullptr;
    WorkerChannel* channel = nullptr;
    CellWatch* watch = nullptr;
};

/// The context of one run of a lead case: what a suite records goes to the controller at once.
class WorkerContext final : public SuiteContext {
  public:
    WorkerContext(const Placement& placement, const message::RunCell& order);

    ComputeDevice& device() override { return placement_->device(); }
    Communicator& communicator() override { return placement_->communicator(); }
    const std::vector<Sensor>& sensors() override { return placement_->sensors; }
    int local_rank() const override { return placement_->welcome.device_index; }
    bool is_first_of_node() const override { return placement_->welcome.local_rank == 0; }
    double now_s() const override { return placement_->clock->now_s(); }
    void operation(std::string_view text) override;
    void record(std::string_view case_name, std::vector<double> samples,
                std::vector<double> times_s, const Variant& variant) override;
    void record_part(std::string_view case_name, std::vector<double> samples,
                     std::vector<double> times_s, const Variant& variant) override;
    void skip(std::string_view case_name, std::string_view reason) override;
    void record_rank_times(std::string_view case_name, std::vector<double> entry_s,
                           std::vector<double> exit_s, double clock_error_s) override;
    void reading(const Sensor& sensor, double value) override;
    void event(std::string_view severity, std::string_view code, std::string_view text) override;
    void node_fact(std::string_view key, std::string_view source, std::string_view value) override;
    void node_event(std::string_view severity, std::string_view code,
                    std::string_view text) override;
    void add_timed(double seconds) override { placement_->watch->add_timed(seconds); }

    /// What the case at this place of the order has left so far.
    [[nodiscard]] const CaseTrace& trace(std::size_t index) const { return traces_[index]; }

  private:
    [[nodiscard]] std::size_t index_of(std::string_view case_name) const;
    void send(const record::Record& record);
    void send_samples(std::size_t index, std::vector<double> samples, std::vector<double> times_s,
                      const Variant& variant);

    const Placement* placement_;
    const message::RunCell* order_;
    std::vector<CaseTrace> traces_;
};

}  // namespace rackproof
