#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "devices/workload.hpp"

namespace rackproof {

enum class Collective : std::uint8_t {
    AllReduce,
    AllGather,
    ReduceScatter,
    Broadcast,
    AllToAll,
    SendReceive,
};
inline constexpr Collective kCollectives[] = {Collective::AllReduce,     Collective::AllGather,
                                              Collective::ReduceScatter, Collective::Broadcast,
                                              Collective::AllToAll,      Collective::SendReceive};
/// "all_reduce", "all_gather", "reduce_scatter", "broadcast", "all_to_all", "send_receive".
[[nodiscard]] std::string_view to_string(Collective collective) noexcept;

/// True where S is the total over the ranks, of which each has a share.
[[nodiscard]] bool is_shared_out(Collective collective);

/// busbw = algbw x factor (nccl-tests, doc/PERFORMANCE.md), with algbw = S / t and S as in
/// Communicator::make_collective. `ranks` >= 1.
[[nodiscard]] double bus_bandwidth_factor(Collective collective, int ranks);

/// The bytes really moved for an asked size: S rounded up so that every rank's share is a whole
/// number of elements of 8 bytes (S / ranks is the share in all-gather, reduce-scatter and
/// all-to-all; S itself in the others). Throws Error unless bytes >= 1 and ranks >= 1.
[[nodiscard]] std::int64_t effective_bytes(Collective collective, std::int64_t bytes, int ranks);

/// Of what a collective's buffers are made.
enum class ElementType : std::uint8_t { Fp64, Fp32, Bf16, Int64 };
/// "fp64", "fp32", "bf16", "int64".
[[nodiscard]] std::string_view to_string(ElementType type) noexcept;
[[nodiscard]] std::size_t bytes_of(ElementType type) noexcept;

enum class Buffers : std::uint8_t { OutOfPlace, InPlace };
/// "out_of_place", "in_place".
[[nodiscard]] std::string_view to_string(Buffers buffers) noexcept;

/// `bytes` is S: what a rank holds (all-reduce, broadcast, send-receive), or the total over ranks
/// (all-gather, reduce-scatter, all-to-all).
struct CollectiveShape {
    Collective collective = Collective::AllReduce;
    std::int64_t bytes = 0;
    ElementType type = ElementType::Fp64;
    Buffers buffers = Buffers::OutOfPlace;
};

/// How far this rank's clock stands from rank 0's, and how well that is known.
struct ClockOffset {
    double offset_s = 0;  ///< add to this rank's steady clock to get rank 0's
    double error_s = 0;   ///< half width
};

/// The ranks of a job, and the collectives over them. Every call but rank() and size() is made by
/// all ranks together.
class Communicator {
  public:
    Communicator() = default;
    Communicator(const Communicator&) = delete;
    Communicator& operator=(const Communicator&) = delete;
    virtual ~Communicator() = default;

    [[nodiscard]] virtual int rank() const = 0;
    [[nodiscard]] virtual int size() const = 0;
    virtual void barrier() = 0;

    /// The largest of the ranks' values, on every rank.
    [[nodiscard]] virtual double max(double value) = 0;
    /// The mean of the ranks' values, on every rank.
    [[nodiscard]] virtual double mean(double value) = 0;
    /// Rank 0's value, on every rank.
    [[nodiscard]] virtual std::int64_t from_first(std::int64_t value) = 0;

    [[nodiscard]] virtual ClockOffset synchronise_clocks() = 0;

    /// Send-receive is a ring: each rank sends to the next and receives from the one before.
    /// work().bytes is the effective S. Throws Unsupported for types and buffers that it does not
    /// have.
    [[nodiscard]] virtual std::unique_ptr<Workload> make_collective(
        const CollectiveShape& shape) = 0;

    /// Why this rank is connected in a slower way than its node's hardware has, as far as the
    /// library says how; once, and empty where nothing says so.
    [[nodiscard]] virtual std::string take_fallback() { return ""; }
};

}  // namespace rackproof
