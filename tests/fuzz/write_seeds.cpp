// Seeds of the fuzzers whose inputs are bytes that nobody can review: made in this build's own
// form, so that they stay whole when the form changes.
//
//     write_seeds FOLDER    writes FOLDER/frames/* and FOLDER/journal/*
//
// Ends with an error if one of them is not understood.

#include <array>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/record.hpp"
#include "runners/journal.hpp"
#include "runners/message.hpp"
#include "runners/run_fold.hpp"
#include "runners/run_plan.hpp"
#include "tests/runners/sample_start.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof {
namespace {

using Bytes = std::vector<std::byte>;

std::string text_of(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

record::RunStarted start_of_two() {
    return test::sample_start(
        2, {test::sample_case("a.b", 0, Scope::Device), test::sample_case("a.c", 1, Scope::Node)});
}

/// One of each kind that follows the start, as a run on two devices has them.
std::vector<record::Record> records() {
    Variant variant;
    variant.parameters = R"({"m":64})";
    variant.library = "a library 1.0";
    std::vector<record::Record> all{
        record::JobStarted{0, 2, 0.5, "mpirun -np 2 rackproof worker"},
        record::RankPlaced{0, 0, 0, 4711, "n001", "0-3,8", {{"mlx5_0"}, {{"UCX", {"mlx5_0"}}}}},
        record::CellBegun{0, 0, 0, 1.0},
        record::Operation{0, 0, 1.0, "multiply"},
        record::Samples{0, 0, {1.0, 2.0, 3.0}, {1.1, 1.2, 1.3}, variant},
        record::RankTimes{2, 0, 0, {1.0}, {1.5}, 1e-6},
        record::RankEnded{0, 0, 0, Outcome::Completed, "", 2.0, 0.9},
        record::CellEnded{0, 0, Outcome::Completed, "", 2.0},
        record::CellEnded{1, 0, Outcome::Lost, "killed by signal 9", 2.0},
        record::CellEnded{2, 0, Outcome::Completed, "", 2.0},
        record::Reading{"gpu.temperature", "degC", Scope::Device, 0, 1.0, 2.0, 55.0},
        record::Readings{{0, 0}, 3.0, {0, 0.5F}, {56.0F, 57.0F}},
        record::Fact{"kernel.release", Scope::Node, 0, "/proc", "6.1"},
        record::Happened{{1.0, 0, -1, "warning", "xid.79", "fallen off the bus"}},
        record::JobEnded{0, 3.0, "exit status 0"},
        record::Resumed{"2026-11-23T05:00:00Z", 4.0, 60.0, 17},
        record::RunFinished{"2026-11-23T05:01:00Z", true}};
    return all;
}

void write_journals(const std::filesystem::path& folder) {
    std::string entries(1, '\0');  // what tests/fuzz/journal_fuzz.cpp takes as records
    RunFold fold{start_of_two()};
    const std::filesystem::path whole = folder / "whole.tmp";
    {
        JournalWriter journal{whole};
        journal.append(start_of_two());
        for (const record::Record& record : records()) {
            const Bytes bytes = record::encode(record);
            entries += static_cast<char>(bytes.size() & 0xFFU);
            entries += static_cast<char>(bytes.size() >> 8U);
            entries += text_of(bytes);
            fold.add(record);
            journal.append(record);
        }
    }
    (void)fold.finish(0);
    (void)run_from_journal(whole);
    test::write_bytes(folder / "records", entries);
    test::write_bytes(folder / "whole", "\x01" + test::bytes_of(whole));
    std::filesystem::remove(whole);
}

void write_frames(const std::filesystem::path& folder) {
    message::RunCell order;
    order.deadline_s = 12.5;
    order.cells = {{7, true, test::sample_case("gemm.fp64", 0, Scope::Device)}};
    message::Surveyed surveyed;
    surveyed.devices.emplace_back();
    const std::array to_controller{
        message::ToController{message::Hello{}},
        message::ToController{message::Answer{std::string(32, 'a')}},
        message::ToController{message::Heartbeat{"multiply"}},
        message::ToController{message::Dying{11}},
        message::ToController{message::report(record::Operation{1, 2, 3.5, "multiply"})},
        message::ToController{surveyed}};
    static_assert(to_controller.size() == std::variant_size_v<message::ToController>);
    const std::array to_worker{
        message::ToWorker{message::Challenge{std::string(32, 'n'), std::string(32, 'p')}},
        message::ToWorker{message::Refusal{"another host", true}},
        message::ToWorker{message::Welcome{}}, message::ToWorker{order},
        message::ToWorker{message::Quit{}}};
    static_assert(to_worker.size() == std::variant_size_v<message::ToWorker>);
    for (const message::ToController& each : to_controller) {
        const Bytes bytes = message::encode(each);
        (void)message::decode_to_controller(bytes);
        test::write_bytes(folder / ("to_controller_" + std::to_string(each.index())),
                          text_of(bytes));
    }
    for (const message::ToWorker& each : to_worker) {
        const Bytes bytes = message::encode(each);
        (void)message::decode_to_worker(bytes);
        test::write_bytes(folder / ("to_worker_" + std::to_string(each.index())), text_of(bytes));
    }
}

}  // namespace
}  // namespace rackproof

int main(int count, char** arguments) {
    if (count != 2) return 2;
    const std::filesystem::path folder{arguments[1]};
    for (const char* name : {"frames", "journal"}) {
        std::filesystem::create_directories(folder / name);
    }
    rackproof::write_frames(folder / "frames");
    rackproof::write_journals(folder / "journal");
    return 0;
}
