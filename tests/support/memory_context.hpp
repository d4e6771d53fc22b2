#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "core/manifest.hpp"
#include "suites/context.hpp"
#include "tests/support/scripted_device.hpp"

namespace rackproof::test {

/// A suite's context in memory, which keeps the contract of suites/context.hpp and all that was
/// handed to it. `cases` are the lead and its companions.
class MemoryContext : public SuiteContext {
  public:
    struct Recorded {
        std::vector<double> samples;
        std::vector<double> times_s;
        Variant variant;
    };
    struct RankTimes {
        std::vector<double> entry_s;
        std::vector<double> exit_s;
        double clock_error_s = 0;
    };

    MemoryContext(std::vector<CaseSpec> cases, ScriptedDevice& device, const ScriptedClock& clock)
        : cases_{std::move(cases)}, device_{device}, clock_{clock} {}

    [[nodiscard]] ComputeDevice& device() override { return device_; }
    [[nodiscard]] Communicator& communicator() override;
    [[nodiscard]] const std::vector<Sensor>& sensors() override { return host_sensors; }
    [[nodiscard]] int local_rank() const override { return rank; }
    [[nodiscard]] bool is_first_of_node() const override { return rank == 0; }
    [[nodiscard]] double now_s() const override { return clock_.now_s(); }
    void operation(std::string_view text) override { operations.emplace_back(text); }
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
    void add_timed(double seconds) override { timed_s += seconds; }

    /// How many readings of all sensors have come in.
    [[nodiscard]] std::size_t readings() const;

    Communicator* ranks = nullptr;  ///< null: the ranks do not talk
    std::vector<Sensor> host_sensors;
    int rank = 0;
    std::atomic<bool> refuse_readings = false;  ///< reading() throws
    std::atomic<int> refused = 0;               ///< how often it did

    std::map<std::string, Recorded> recorded;
    std::map<std::string, std::vector<Recorded>> parts;  ///< before that
    bool parts_stand = false;                            ///< of each case, from an earlier go
    std::map<std::string, std::string> skipped;
    std::map<std::string, RankTimes> rank_times;
    std::vector<std::string> operations;
    std::map<std::string, std::vector<double>> read;  ///< by sensor, once no thread reads
    std::vector<Event> events;                        ///< likewise
    std::map<std::string, std::string> node_facts;
    double timed_s = 0;

  private:
    [[nodiscard]] const CaseSpec& case_named(std::string_view name) const;
    void check(std::string_view name, const std::vector<double>& samples,
               const std::vector<double>& times_s) const;

    std::vector<CaseSpec> cases_;
    ScriptedDevice& device_;
    const ScriptedClock& clock_;
    mutable std::mutex reading_;
};

}  // namespace rackproof::test
