#include "tests/support/scripted_device.hpp"

#include <algorithm>

#include "core/error.hpp"

namespace rackproof::test {
namespace {

class ScriptedWorkload : public Workload {
  public:
    ScriptedWorkload(const Work& work, Script& script, ScriptedClock& clock)
        : work_{work}, script_{script}, clock_{clock} {}

    void run() override {
        const int number = script_.runs++;
        if (script_.throws_at_run == number) throw Error{"run", "the script says so"};
        const auto last = script_.run_s.size() - 1;
        clock_.advance(script_.run_s[std::min(static_cast<std::size_t>(number), last)]);
    }
    [[nodiscard]] Work work() const override { return work_; }
    void verify() override {
        if (script_.wrong_checks.contains(script_.checks++)) {
            throw WrongAnswer{"check", "the script says that it is wrong"};
        }
    }
    [[nodiscard]] Variant variant() const override { return script_.variant; }

  private:
    Work work_;
    Script& script_;
    ScriptedClock& clock_;
};

class ScriptedTimer : public Timer {
  public:
    ScriptedTimer(const Script& script, const ScriptedClock& clock)
        : script_{script}, clock_{clock} {}
    void start() override { started_s_ = clock_.now_s(); }
    [[nodiscard]] double stop_s() override {
        return script_.timer_says_s.value_or(clock_.now_s() - started_s_);
    }

  private:
    const Script& script_;
    const ScriptedClock& clock_;
    double started_s_ = 0;
};

}  // namespace

void ScriptedDevice::refuse_if_unsupported() const {
    if (unsupported) throw Unsupported{*unsupported};
}

std::unique_ptr<Workload> ScriptedDevice::make(const Work& work) {
    refuse_if_unsupported();
    return std::make_unique<ScriptedWorkload>(work, script, clock_);
}

std::unique_ptr<Timer> ScriptedDevice::make_timer() {
    return std::make_unique<ScriptedTimer>(script, clock_);
}

std::unique_ptr<Workload> ScriptedDevice::make_gemm(const GemmShape& shape) {
    shapes.push_back(shape);
    const double flops = 2.0 * static_cast<double>(shape.m) * static_cast<double>(shape.n) *
                         static_cast<double>(shape.k);
    return make({.flops = flops, .bytes = 0, .accesses = 0});
}

std::unique_ptr<Workload> ScriptedDevice::make_stream(StreamKernel kernel,
                                                      std::int64_t array_bytes) {
    kernels.push_back(kernel);
    bytes.push_back(array_bytes);
    const bool three = kernel == StreamKernel::Add || kernel == StreamKernel::Triad;
    const int arrays = kernel == StreamKernel::Read ? 1 : (three ? 3 : 2);
    return make({.flops = 0, .bytes = arrays * static_cast<double>(array_bytes), .accesses = 0});
}

std::unique_ptr<Workload> ScriptedDevice::make_pointer_chase(std::int64_t chase_bytes,
                                                             std::uint64_t /*seed*/) {
    bytes.push_back(chase_bytes);
    return make({.flops = 0, .bytes = 0, .accesses = 1000});
}

std::unique_ptr<Workload> ScriptedDevice::make_memory_test(MemoryPattern /*pattern*/, double share,
                                                           std::uint64_t /*seed*/) {
    shares.push_back(share);
    return make({.flops = 0, .bytes = 4000, .accesses = 0});
}

std::unique_ptr<Workload> ScriptedDevice::make_core_check(CoreWork /*work*/,
                                                          std::uint64_t /*seed*/) {
    return make({.flops = 3000, .bytes = 2000, .accesses = 0});
}

std::unique_ptr<Workload> ScriptedDevice::make_host_copy(HostCopy copy, std::int64_t copy_bytes) {
    bytes.push_back(copy_bytes);
    const double ways = copy == HostCopy::BothWays ? 2 : 1;
    return make({.flops = 0, .bytes = ways * static_cast<double>(copy_bytes), .accesses = 0});
}

std::unique_ptr<Workload> ScriptedDevice::make_peer_copy(PeerCopy copy, const std::string& peer,
                                                         std::int64_t copy_bytes) {
    peer_copies.push_back(copy);
    peers.push_back(peer);
    const bool both = copy == PeerCopy::EngineBothWays || copy == PeerCopy::KernelBothWays;
    return make({.bytes = (both ? 2 : 1) * static_cast<double>(copy_bytes)});
}

std::unique_ptr<Workload> ScriptedDevice::make_peer_chase(const std::string& peer,
                                                          std::int64_t walked_bytes,
                                                          std::uint64_t /*seed*/) {
    peers.push_back(peer);
    bytes.push_back(walked_bytes);
    return make({.flops = 0, .bytes = 0, .accesses = 1000});
}

std::unique_ptr<Workload> ScriptedCommunicator::make_collective(const CollectiveShape& shape) {
    collectives.push_back(shape);
    const std::int64_t moved = effective_bytes(shape.collective, shape.bytes, ranks_);
    return device_.make({.flops = 0, .bytes = static_cast<double>(moved), .accesses = 0});
}

}  // namespace rackproof::test
