// How much a controller can take: a real controller, journal and TCP, and workers that are real but
// for their work (runners/pretend_worker.hpp), in processes of their own. Says what arrived, and
// what the controller needed for it; exits with 1 if a record is missing, double or out of order.
//
//   pretend_fleet RACKPROOF telemetry SECONDS    36 nodes x 8 ranks x 8 sensors, once a second
//   pretend_fleet RACKPROOF records COUNT        2 nodes x 8 ranks, COUNT records of 300 bytes each
#include <fmt/format.h>
#include <sys/resource.h>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>

#include "core/error.hpp"
#include "runners/controller.hpp"
#include "runners/journal.hpp"

namespace {

using namespace rackproof;

constexpr std::int32_t kDevicesPerNode = 8;
constexpr std::int32_t kSensors = 8;
constexpr std::size_t kRecordBytes = 300;

/// Starts all ranks of a job in one process.
class PretendLauncher final : public Launcher {
  public:
    explicit PretendLauncher(std::vector<std::string> options) : options_{std::move(options)} {}
    std::string name() const override { return "pretend"; }
    std::string listen_address() const override { return "127.0.0.1"; }
    void check() override {}
    Command command(const JobRequest& request) override {
        Command command{{request.executable.string(), "worker", "--pretend", "--ranks",
                         std::to_string(ranks_of(request)), "--host", request.hosts.at(0).host},
                        request.environment};
        command.arguments.insert(command.arguments.end(), options_.begin(), options_.end());
        command.environment["PMIX_RANK"] = "0";
        return command;
    }

  private:
    std::vector<std::string> options_;
};

record::RunStarted fleet_of(std::int32_t nodes, double deadline_s) {
    record::RunStarted start;
    start.plan_name = "pretend";
    CaseSpec spec;
    spec.name = "pretend.work";
    spec.suite = "pretend";
    spec.deadline_s = deadline_s;
    Manifest& manifest = start.manifest;
    manifest.stages = {"pretend"};
    manifest.cases = {spec};
    for (std::int32_t i = 0; i < nodes; ++i) {
        manifest.nodes.emplace_back().name = fmt::format("n{:03}", i);
        for (std::int32_t k = 0; k < kDevicesPerNode; ++k) {
            manifest.cells.push_back({0, {static_cast<std::int32_t>(manifest.devices.size()), -1}});
            Device& device = manifest.devices.emplace_back();
            device.node = i;
            device.index = k;
        }
    }
    return start;
}

/// What a journal must hold of each rank: numbers from 0, without a gap, none twice.
struct Series {
    std::int64_t next = 0;
    bool broken = false;
    void take(std::int64_t number) {
        broken = broken || number != next;
        ++next;
    }
};

struct Tally {
    std::map<std::string, Series> series;  ///< by sensor and node, or by job and rank
    std::vector<std::string> begun;        ///< by the number of the Reading
    std::size_t cells_lost = 0;            ///< ended other than completed
    std::string first_loss;                ///< why the first of them did

    void take(const record::Record& record) {
        if (const auto* reading = std::get_if<record::Reading>(&record)) {
            begun.push_back(fmt::format("{} {}", reading->sensor, reading->target));
            series[fmt::format("{} {}", reading->sensor, reading->target)].take(
                static_cast<std::int64_t>(reading->value));
        } else if (const auto* readings = std::get_if<record::Readings>(&record)) {
            for (std::size_t i = 0; i < readings->series.size(); ++i) {
                series[begun.at(readings->series[i])].take(
                    static_cast<std::int64_t>(readings->values[i]));
            }
        } else if (const auto* operation = std::get_if<record::Operation>(&record)) {
            series[fmt::format("cell {}", operation->cell)].take(std::stoll(operation->text));
        } else if (const auto* ended = std::get_if<record::CellEnded>(&record)) {
            if (ended->outcome == Outcome::Completed) return;
            if (cells_lost++ == 0) first_loss = ended->reason;
        }
    }
};

struct Cost {
    double cpu_s = 0;
    double wall_s = 0;
    double peak_mb = 0;
};

Cost run(std::int32_t nodes, double seconds, const std::filesystem::path& executable,
         std::vector<std::string> options, const std::filesystem::path& folder) {
    Plan plan;
    plan.run_deadline_s = seconds + 300;
    plan.retests = 0;
    plan.stages.emplace_back().name = "pretend";
    const record::RunStarted start = fleet_of(nodes, seconds + 120);
    PretendLauncher launcher{std::move(options)};
    ControllerParts parts;
    parts.launcher = &launcher;
    parts.talks = [](std::string_view) { return false; };
    RunOptions run_options;
    run_options.directory = folder;
    run_options.executable = executable;
    const auto began = SteadyClock::now();
    Controller{plan, start, run_options, parts}.run();
    Cost cost;
    cost.wall_s = seconds_since(began);
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto whole_s = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
    };
    cost.cpu_s = whole_s(usage.ru_utime) + whole_s(usage.ru_stime);
    cost.peak_mb = static_cast<double>(usage.ru_maxrss) * 1024e-6;
    return cost;
}

int report(const Cost& cost, const Tally& tally, std::size_t series, std::int64_t each) {
    std::size_t whole = 0;
    std::int64_t arrived = 0;
    for (const auto& [name, one] : tally.series) {
        whole += !one.broken && one.next == each ? 1U : 0U;
        arrived += one.next;
    }
    fmt::print("records: {} of {}; series whole and in order: {} of {}\n", arrived,
               static_cast<std::int64_t>(series) * each, whole, series);
    if (tally.cells_lost > 0) {
        fmt::print("ranks given up: {}, the first: {}\n", tally.cells_lost, tally.first_loss);
    }
    fmt::print("controller: {:.1f} s, {:.2f} s of CPU ({:.1f} % of a core), {:.0f} MB at most\n",
               cost.wall_s, cost.cpu_s, 100 * cost.cpu_s / cost.wall_s, cost.peak_mb);
    return whole == series && tally.series.size() == series ? 0 : 1;
}

int measure(const std::filesystem::path& executable, const std::string& mode, int amount) {
    std::string name = (std::filesystem::temp_directory_path() / "pretend-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw Error{"make a folder", name};
    const std::filesystem::path folder = name;
    const bool telemetry = mode == "telemetry";
    const std::int32_t nodes = telemetry ? 36 : 2;
    const std::string text = std::to_string(amount);
    const std::vector<std::string> options =
        telemetry
            ? std::vector<std::string>{"--sensors", std::to_string(kSensors), "--duration", text}
            : std::vector<std::string>{"--records", text, "--text-size",
                                       std::to_string(kRecordBytes)};
    const Cost cost = run(nodes, telemetry ? amount : 60, executable, options, folder);
    Tally tally;
    JournalReader reader{folder / "journal"};
    while (const std::optional<record::Record> record = reader.next()) tally.take(*record);
    std::filesystem::remove_all(folder);
    const auto ranks = static_cast<std::size_t>(nodes) * kDevicesPerNode;
    return report(cost, tally, telemetry ? ranks * kSensors : ranks, amount);
}

}  // namespace

int main(int argc, char** argv) {
    const std::string mode = argc == 4 ? argv[2] : "";
    const int amount = argc == 4 ? std::atoi(argv[3]) : 0;
    if ((mode != "telemetry" && mode != "records") || amount < 1) {
        fmt::print(stderr, "usage: {} RACKPROOF telemetry SECONDS | records COUNT\n", argv[0]);
        return 2;
    }
    try {
        return measure(std::filesystem::absolute(argv[1]), mode, amount);
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
