#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "devices/communicator.hpp"

namespace rackproof {

/// What a buffer holds where nothing has arrived; no element is ever expected to be this.
inline constexpr double kUntouched = -1.0;

/// What each rank puts into a collective and must find at its end, element by element. Element i
/// of rank r's contribution is position(i) * (r + 1) + 7 r^2 + 3 with position(i) in 0...4095: a
/// whole number that names its rank and place, and whose sums over ranks are exact in double.
class CollectivePattern {
  public:
    /// `bytes` is S as in Communicator::make_collective; rounded by effective_bytes. An element has
    /// 8 bytes, or fewer that divide them.
    CollectivePattern(Collective collective, std::int64_t bytes, int rank, int ranks,
                      std::size_t element_bytes = sizeof(double));

    [[nodiscard]] Collective collective() const { return collective_; }
    [[nodiscard]] int rank() const { return rank_; }
    [[nodiscard]] int ranks() const { return ranks_; }
    [[nodiscard]] std::int64_t bytes() const { return bytes_; }

    static constexpr double kLargestPosition = 4095;

    /// A run of elements of a buffer, from `at` on: element at + i is position(first + i) x factor
    /// + offset.
    struct Run {
        std::size_t at = 0;
        std::size_t count = 0;
        std::size_t first = 0;
        double factor = 0;
        double offset = 0;
    };
    /// This rank's contribution, and what it must find: the same as fill() and check_and_wipe() do,
    /// for whoever does it elsewhere.
    [[nodiscard]] Run contribution() const;
    [[nodiscard]] std::vector<Run> arrivals() const;

    /// Elements that one MPI call counts: all of S, or a rank's share of it.
    [[nodiscard]] std::size_t count() const { return count_; }
    [[nodiscard]] std::size_t send_elements() const;
    [[nodiscard]] std::size_t receive_elements() const;

    /// This rank's contribution into `send` (into `receive` for a broadcast, whose one buffer it
    /// is); the rest of `receive` is left as it is.
    void fill(std::span<double> send, std::span<double> receive) const;

    /// Checks every element that arrived and wipes it, so that a call that does nothing is seen.
    /// Throws WrongAnswer, naming this rank and the first wrong element.
    void check_and_wipe(std::span<double> receive) const;

  private:
    [[nodiscard]] double expected(std::size_t element) const;
    [[nodiscard]] double contribution(int rank, std::size_t element) const;
    [[nodiscard]] double sum_of_contributions(std::size_t element) const;
    [[nodiscard]] bool is_broadcast_root() const;

    Collective collective_;
    int rank_;
    int ranks_;
    std::int64_t bytes_;
    std::size_t count_;
    double sum_of_factors_ = 0;
    double sum_of_offsets_ = 0;
};

}  // namespace rackproof
