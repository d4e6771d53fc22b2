#include <array>
#include <vector>

#include "core/error.hpp"
#include "core/number_text.hpp"
#include "core/parameters.hpp"
#include "devices/cpu/permutation.hpp"
#include "devices/gpu/gpu_device.hpp"
#include "devices/gpu/memory.hpp"
#include "devices/gpu/peer_way.hpp"
#include "devices/gpu/turn.hpp"
#include "devices/gpu/workloads.hpp"

namespace rackproof::gpu {
namespace {

std::size_t input_count(StreamKernel kernel) {
    return kernel == StreamKernel::Add || kernel == StreamKernel::Triad ? 2 : 1;
}

std::string name_of(StreamKernel kernel) { return "membw " + std::string{to_string(kernel)}; }

class GpuStream final : public Workload {
  public:
    GpuStream(Gpu& gpu, StreamKernel kernel, std::int64_t array_bytes)
        : gpu_{&gpu}, kernel_{kernel} {
        constexpr std::int64_t kPair = 2 * sizeof(double);
        // Sums of pattern values below 2^20 are exact up to 2^33 elements.
        constexpr std::int64_t kMostBytes = std::int64_t{8} << 33U;
        if (array_bytes < kPair || array_bytes > kMostBytes) {
            throw Error{"make a stream kernel", "expected arrays of 16 to " +
                                                    std::to_string(kMostBytes) + " bytes, got " +
                                                    std::to_string(array_bytes)};
        }
        arrays_.count = static_cast<std::size_t>(array_bytes / kPair) * 2;
        const std::size_t bytes = arrays_.count * sizeof(double);
        out_bytes_ = kernel == StreamKernel::Read ? kPair : bytes;
        require_free(gpu, static_cast<std::int64_t>(input_count(kernel) * bytes + out_bytes_),
                     "the arrays of " + name_of(kernel));
        for (std::size_t i = 0; i < input_count(kernel); ++i) {
            inputs_[i] = gpu_memory(gpu, bytes);
            gpu.fill_pattern(static_cast<double*>(inputs_[i].get()), arrays_.count,
                             static_cast<int>(i));
        }
        out_ = gpu_memory(gpu, out_bytes_);
        arrays_.x = static_cast<const double*>(inputs_[0].get());
        arrays_.y = static_cast<const double*>(inputs_[1].get());
        arrays_.out = static_cast<double*>(out_.get());
        // Once without a clock: a kernel's first launch may wait for the whole GPU to be idle.
        gpu.stream(kernel, arrays_);
        gpu.fill(out_.get(), kSpoilt, out_bytes_);
        gpu.wait();
    }

    void run() override {
        gpu_->stream(kernel_, arrays_);
        state_ = State::NotVerified;
    }

    [[nodiscard]] Work work() const override {
        const std::size_t arrays = input_count(kernel_) + (kernel_ == StreamKernel::Read ? 0 : 1);
        return {.bytes = static_cast<double>(arrays * arrays_.count * sizeof(double))};
    }

    void verify() override {
        if (state_ == State::NeverRun) throw Error{"verify " + name_of(kernel_), "it never ran"};
        if (state_ == State::NotVerified) {
            faults_ = gpu_->check(kernel_, arrays_);
            gpu_->fill(out_.get(), kSpoilt, out_bytes_);
            state_ = State::Verified;
        }
        if (faults_.wrong == 0) return;
        const bool sum = kernel_ == StreamKernel::Read;
        const std::string which = sum ? "the sum"
                                      : "element " + std::to_string(faults_.first) + " of " +
                                            std::to_string(arrays_.count);
        const std::string all =
            sum ? "" : "; " + std::to_string(faults_.wrong) + " are wrong in all";
        throw WrongAnswer{name_of(kernel_), which + " is " + number_text(faults_.seen) +
                                                ", expected " + number_text(faults_.expected) +
                                                all};
    }

    [[nodiscard]] Variant variant() const override {
        Parameters parameters;
        parameters.set("array_bytes", static_cast<std::int64_t>(arrays_.count * sizeof(double)));
        return {.parameters = parameters.json(),
                .algorithm = gpu_->info().vector_unit + ", 16-byte accesses",
                .library = "",
                .transport = ""};
    }

  private:
    enum class State : std::uint8_t { NeverRun, NotVerified, Verified };
    Gpu* gpu_;
    StreamKernel kernel_;
    std::array<Memory, 2> inputs_;
    Memory out_;
    std::size_t out_bytes_ = 0;
    StreamArrays arrays_;
    State state_ = State::NeverRun;
    StreamFaults faults_;
};

/// One thread that follows a random cycle through all lines, which lie on `home`.
class GpuChase final : public Workload {
  public:
    GpuChase(Gpu& gpu, Gpu& home, std::int64_t bytes, std::uint64_t seed)
        : gpu_{&gpu}, seed_{seed}, order_{line_count(bytes), seed} {
        if (&home != &gpu) {
            const PeerWay way = gpu.reach(home);
            require_reach(gpu, home, way);
            transport_ = to_string(way);
        }
        end_memory_ = gpu_memory(gpu, sizeof end_);
        {
            const Turn turn{home, gpu};
            lay_lines(home);
        }
        gpu.chase(static_cast<const std::uint64_t*>(lines_.get()), 0, 1,
                  static_cast<std::uint64_t*>(end_memory_.get()));
        gpu.wait();
    }

    void run() override {
        gpu_->chase(static_cast<const std::uint64_t*>(lines_.get()),
                    order_.place(steps_ % order_.count()), kLoads,
                    static_cast<std::uint64_t*>(end_memory_.get()));
        steps_ += kLoads;
    }

    [[nodiscard]] Work work() const override { return {.accesses = static_cast<double>(kLoads)}; }

    void verify() override {
        if (steps_ == 0) throw Error{"verify a pointer chase", "it never ran"};
        gpu_->copy(&end_, end_memory_.get(), sizeof end_, Queue::Main);
        gpu_->wait();
        const std::uint64_t expected = order_.place(steps_ % order_.count());
        if (end_ == expected) return;
        throw WrongAnswer{"walk " + std::to_string(steps_) + " steps along the cycle",
                          "it ended on line " + std::to_string(end_) + ", expected line " +
                              std::to_string(expected) + " of " + std::to_string(order_.count())};
    }

    [[nodiscard]] Variant variant() const override {
        Parameters parameters;
        parameters.set("lines", static_cast<std::int64_t>(order_.count()));
        parameters.set("seed", std::to_string(seed_));
        return {.parameters = parameters.json(),
                .algorithm = "random cycle, one load a line of 128 bytes, 1 thread",
                .library = "",
                .transport = transport_};
    }

  private:
    void lay_lines(Gpu& home) {
        const std::size_t all = order_.count() * kLine;
        require_free(home, static_cast<std::int64_t>(all), "the lines of a chase");
        lines_ = gpu_memory(home, all);
        std::vector<std::uint64_t> host(all / sizeof(std::uint64_t));
        constexpr std::size_t kStep = kLine / sizeof(std::uint64_t);
        std::uint64_t line = order_.place(0);
        for (std::uint64_t step = 0; step < order_.count(); ++step) {
            const std::uint64_t next = order_.place((step + 1) % order_.count());
            host[line * kStep] = next;
            line = next;
        }
        home.copy(lines_.get(), host.data(), all, Queue::Main);
        home.wait();
    }

    static constexpr std::size_t kLine = 128;
    static constexpr std::uint64_t kLoads = std::uint64_t{1} << 15U;  ///< some 20 ms

    static std::uint64_t line_count(std::int64_t bytes) {
        if (bytes >= static_cast<std::int64_t>(2 * kLine)) {
            return static_cast<std::uint64_t>(bytes) / kLine;
        }
        throw Error{"make a pointer chase",
                    "expected two lines or more, got " + std::to_string(bytes) + " bytes"};
    }

    Gpu* gpu_;
    std::uint64_t seed_;
    cpu::Permutation order_;
    std::string transport_;
    Memory lines_;
    Memory end_memory_;
    std::uint64_t steps_ = 0;
    std::uint64_t end_ = 0;
};

}  // namespace

std::unique_ptr<Workload> make_stream(Gpu& gpu, StreamKernel kernel, std::int64_t array_bytes) {
    return std::make_unique<GpuStream>(gpu, kernel, array_bytes);
}

std::unique_ptr<Workload> make_pointer_chase(Gpu& gpu, std::int64_t bytes, std::uint64_t seed) {
    return std::make_unique<GpuChase>(gpu, gpu, bytes, seed);
}

std::unique_ptr<Workload> make_peer_chase(Gpu& gpu, Gpu& peer, std::int64_t bytes,
                                          std::uint64_t seed) {
    return std::make_unique<GpuChase>(gpu, peer, bytes, seed);
}

}  // namespace rackproof::gpu
