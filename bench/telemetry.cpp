// A week of a rack's telemetry, from the controller's book to the run file and the verdicts: 168 h
// x 64 devices x 8 sensors at 1 Hz are 310 million readings. Says the sizes, the times and the
// memory; exits with 1 if the run file holds another number of readings, a reading takes 2 bytes or
// more, or a part more memory than it should; of time it only tells.
//
//   telemetry [HOURS [FOLDER]]     168 hours, in the temporary directory (7 GB of it)
//
// The readings are made up: temperatures that wander in whole degrees, power in milliwatts and a
// rate with all its digits, both with noise; clocks, fans and event reasons that change now and
// then. Each part is a process of its own, whose own peak memory is told.
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "analysis/judgement.hpp"
#include "core/error.hpp"
#include "results/run_file.hpp"
#include "results/stored_metrics.hpp"
#include "runners/run_book.hpp"
#include "runners/run_plan.hpp"

namespace {

using namespace rackproof;
namespace fs = std::filesystem;

constexpr std::int32_t kNodes = 8;
constexpr std::int32_t kDevicesPerNode = 8;
constexpr double kMostBytesASample = 2;
constexpr double kMostFinish_s = 120;
constexpr double kMostMemory_mb = 300;  ///< of each part
constexpr std::int64_t kSlice_s = 60;   ///< of the burn-in's rate

struct MadeUp {
    const char* name;
    const char* unit;
    double level;
    double step;   ///< of the sensor
    double moves;  ///< share of the readings that are a step from the one before
    double noise;  ///< standard deviation of each, for itself
};
constexpr std::array<MadeUp, 8> kSensors{{{"gpu.temperature", "degC", 62, 1, 0.15, 0},
                                          {"gpu.memory_temperature", "degC", 78, 1, 0.1, 0},
                                          {"gpu.power_average", "W", 690, 0.001, 0, 7},
                                          {"gpu.sm_clock", "Hz", 1.755e9, 15e6, 0.1, 0},
                                          {"gpu.memory_clock", "Hz", 2.619e9, 0, 0, 0},
                                          {"gpu.fan", "1", 0.4, 0.01, 0.01, 0},
                                          {"gpu.event_reasons", "1", 4, 0, 0, 0},
                                          {"burnin.rate", "FLOP/s", 7.1e14, 0, 0, 2e12}}};

record::RunStarted rack(std::int64_t ticks) {
    record::RunStarted start;
    start.run_id = "00000000-0000-4000-8000-000000000000";
    start.started = "2026-11-29T00:00:00Z";
    start.plan_name = "week";
    start.launcher = "local";
    CaseSpec spec;
    spec.name = "burnin.bf16";
    spec.suite = "burnin";
    spec.unit = "FLOP/s";
    spec.repetitions = static_cast<std::int32_t>(std::max<std::int64_t>(1, ticks / kSlice_s));
    Manifest& manifest = start.manifest;
    manifest.stages = {"soak"};
    manifest.cases = {spec};
    for (std::int32_t node = 0; node < kNodes; ++node) {
        manifest.nodes.emplace_back().name = fmt::format("n{}", node);
        for (std::int32_t k = 0; k < kDevicesPerNode; ++k) {
            manifest.cells.push_back({0, {static_cast<std::int32_t>(manifest.devices.size()), -1}});
            Device& device = manifest.devices.emplace_back();
            device.node = node;
            device.index = k;
        }
    }
    return start;
}

/// What a part of the bench has used, and whether it did what it should.
struct Part {
    double wall_s = 0;
    double processor_s = 0;  ///< on a machine that others use, it says more
    double peak_mb = 0;
    int status = 0;
};

/// Runs it in a process of its own.
Part measured(const std::function<int()>& action) {
    const auto begun = SteadyClock::now();
    const pid_t child = ::fork();
    if (child < 0) throw Error{"fork", "it cannot"};
    if (child == 0) {
        int status = 1;
        try {
            status = action();
        } catch (const std::exception& error) {
            fmt::print(stderr, "{}\n", error.what());
        }
        ::_exit(status);
    }
    int status = 0;
    rusage usage{};
    if (::wait4(child, &status, 0, &usage) != child) throw Error{"wait for a part", "it is gone"};
    const auto seconds_of = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    };
    return {seconds_since(begun), seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime),
            static_cast<double>(usage.ru_maxrss) * 1024e-6,
            WIFEXITED(status) ? WEXITSTATUS(status) : 1};
}

/// Each device has soaked all the time.
void write_rates(RunBook& book, const record::RunStarted& start, std::mt19937_64& random) {
    std::normal_distribution normal{0.0, 1.0};
    for (std::size_t cell = 0; cell < start.manifest.cells.size(); ++cell) {
        record::Samples samples{static_cast<std::int32_t>(cell), 0, {}, {}, {}};
        for (std::int32_t i = 0; i < start.manifest.cases.front().repetitions; ++i) {
            samples.values.push_back(7.1e14 + 2e12 * normal(random));
            samples.time_s.push_back(static_cast<double>(kSlice_s * (i + 1)));
        }
        const double end_s = samples.time_s.back();
        book.write(samples);
        book.write(record::CellEnded{samples.cell, 0, Outcome::Completed, "", end_s});
    }
}

/// As ranks tell it: each device its sensors, somewhere in the second.
int write_journal(const fs::path& journal, std::int64_t ticks) {
    const record::RunStarted start = rack(ticks);
    RunBook book{start, journal};
    std::mt19937_64 random{1};
    std::uniform_real_distribution unit{0.0, 1.0};
    std::normal_distribution normal{0.0, 1.0};
    const std::size_t devices = start.manifest.devices.size();
    std::vector<std::array<double, kSensors.size()>> now(devices);
    std::vector<double> at(devices);
    for (double& offset : at) offset = 0.3 * unit(random);
    for (auto& values : now) {
        for (std::size_t i = 0; i < kSensors.size(); ++i) values[i] = kSensors[i].level;
    }
    for (std::int64_t tick = 0; tick < ticks; ++tick) {
        for (std::size_t device = 0; device < devices; ++device) {
            double time_s = static_cast<double>(tick) + at[device] + 0.01 * unit(random);
            for (std::size_t i = 0; i < kSensors.size(); ++i) {
                const MadeUp& sensor = kSensors[i];
                if (sensor.moves > 0 && unit(random) < sensor.moves) {
                    // Back to its level sooner or later, as a loop that is cooled is.
                    const double away = (now[device][i] - sensor.level) / (sensor.step * 20 + 1e-9);
                    now[device][i] += unit(random) < 0.5 - away / 2 ? sensor.step : -sensor.step;
                }
                double value = now[device][i] + sensor.noise * normal(random);
                if (sensor.step > 0) value = std::round(value / sensor.step) * sensor.step;
                book.write(record::Reading{sensor.name, sensor.unit, Scope::Device,
                                           static_cast<std::int32_t>(device), sensor.step, time_s,
                                           value});
                time_s += 1e-4;
            }
            book.sync_if_due();  // a turn for each rank that has spoken
        }
    }
    write_rates(book, start, random);
    book.finish(true);
    return 0;
}

/// As the last step of `rackproof run` does.
int finish_run_file(const fs::path& journal, const fs::path& file) {
    const FoldedRun folded = fold_journal(journal);
    write_run_file(folded.run, *folded.telemetry, file);
    return 0;
}

int judge_run_file(const fs::path& file) {
    StoredMetrics stored{file};
    const Judgement judgement = judge(stored.facts(), stored, Policy{}, 1);
    fmt::print("judged: {} nodes, {} findings\n", judgement.nodes.size(),
               judgement.findings.size());
    std::fflush(stdout);
    return judgement.nodes.size() == kNodes ? 0 : 1;
}

int count_values(const fs::path& path, std::int64_t wanted) {
    constexpr std::size_t kAtATime = 4096;
    StoredMetrics stored{path};
    TelemetrySource& telemetry = stored.telemetry();
    std::int64_t found = 0;
    std::vector<float> values;
    for (std::size_t i = 0; i < telemetry.sensors().size(); ++i) {
        const std::size_t targets = telemetry.targets(telemetry.sensors()[i].scope);
        for (std::size_t row = 0; row < telemetry.rows(); row += kAtATime) {
            values.resize(std::min(kAtATime, telemetry.rows() - row) * targets);
            telemetry.read_values(i, row, values);
            for (const float value : values) found += std::isnan(value) ? 0 : 1;
        }
    }
    fmt::print("readings in the run file: {} of {}, in {} rows\n", found, wanted, telemetry.rows());
    std::fflush(stdout);
    return found == wanted ? 0 : 1;
}

int bench(double hours, const fs::path& folder) {
    const auto ticks = static_cast<std::int64_t>(hours * 3600);
    const std::int64_t samples =
        ticks * kNodes * kDevicesPerNode * static_cast<std::int64_t>(kSensors.size());
    const auto each = [samples](double bytes) { return bytes / static_cast<double>(samples); };
    const fs::path journal = folder / "journal";
    const fs::path file = folder / "run.h5";
    const Part written = measured([&] { return write_journal(journal, ticks); });
    const auto tell = [](std::string_view what, const Part& part, const std::string& more) {
        fmt::print("{}: {:.1f} s ({:.1f} s of a processor), {:.0f} MB at most{}\n", what,
                   part.wall_s, part.processor_s, part.peak_mb, more);
    };
    fmt::print("{} readings\n", samples);
    tell("into the journal", written,
         fmt::format("; {:.2f} bytes each", each(static_cast<double>(fs::file_size(journal)))));
    std::fflush(stdout);
    const Part finished = measured([&] { return finish_run_file(journal, file); });
    const double bytes = each(static_cast<double>(fs::file_size(file)));
    tell("the run file", finished, fmt::format("; {:.2f} bytes each", bytes));
    std::fflush(stdout);
    const Part judged = measured([&] { return judge_run_file(file); });
    tell("judged", judged, "");
    const Part resumed = measured([&] { return claim_run(journal).so_far.complete ? 0 : 1; });
    tell("read by who goes on with the run", resumed, "");
    std::fflush(stdout);
    const Part counted = measured([&] { return count_values(file, samples); });
    const bool is_small = bytes < kMostBytesASample;
    if (!is_small) fmt::print("a reading takes {} bytes or more\n", kMostBytesASample);
    const double most_mb = std::max(
        {written.peak_mb, finished.peak_mb, judged.peak_mb, resumed.peak_mb, counted.peak_mb});
    if (most_mb >= kMostMemory_mb) fmt::print("{} MB or more: an aim is missed\n", kMostMemory_mb);
    if (finished.wall_s >= kMostFinish_s)
        fmt::print("over {} s: an aim is missed\n", kMostFinish_s);
    const int failed =
        written.status | finished.status | judged.status | resumed.status | counted.status;
    return failed == 0 && is_small ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    const double hours = argc > 1 ? std::strtod(argv[1], nullptr) : 168;
    const bool is_possible = hours * 3600 >= 1 && hours < 10000;  // not so what is no number
    if (argc > 3 || !is_possible) {
        fmt::print(stderr, "usage: {} [HOURS [FOLDER]]\n", argv[0]);
        return 2;
    }
    std::string name =
        ((argc > 2 ? fs::path{argv[2]} : fs::temp_directory_path()) / "telemetry-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
        fmt::print(stderr, "cannot make a folder {}\n", name);
        return 2;
    }
    int status = 1;
    try {
        status = bench(hours, name);
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
    }
    std::error_code ignored;
    fs::remove_all(name, ignored);
    return status;
}
