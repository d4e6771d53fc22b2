#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace rackproof::simulator {

/// Philox4x32-10: J. K. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC11. Four
/// random words of a counter and a key, and of nothing else: what is drawn for one device does not
/// depend on what was drawn for another before, nor on how many threads draw.
[[nodiscard]] std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                                  std::array<std::uint32_t, 2> key);

/// What a number is drawn for: each purpose has numbers of its own.
enum class Purpose : std::uint32_t {
    RunId,
    Sku,
    Population,
    Fault,
    FaultSize,
    Event,
    DeviceGoodness,
    MetricGoodness,
    NodeEffect,
    RackEffect,
    Repetitions,
    Night,
    NightNoise,
};

/// The random numbers of one seed, purpose and item (say, metric and device), in order. The
/// distributions are our own: those of the standard library differ from one to the next.
class Draws {
  public:
    Draws(std::uint64_t seed, Purpose purpose, std::uint32_t item = 0, std::uint32_t part = 0);

    [[nodiscard]] std::uint32_t word();
    /// Evenly within (0, 1), both ends left out.
    [[nodiscard]] double uniform();
    [[nodiscard]] double between(double low, double high);
    /// Evenly from 0 up to `count` - 1; `count` is at least 1.
    [[nodiscard]] std::size_t below(std::size_t count);
    /// Mean 0, standard deviation 1 (Box and Muller 1958).
    [[nodiscard]] double normal();

  private:
    std::array<std::uint32_t, 2> key_;
    std::array<std::uint32_t, 4> counter_;
    std::array<std::uint32_t, 4> words_{};
    std::size_t used_ = 4;
    std::optional<double> second_normal_;
};

/// `count` of the items, every choice as likely as any other, in the order in which they stand.
[[nodiscard]] std::vector<std::int32_t> chosen(std::vector<std::int32_t> items, std::size_t count,
                                               Draws& draws);

}  // namespace rackproof::simulator
