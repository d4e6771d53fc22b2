#include "suites/measure.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <exception>
#include <optional>
#include <string>

#include "core/error.hpp"

namespace rackproof {
namespace {

constexpr std::int64_t kMostOperations = std::int64_t{1} << 24;

/// Takes warm-ups and samples one at a time. With several ranks, every decision is made on
/// numbers that all of them agree on, so that all do the same.
class Sampler {
  public:
    Sampler(Workload& workload, const MeasureOptions& options, SuiteContext& context,
            Measurement& measured, Communicator* together)
        : workload_{workload},
          options_{options},
          context_{context},
          measured_{measured},
          together_{together},
          timer_{context.device().make_timer()} {}

    /// True when no further step is wanted.
    [[nodiscard]] bool done() {
        if (wrong_ && together_ == nullptr) return true;
        if (samples() >= options_.repetitions) return true;
        return options_.duration_s > 0 && begun_s_ && elapsed_s() >= options_.duration_s;
    }

    /// One warm-up or one sample. Returns the seconds inside the timer.
    double step() {
        if (warmups_ < options_.warmup) {
            context_.operation("warm-up " + std::to_string(warmups_ + 1) + " of " +
                               std::to_string(options_.warmup));
            const double seconds = warmups_++ == 0 ? calibrate() : timed(measured_.operations);
            check_each();
            return seconds;
        }
        if (options_.warmup == 0 && samples() == 0) (void)calibrate();
        return sample();
    }

    /// The check that is left for the end; then a wrong answer leaves.
    void finish() {
        if (options_.check == MeasureOptions::Check::AtTheEnd && !wrong_) verify();
        if (wrong_) throw WrongAnswer{*wrong_};
    }

  private:
    [[nodiscard]] int samples() const { return static_cast<int>(measured_.seconds.size()); }

    [[nodiscard]] double agreed(double value) const {
        return together_ == nullptr ? value : together_->max(value);
    }

    [[nodiscard]] double elapsed_s() const { return agreed(context_.now_s() - *begun_s_); }

    /// Seconds that `operations` runs take, this rank's own.
    double timed(std::int64_t operations) {
        if (together_ != nullptr) together_->barrier();
        if (options_.before_entry) options_.before_entry();
        entry_s_ = context_.now_s();
        std::int64_t done = 0;
        double seconds = 0;
        if (options_.check == MeasureOptions::Check::EveryOutput) {
            do {
                seconds += timed_run_and_check();
            } while (++done < operations && !wrong_);
        } else {
            timer_->start();
            for (; done < operations; ++done) workload_.run();
            seconds = timer_->stop_s();
        }
        exit_s_ = context_.now_s();
        if (!std::isfinite(seconds) || seconds < 0) {
            throw Error{"time " + std::to_string(operations) + " operations",
                        "the device's timer says " + std::to_string(seconds) + " s"};
        }
        done_ = done;
        // What the checks take is part of a sample's length, and not of its rate.
        const bool checks = options_.check == MeasureOptions::Check::EveryOutput;
        operation_s_ = agreed(checks ? exit_s_ - entry_s_ : seconds) / static_cast<double>(done);
        return seconds;
    }

    double timed_run_and_check() {
        timer_->start();
        workload_.run();
        const double seconds = timer_->stop_s();
        verify();
        return seconds;
    }

    /// Finds how many operations take min_sample_s. The first run is cold: it is believed only
    /// if it took twice as long as needed.
    double calibrate() {
        const double wanted_s = options_.min_sample_s;
        double seconds = timed(1);
        if (wanted_s > 0 && operation_s_ < 2 * wanted_s && !wrong_) seconds = timed(1);
        std::int64_t operations = 1;
        while (operations < kMostOperations && !wrong_ &&
               operation_s_ * static_cast<double>(operations) < wanted_s / 2) {
            operations = std::min({at_least(wanted_s), operations * 10, kMostOperations});
            seconds = timed(operations);
        }
        measured_.operations = wanted_s > 0 ? at_least(wanted_s) : 1;
        return seconds;
    }

    /// Operations that take at least so long, as fast as the last ones were.
    [[nodiscard]] std::int64_t at_least(double wanted_s) const {
        const double operations = std::ceil(wanted_s / std::max(operation_s_, 1e-12));
        return static_cast<std::int64_t>(
            std::clamp(operations, 1.0, static_cast<double>(kMostOperations)));
    }

    /// In a burn-in the samples end at even steps of the clock, so that their number and the
    /// duration agree however the speed changes on the way.
    void aim_at_next_step() {
        if (!begun_s_) begun_s_ = context_.now_s();
        if (options_.duration_s <= 0) return;
        const double due_s = options_.duration_s * (samples() + 1) / options_.repetitions;
        measured_.operations = at_least(due_s - elapsed_s());
    }

    double sample() {
        context_.operation("sample " + std::to_string(samples() + 1) + " of " +
                           std::to_string(options_.repetitions));
        aim_at_next_step();
        const double seconds = timed(measured_.operations);
        if (seconds <= 0) {
            throw Error{"time " + std::to_string(measured_.operations) + " operations",
                        "the device's timer says that they took no time"};
        }
        context_.add_timed(seconds);
        measured_.seconds.push_back(seconds / static_cast<double>(done_));
        measured_.entry_s.push_back(entry_s_);
        measured_.time_s.push_back(exit_s_);
        if (options_.after_sample) options_.after_sample(measured_.seconds.back());
        check_each();
        return seconds;
    }

    void check_each() {
        if (options_.check == MeasureOptions::Check::EverySample) verify();
    }

    /// The first wrong answer is kept: alone it ends the sampling, together the others' barriers
    /// still need this rank.
    void verify() {
        try {
            workload_.verify();
            ++measured_.checked;
        } catch (const WrongAnswer& wrong) {
            if (!wrong_) wrong_ = wrong;
            context_.operation(std::string{"wrong answer: "} + wrong.what());
        }
    }

    Workload& workload_;
    const MeasureOptions& options_;
    SuiteContext& context_;
    Measurement& measured_;
    Communicator* together_;
    std::unique_ptr<Timer> timer_;
    int warmups_ = 0;
    double operation_s_ = 0;  ///< of one, with what is checked behind it
    std::int64_t done_ = 0;   ///< operations of the last sample
    double entry_s_ = 0;
    double exit_s_ = 0;
    std::optional<double> begun_s_;
    std::optional<WrongAnswer> wrong_;
};

/// Google Benchmark's own output is not wanted: what counts are the samples.
class Silent : public benchmark::BenchmarkReporter {
  public:
    bool ReportContext(const Context& /*context*/) override { return true; }
    void ReportRuns(const std::vector<Run>& /*runs*/) override {}
};

/// Google Benchmark takes its flags from BENCHMARK_... in the environment. These are set back to
/// what the loop below relies on.
void fix_flags() {
    auto flags = std::to_array<std::string>(
        {"rackproof", "--benchmark_list_tests=false", "--benchmark_repetitions=1",
         "--benchmark_min_warmup_time=0", "--benchmark_enable_random_interleaving=false",
         "--benchmark_out=", "--benchmark_perf_counters=", "--v=0"});
    std::array<char*, flags.size() + 1> arguments{};
    for (std::size_t i = 0; i < flags.size(); ++i) arguments[i] = flags[i].data();
    int count = static_cast<int>(flags.size());
    benchmark::Initialize(&count, arguments.data());
}

/// Google Benchmark drives the sampler: one iteration is one step. No exception crosses its
/// frames; the one that ended the loop leaves from here.
void drive(Sampler& sampler, std::int64_t iterations) {
    static const bool kFlagsFixed = (fix_flags(), true);
    (void)kFlagsFixed;
    bool ran = false;
    std::exception_ptr failure;
    benchmark::ClearRegisteredBenchmarks();
    benchmark::RegisterBenchmark(
        "samples",
        [&](benchmark::State& state) {
            ran = true;
            try {
                while (state.KeepRunning()) {
                    if (sampler.done()) {
                        state.SkipWithError("ended before its last iteration");
                        break;
                    }
                    state.SetIterationTime(sampler.step());
                }
            } catch (...) {
                failure = std::current_exception();
                state.SkipWithError("a step failed");
            }
        })
        ->UseManualTime()
        ->Iterations(iterations);
    Silent silent;
    benchmark::RunSpecifiedBenchmarks(&silent, "samples");
    benchmark::ClearRegisteredBenchmarks();
    if (failure) std::rethrow_exception(failure);
    if (!ran) throw Error{"run Google Benchmark", "it ran nothing"};
}

}  // namespace

void measure(Workload& workload, const MeasureOptions& options, SuiteContext& context,
             Measurement& measured, Communicator* together) {
    if (options.repetitions < 1 || options.warmup < 0) {
        throw Error{"measure", "at least one repetition is needed, and no negative warm-up"};
    }
    measured = {};
    Sampler sampler{workload, options, context, measured, together};
    drive(sampler, std::int64_t{options.warmup} + options.repetitions);
    if (!sampler.done()) throw Error{"run Google Benchmark", "it ended before the last sample"};
    sampler.finish();
}

}  // namespace rackproof
