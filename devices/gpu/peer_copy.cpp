#include <algorithm>
#include <array>

#include "core/error.hpp"
#include "core/number_text.hpp"
#include "core/parameters.hpp"
#include "devices/gpu/gpu_device.hpp"
#include "devices/gpu/memory.hpp"
#include "devices/gpu/peer_way.hpp"
#include "devices/gpu/turn.hpp"
#include "devices/gpu/workloads.hpp"

namespace rackproof::gpu {
namespace {

bool is_both_ways(PeerCopy copy) {
    return copy == PeerCopy::EngineBothWays || copy == PeerCopy::KernelBothWays;
}

bool is_by_kernel(PeerCopy copy) {
    return copy == PeerCopy::Kernel || copy == PeerCopy::KernelBothWays;
}

/// One way: what lies on the sender, and where it arrives on the receiver.
struct Way {
    Gpu* from = nullptr;
    Gpu* to = nullptr;
    Memory source;
    Memory destination;
};

/// A block of numbers on each sender and room for as many on each receiver. What arrived is
/// compared by the receiver itself, in its own memory.
class GpuPeerCopy final : public Workload {
  public:
    GpuPeerCopy(Gpu& gpu, Gpu& peer, PeerCopy copy, std::int64_t bytes)
        : gpu_{&gpu}, peer_{&peer}, copy_{copy}, count_{count_of(bytes)} {
        way_ = gpu.reach(peer);
        {
            const Turn turn{peer, gpu};
            way_ = std::min(way_, peer.reach(gpu));
        }
        if (is_by_kernel(copy)) require_reach(gpu, peer, way_);
        ways_[0] = make_way(gpu, peer);
        if (is_both_ways(copy)) ways_[1] = make_way(peer, gpu);
        run();  // once without a clock: a kernel's first launch may wait for all else
        gpu.wait();
        spoil();
        ran_ = false;
    }

    /// Each GPU sends what goes out of it; Main of the first one spans both ways.
    void run() override {
        ran_ = true;
        const bool both = is_both_ways(copy_);
        if (both) gpu_->precede(*peer_);
        send(ways_[0]);
        if (!both) return;
        const Turn turn{*peer_, *gpu_};
        send(ways_[1]);
        peer_->precede(*gpu_);
    }

    [[nodiscard]] Work work() const override {
        return {.bytes = (is_both_ways(copy_) ? 2 : 1) * static_cast<double>(bytes())};
    }

    void verify() override {
        if (!ran_) throw Error{"verify a copy between GPUs", "it never ran"};
        gpu_->wait();
        for (const Way& way : ways_) {
            if (way.to != nullptr) compare(way);
        }
        spoil();
    }

    [[nodiscard]] Variant variant() const override {
        Parameters parameters;
        parameters.set("bytes", static_cast<std::int64_t>(bytes()));
        return {.parameters = parameters.json(),
                .algorithm = is_by_kernel(copy_) ? gpu_->info().vector_unit + ", 16-byte stores"
                                                 : "copy engine of the sender",
                .library = "",
                .transport = std::string{to_string(way_)}};
    }

  private:
    static std::size_t count_of(std::int64_t bytes) {
        constexpr std::int64_t kPair = 2 * sizeof(double);
        if (bytes >= kPair) return static_cast<std::size_t>(bytes / kPair) * 2;
        throw Error{"make a copy between GPUs",
                    "expected 16 bytes or more, got " + std::to_string(bytes)};
    }
    [[nodiscard]] std::size_t bytes() const { return count_ * sizeof(double); }

    [[nodiscard]] Memory memory_of(Gpu& gpu) const {
        const Turn turn{gpu, *gpu_};
        require_free(gpu, static_cast<std::int64_t>(bytes()), "the buffers of a copy between GPUs");
        return gpu_memory(gpu, bytes());
    }

    [[nodiscard]] Way make_way(Gpu& from, Gpu& to) const {
        Way way{&from, &to, memory_of(from), memory_of(to)};
        const Turn turn{from, *gpu_};
        from.fill_pattern(static_cast<double*>(way.source.get()), count_, 0);
        from.wait();
        return way;
    }

    void send(const Way& way) const {
        if (!is_by_kernel(copy_)) {
            return way.from->copy(way.destination.get(), way.source.get(), bytes(), Queue::Main);
        }
        way.from->stream(StreamKernel::Copy, {.out = static_cast<double*>(way.destination.get()),
                                              .x = static_cast<const double*>(way.source.get()),
                                              .count = count_});
    }

    /// So that a later run cannot pass by doing nothing.
    void spoil() const {
        for (const Way& way : ways_) {
            if (way.to == nullptr) continue;
            const Turn turn{*way.to, *gpu_};
            way.to->fill(way.destination.get(), kSpoilt, bytes());
            way.to->wait();
        }
    }

    void compare(const Way& way) const {
        const Turn turn{*way.to, *gpu_};
        const StreamFaults faults =
            way.to->check(StreamKernel::Copy,
                          {.out = static_cast<double*>(way.destination.get()), .count = count_});
        if (faults.wrong == 0) return;
        throw WrongAnswer{
            "copy from GPU " + way.from->info().facts.pci + " to GPU " + way.to->info().facts.pci,
            "number " + std::to_string(faults.first) + " of " + std::to_string(count_) +
                " arrived as " + number_text(faults.seen) + ", expected " +
                number_text(faults.expected) + "; " + std::to_string(faults.wrong) +
                " are wrong in all"};
    }

    Gpu* gpu_;
    Gpu* peer_;
    PeerCopy copy_;
    std::size_t count_;
    PeerWay way_ = PeerWay::ThroughHost;
    std::array<Way, 2> ways_;
    bool ran_ = false;
};

}  // namespace

std::string_view to_string(PeerWay way) noexcept {
    switch (way) {
        case PeerWay::ThroughHost: return "through the host's memory: no peer access";
        case PeerWay::Direct: return "peer access";
        case PeerWay::DirectAtomics: return "peer access with atomics, as over NVLink";
    }
    return "unknown";
}

void require_reach(const Gpu& gpu, const Gpu& peer, PeerWay way) {
    if (way != PeerWay::ThroughHost) return;
    throw Unsupported{"GPU " + gpu.info().facts.pci + " and GPU " + peer.info().facts.pci +
                      " do not reach each other's memory (no peer access)"};
}

std::unique_ptr<Workload> make_peer_copy(Gpu& gpu, Gpu& peer, PeerCopy copy, std::int64_t bytes) {
    return std::make_unique<GpuPeerCopy>(gpu, peer, copy, bytes);
}

}  // namespace rackproof::gpu
