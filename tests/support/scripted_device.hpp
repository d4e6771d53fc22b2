#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "devices/communicator.hpp"
#include "devices/device.hpp"

namespace rackproof::test {

/// Time that passes only when a scripted workload runs. Safe to read from any thread.
class ScriptedClock {
  public:
    [[nodiscard]] double now_s() const { return now_s_.load(); }
    void advance(double seconds) { now_s_.store(now_s_.load() + seconds); }

  private:
    std::atomic<double> now_s_{100};
};

/// How all workloads behave. Runs and checks are counted from 0 over the life of the script.
struct Script {
    std::vector<double> run_s{0.01};     ///< what each run takes; the last one goes on
    std::set<int> wrong_checks;          ///< the calls of verify() that find a wrong answer
    std::optional<int> throws_at_run;    ///< the run that throws Error
    std::optional<double> timer_says_s;  ///< what the timer answers in place of the truth
    Variant variant{
        .parameters = R"({"threads":1})", .algorithm = "scripted", .library = "", .transport = ""};
    int runs = 0;
    int checks = 0;
};

/// A device that does no work: its clock moves as the script says.
class ScriptedDevice : public ComputeDevice {
  public:
    explicit ScriptedDevice(ScriptedClock& clock) : clock_{clock} {}

    [[nodiscard]] const DeviceInfo& info() const override { return facts; }
    [[nodiscard]] std::unique_ptr<Timer> make_timer() override;
    [[nodiscard]] std::unique_ptr<Workload> make_gemm(const GemmShape& shape) override;
    [[nodiscard]] GemmAlgorithm choose_gemm_algorithm(const GemmShape& /*shape*/) override {
        refuse_if_unsupported();
        return fastest;
    }
    [[nodiscard]] std::unique_ptr<Workload> make_stream(StreamKernel kernel,
                                                        std::int64_t array_bytes) override;
    [[nodiscard]] std::unique_ptr<Workload> make_pointer_chase(std::int64_t bytes,
                                                               std::uint64_t seed) override;
    [[nodiscard]] std::unique_ptr<Workload> make_host_copy(HostCopy copy,
                                                           std::int64_t copy_bytes) override;
    [[nodiscard]] std::unique_ptr<Workload> make_peer_copy(PeerCopy copy, const std::string& peer,
                                                           std::int64_t copy_bytes) override;
    [[nodiscard]] std::unique_ptr<Workload> make_peer_chase(const std::string& peer,
                                                            std::int64_t walked_bytes,
                                                            std::uint64_t seed) override;
    /// Work of 4000 bytes.
    [[nodiscard]] std::unique_ptr<Workload> make_memory_test(MemoryPattern pattern, double share,
                                                             std::uint64_t seed) override;
    /// Work of 3000 flops and 2000 bytes.
    [[nodiscard]] std::unique_ptr<Workload> make_core_check(CoreWork work,
                                                            std::uint64_t seed) override;
    /// Whatever the above would make, of this work.
    [[nodiscard]] std::unique_ptr<Workload> make(const Work& work);

    DeviceInfo facts;
    Script script;
    std::optional<std::string> unsupported;  ///< nothing can be made, for this reason
    GemmAlgorithm fastest{"scripted 1", "fast"};
    std::vector<GemmShape> shapes;  ///< of what was made, likewise below
    std::vector<StreamKernel> kernels;
    std::vector<std::int64_t> bytes;
    std::vector<double> shares;
    std::vector<PeerCopy> peer_copies;
    std::vector<std::string> peers;

  private:
    void refuse_if_unsupported() const;
    ScriptedClock& clock_;
};

/// One rank of several that are not there: what they would answer is set by the test.
class ScriptedCommunicator : public Communicator {
  public:
    ScriptedCommunicator(ScriptedDevice& device, int ranks) : device_{device}, ranks_{ranks} {}

    [[nodiscard]] int rank() const override { return 0; }
    [[nodiscard]] int size() const override { return ranks_; }
    void barrier() override { ++barriers; }
    [[nodiscard]] double max(double value) override { return max_of(value); }
    [[nodiscard]] double mean(double value) override { return mean_of(value); }
    [[nodiscard]] std::int64_t from_first(std::int64_t value) override { return value; }
    [[nodiscard]] ClockOffset synchronise_clocks() override { return offset; }
    [[nodiscard]] std::unique_ptr<Workload> make_collective(const CollectiveShape& shape) override;
    [[nodiscard]] std::string take_fallback() override { return std::exchange(slower, ""); }

    int barriers = 0;
    std::string slower;                        ///< what take_fallback() says
    std::vector<CollectiveShape> collectives;  ///< of what was made
    std::function<double(double)> max_of = [](double value) { return value; };
    std::function<double(double)> mean_of = [](double value) { return value; };
    ClockOffset offset;

  private:
    ScriptedDevice& device_;
    int ranks_;
};

}  // namespace rackproof::test
