#include "devices/cpu/stream.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "core/error.hpp"
#include "core/number_text.hpp"
#include "core/parameters.hpp"
#include "devices/cpu/raw_timer.hpp"

namespace rackproof::cpu {
namespace {

constexpr std::size_t kElementsALine = 64 / sizeof(double);
/// How far each array starts beyond a whole page after the one before, 34.5 KiB. Arrays that start
/// on like boundaries meet in the same cache sets and memory banks: measured on Zen 3, triad on one
/// core was 20 % faster with this than without, and nothing between 16 and 256 KiB was better.
constexpr std::size_t kStagger = 552 * kElementsALine;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

constexpr std::size_t kMostArrays = 3;

std::size_t array_count(StreamKernel kernel) {
    switch (kernel) {
        case StreamKernel::Copy:
        case StreamKernel::Scale: return 2;
        case StreamKernel::Add:
        case StreamKernel::Triad: return kMostArrays;
        case StreamKernel::Read: return 1;
    }
    throw Error{"make a stream kernel", "no such kernel"};
}

StreamLoop loop_of(const StreamLoops& loops, StreamKernel kernel) {
    switch (kernel) {
        case StreamKernel::Copy: return loops.copy;
        case StreamKernel::Scale: return loops.scale;
        case StreamKernel::Add: return loops.add;
        case StreamKernel::Triad: return loops.triad;
        case StreamKernel::Read: return nullptr;
    }
    return nullptr;
}

PatternCheck check_of(const InstructionSet& set, StreamKernel kernel) {
    switch (kernel) {
        case StreamKernel::Copy: return set.check_copy;
        case StreamKernel::Scale: return set.check_scale;
        case StreamKernel::Add: return set.check_add;
        case StreamKernel::Triad:
        case StreamKernel::Read: break;
    }
    return set.check_triad;
}

std::size_t element_count(std::int64_t array_bytes) {
    // A thread's sum of pattern values below 2^20 is exact up to 2^33 elements.
    constexpr std::int64_t kMostBytes = std::int64_t{8} << 33U;
    constexpr std::int64_t kElement = sizeof(double);
    if (array_bytes < kElement || array_bytes > kMostBytes) {
        throw Error{"make a stream kernel", "expected arrays of 8 to " +
                                                std::to_string(kMostBytes) + " bytes, got " +
                                                std::to_string(array_bytes)};
    }
    return static_cast<std::size_t>(array_bytes / kElement);
}

/// Elements between the starts of two arrays: whole lines, and the stagger.
std::size_t pitch(std::size_t count) {
    constexpr std::size_t kPage = 4096 / sizeof(double);
    return (count + kPage - 1) / kPage * kPage + kStagger;
}

}  // namespace

Stream::Stream(ThreadPool& pool, const InstructionSet& set, SparePages& spare, StreamKernel kernel,
               std::int64_t array_bytes)
    : pool_{&pool},
      set_{&set},
      kernel_{kernel},
      count_{element_count(array_bytes)},
      spare_{&spare},
      pages_{spare.take(array_count(kernel) * pitch(count_) * sizeof(double),
                        kMostArrays * pitch(count_) * sizeof(double),
                        "the arrays of membw " + std::string{to_string(kernel)})},
      partials_(static_cast<std::size_t>(pool.size())) {
    auto* start = reinterpret_cast<double*>(pages_.data());
    const std::size_t arrays = array_count(kernel);
    x_ = start;
    out_ = arrays > 1 ? start + pitch(count_) : nullptr;
    y_ = arrays > 2 ? start + 2 * pitch(count_) : nullptr;
    pool_->run([this](int thread) {
        const ItemRange own = share(thread);
        set_->fill_pattern(x_ + own.begin, own.begin, own.size(), 0);
        if (y_ != nullptr) set_->fill_pattern(y_ + own.begin, own.begin, own.size(), 1);
        if (out_ != nullptr) std::fill(out_ + own.begin, out_ + own.end, kNan);
    });
    use(Store::Temporal);
}

ItemRange Stream::share(int thread) const {
    return share_of(count_, kElementsALine, pool_->size(), thread);
}

void Stream::use(Store store) {
    store_ = store;
    loop_ = loop_of(store == Store::Temporal ? set_->temporal : set_->non_temporal, kernel_);
}

Store Stream::faster_store() {
    if (loop_of(set_->non_temporal, kernel_) == nullptr) return Store::Temporal;
    constexpr std::size_t kRounds = 7;
    // The median of paired trials, and a wide margin: a disturbed trial must not make one device
    // of a model choose differently from the next. Where temporal stores really win, they avoid a
    // whole stream, and win by more.
    constexpr double kClearWin = 0.85;
    std::array<double, kRounds> ratios{};
    // A part of its own for each trial: all arrays each time would cost more than the samples.
    for (std::size_t round = 0; round < kRounds; ++round) {
        const double temporal_s = time_part_s(Store::Temporal, 2 * round, 2 * kRounds);
        ratios[round] = temporal_s / time_part_s(Store::NonTemporal, 2 * round + 1, 2 * kRounds);
    }
    std::ranges::nth_element(ratios, ratios.begin() + kRounds / 2);
    return ratios[kRounds / 2] < kClearWin ? Store::Temporal : Store::NonTemporal;
}

double Stream::time_part_s(Store store, std::size_t part, std::size_t parts) {
    const Store before = store_;
    use(store);
    RawTimer timer;
    timer.start();
    run_part(part, parts);
    const double elapsed_s = timer.stop_s();
    use(before);
    return elapsed_s;
}

void Stream::run() {
    run_part(0, 1);
    state_ = State::NotVerified;
}

/// Over one of the `parts` of each thread's elements.
void Stream::run_part(std::size_t part, std::size_t parts) {
    pool_->run([this, part, parts](int thread) {
        const ItemRange whole = share(thread);
        ItemRange own =
            share_of(whole.size(), kElementsALine, static_cast<int>(parts), static_cast<int>(part));
        own = {whole.begin + own.begin, whole.begin + own.end};
        if (kernel_ == StreamKernel::Read) {
            partials_[static_cast<std::size_t>(thread)].sum = set_->sum(x_ + own.begin, own.size());
        } else {
            loop_(out_ + own.begin, x_ + own.begin, y_ == nullptr ? nullptr : y_ + own.begin,
                  own.size());
        }
    });
}

Work Stream::work() const {
    return {.bytes = static_cast<double>(array_count(kernel_) * sizeof(double) * count_)};
}

void Stream::verify() {
    if (state_ == State::NeverRun) throw Error{"verify a stream kernel", "it never ran"};
    if (state_ == State::NotVerified) {
        fault_ = kernel_ == StreamKernel::Read ? wrong_sum() : wrong_element();
        state_ = fault_.empty() ? State::Right : State::Wrong;
    }
    if (state_ != State::Right) {
        throw WrongAnswer{"membw " + std::string{to_string(kernel_)}, fault_};
    }
}

std::string Stream::wrong_element() {
    std::vector<std::size_t> wrong(static_cast<std::size_t>(pool_->size()), count_);
    std::vector<double> seen(wrong.size(), 0);
    pool_->run([&](int thread) {
        const ItemRange own = share(thread);
        const std::size_t at = check_of(*set_, kernel_)(out_ + own.begin, own.begin, own.size());
        if (at == own.size()) return;
        wrong[static_cast<std::size_t>(thread)] = own.begin + at;
        seen[static_cast<std::size_t>(thread)] = out_[own.begin + at];
    });
    const auto first = std::ranges::min_element(wrong);
    if (*first == count_) return "";
    // The check stops at a fault; what it has not spoiled must not pass later.
    pool_->run([this](int thread) {
        const ItemRange own = share(thread);
        std::fill(out_ + own.begin, out_ + own.end, kNan);
    });
    double expected = 0;
    double inputs[2];
    set_->fill_pattern(&inputs[0], *first, 1, 0);
    set_->fill_pattern(&inputs[1], *first, 1, 1);
    loop_of(set_->temporal, kernel_)(&expected, &inputs[0], &inputs[1], 1);
    return "element " + std::to_string(*first) + " of " + std::to_string(count_) + " is " +
           number_text(seen[static_cast<std::size_t>(first - wrong.begin())]) + ", expected " +
           number_text(expected);
}

std::string Stream::wrong_sum() {
    std::vector<Partial> expected(partials_.size());
    pool_->run([&](int thread) {
        const ItemRange own = share(thread);
        expected[static_cast<std::size_t>(thread)].sum =
            set_->pattern_sum(own.begin, own.size(), 0);
    });
    std::string fault;
    for (std::size_t thread = 0; thread < partials_.size(); ++thread) {
        const double seen = std::exchange(partials_[thread].sum, kNan);
        if (seen == expected[thread].sum || !fault.empty()) continue;
        fault = "thread " + std::to_string(thread) + " summed up " + std::to_string(seen) +
                ", expected " + std::to_string(expected[thread].sum);
    }
    return fault;
}

Variant Stream::variant() const {
    Parameters parameters;
    parameters.set("array_bytes", static_cast<std::int64_t>(count_ * sizeof(double)));
    parameters.set("threads", std::int64_t{pool_->size()});
    std::string algorithm{set_->name};
    if (kernel_ != StreamKernel::Read) {
        algorithm += store_ == Store::Temporal ? " temporal" : " non-temporal";
    }
    algorithm +=
        ", " + std::to_string(pool_->size()) + (pool_->size() == 1 ? " thread" : " threads");
    return {
        .parameters = parameters.json(), .algorithm = algorithm, .library = "", .transport = ""};
}

}  // namespace rackproof::cpu
