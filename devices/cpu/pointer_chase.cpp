#include "devices/cpu/pointer_chase.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <string>

#include "core/error.hpp"
#include "core/parameters.hpp"

namespace rackproof::cpu {
namespace {

/// Loads a run: some 10 ms from memory, long enough for any clock, short enough for a deadline.
constexpr std::uint64_t kLoads = std::uint64_t{1} << 17U;

std::uint64_t line_count(std::int64_t bytes) {
    constexpr std::int64_t kLine = sizeof(PointerChase::Line);
    if (bytes < 2 * kLine) {
        throw Error{"make a pointer chase",
                    "expected two lines or more, got " + std::to_string(bytes) + " bytes"};
    }
    return static_cast<std::uint64_t>(bytes / kLine);
}

}  // namespace

PointerChase::PointerChase(ThreadPool& pool, SparePages& spare, std::int64_t bytes,
                           std::uint64_t seed)
    : order_{line_count(bytes), seed},
      seed_{seed},
      spare_{&spare},
      pages_{spare.take_any(order_.count() * sizeof(Line), "the lines of a pointer chase")} {
    lines_ = reinterpret_cast<Line*>(pages_.data());
    // First in order, so that each page is touched by one thread and not all at once; then linked.
    pool.run([this, &pool](int thread) {
        const ItemRange own = share_of(order_.count(), 4096, pool.size(), thread);
        for (std::size_t i = own.begin; i < own.end; ++i) new (lines_ + i) Line{};
    });
    pool.run([this, &pool](int thread) { link(share_of(order_.count(), 1, pool.size(), thread)); });
    position_ = line_at(0);
}

/// Makes the lines at these steps of the cycle lead on, as many at a time as a core can wait for.
void PointerChase::link(ItemRange steps) {
    constexpr std::size_t kAtATime = 64;
    std::array<Line*, kAtATime + 1> lines{};
    for (std::size_t begin = steps.begin; begin < steps.end; begin += kAtATime) {
        const std::size_t count = std::min(kAtATime, steps.end - begin);
        for (std::size_t i = 0; i <= count; ++i) {
            lines[i] = lines_ + order_.place((begin + i) % order_.count());
            __builtin_prefetch(lines[i], 1);
        }
        for (std::size_t i = 0; i < count; ++i) lines[i]->next = lines[i + 1];
    }
}

const PointerChase::Line* PointerChase::line_at(std::uint64_t step) const {
    return lines_ + order_.place(step % order_.count());
}

void PointerChase::run() {
    const Line* at = position_;
    for (std::uint64_t load = 0; load < kLoads; ++load) at = at->next;
    position_ = at;
    steps_ += kLoads;
}

Work PointerChase::work() const { return {.accesses = static_cast<double>(kLoads)}; }

void PointerChase::verify() {
    const Line* expected = line_at(steps_);
    if (position_ == expected) return;
    throw WrongAnswer{"walk " + std::to_string(steps_) + " steps along the cycle",
                      "it ended on line " + std::to_string(position_ - lines_) +
                          ", expected line " + std::to_string(expected - lines_) + " of " +
                          std::to_string(order_.count())};
}

Variant PointerChase::variant() const {
    Parameters parameters;
    parameters.set("lines", static_cast<std::int64_t>(order_.count()));
    parameters.set("seed", std::to_string(seed_));
    return {.parameters = parameters.json(),
            .algorithm = "random cycle, one load a line, 1 thread",
            .library = "",
            .transport = ""};
}

}  // namespace rackproof::cpu
