#include "core/record.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <set>
#include <span>
#include <vector>

#include "core/error.hpp"

namespace rackproof::record {
namespace {

using Bytes = std::vector<std::byte>;

/// Something in every member: one node, two devices, a lead case and its companion.
Manifest example_manifest() {
    Manifest manifest;
    Node node{"n\u00e9", "r012", "7", "3", "h200", "acme", {{"pdu", "p4"}, {"cdu", ""}}, "drained"};
    manifest.nodes = {node};
    manifest.devices = {{0, 0, "cpu", "model", "uuid", "serial", "pci", "vbios", "driver"},
                        {0, 1, "gpu", "", "", "", "", "", ""}};
    manifest.groups = {{0}, {}, {3, 1}};
    manifest.stages = {"devices", "together"};
    CaseSpec lead;
    lead.name = "gemm.fp64";
    lead.suite = "gemm";
    lead.stage = 1;
    lead.scope = Scope::Node;
    lead.unit = "FLOP/s";
    lead.better = Direction::LowerIsBetter;
    lead.definition = "2mnk / t";
    lead.parameters.set("m", std::int64_t{4096});
    lead.parameters.set("tolerance", 1e-9);
    lead.parameters.set("layout", std::string{"column"});
    lead.parameters.set("sizes", std::vector<std::int64_t>{1, 2});
    lead.parameters.set("kinds", std::vector<std::string>{"a", ""});
    lead.repetitions = 12;
    lead.deadline_s = 90;
    lead.expected_s = 3.5;
    CaseSpec companion = lead;
    companion.name = "gemm.fp64.temperature";
    companion.lead = 1;
    manifest.cases = {lead, companion};
    manifest.cells = {{0, {0, -1}}, {1, {1, 0}}};
    return manifest;
}

/// One record of every type, no member left at its default.
std::vector<Record> example_records() {
    return {
        RunStarted{"0f-uuid",
                   "2026-11-23T04:41:11Z",
                   "0.1.0",
                   "smoke",
                   "a = 1\n",
                   "[[node]]",
                   "local",
                   {{"host", "n1"}, {"kernel", "6.1"}},
                   example_manifest()},
        JobStarted{3, 8, 0.25, "mpirun -n 8 rackproof worker"},
        JobEnded{3, 9.5, "killed by signal 9"},
        RankPlaced{3,
                   7,
                   5,
                   1LL << 40,
                   "n1",
                   "0-3,8",
                   {{"mlx5_0", "mlx5_1"}, {{"NCCL_IB_HCA", {"mlx5_1"}}}}},
        CellBegun{11, 1, 7, 2.5},
        Operation{7, 11, 2.75, "verify"},
        Samples{11, 1, {1.5, -2.5e300}, {0.1, 0.2}, {"{\"m\":1}", "dgemm", "openblas", "shm"}},
        RankTimes{11, 1, 7, {0.1}, {0.2, 0.3}, 1e-6},
        RankEnded{11, 1, 7, Outcome::WrongAnswer, "digest differs", 4.5, 1.25},
        CellEnded{11, 1, Outcome::TimedOut, "deadline of 60 s", 60.5},
        Reading{"hwmon.k10temp.Tctl", "degC", Scope::Device, 2, 0.125, 4.25, 61.5},
        Fact{"cpu.model", Scope::NodePair, 4, "/proc/cpuinfo", "EPYC"},
        Happened{{1.5, 2, 3, "error", "lost", "connection closed"}},
        RunFinished{"2026-11-23T05:00:00Z", true},
        Resumed{"2026-11-23T05:10:00Z", 900.5, 600.25, 17},
        Readings{{0, 7}, 12.5, {0, 0.25F}, {55, -1.5F}},
    };
}

TEST(Record, ExamplesCoverEveryType) {
    std::set<std::size_t> types;
    for (const Record& record : example_records()) types.insert(record.index());
    EXPECT_EQ(types.size(), std::variant_size_v<Record>);
}

TEST(Record, ReadsBackWhatWasWritten) {
    for (const Record& record : example_records()) {
        EXPECT_EQ(decode(encode(record)), record) << "type " << record.index();
    }
}

TEST(Record, WritingChangesNothing) {
    const std::vector<Record> records = example_records();
    for (std::size_t i = 0; i < records.size(); ++i) {
        EXPECT_EQ(encode(records[i]), encode(records[i]));
        EXPECT_EQ(records[i], example_records()[i]);
    }
}

// The order of the types is the format: a number, once released, keeps its meaning.
TEST(Record, TypeNumbersAreFixed) {
    EXPECT_EQ(encode(RunStarted{}).front(), std::byte{0});
    EXPECT_EQ(encode(JobStarted{}).front(), std::byte{1});
    EXPECT_EQ(encode(JobEnded{}).front(), std::byte{2});
    EXPECT_EQ(encode(RankPlaced{}).front(), std::byte{3});
    EXPECT_EQ(encode(CellBegun{}).front(), std::byte{4});
    EXPECT_EQ(encode(Operation{}).front(), std::byte{5});
    EXPECT_EQ(encode(Samples{}).front(), std::byte{6});
    EXPECT_EQ(encode(RankTimes{}).front(), std::byte{7});
    EXPECT_EQ(encode(RankEnded{}).front(), std::byte{8});
    EXPECT_EQ(encode(CellEnded{}).front(), std::byte{9});
    EXPECT_EQ(encode(Reading{}).front(), std::byte{10});
    EXPECT_EQ(encode(Fact{}).front(), std::byte{11});
    EXPECT_EQ(encode(Happened{}).front(), std::byte{12});
    EXPECT_EQ(encode(RunFinished{}).front(), std::byte{13});
}

TEST(Record, NumbersThatAreNoneTravelBitByBit) {
    Samples samples;
    const double odd_nan = std::bit_cast<double>(0x7FF80000DEADBEEFULL);
    samples.values = {odd_nan, -0.0, std::numeric_limits<double>::infinity(),
                      std::numeric_limits<double>::denorm_min()};
    const auto back = std::get<Samples>(decode(encode(samples)));
    ASSERT_EQ(back.values.size(), samples.values.size());
    for (std::size_t i = 0; i < samples.values.size(); ++i) {
        EXPECT_EQ(std::bit_cast<std::uint64_t>(back.values[i]),
                  std::bit_cast<std::uint64_t>(samples.values[i]));
    }
}

TEST(Record, TextsWithZerosAndBrokenUtf8Travel) {
    Fact fact;
    fact.value = std::string{"a\0b\xff", 4};
    EXPECT_EQ(std::get<Fact>(decode(encode(fact))).value, fact.value);
}

TEST(Record, EveryTruncationIsAnError) {
    for (const Record& record : example_records()) {
        const Bytes whole = encode(record);
        for (std::size_t size = 0; size < whole.size(); ++size) {
            EXPECT_THROW((void)decode(std::span{whole}.first(size)), Error)
                << "type " << record.index() << ", " << size << " of " << whole.size();
        }
    }
}

TEST(Record, BytesLeftOverAreAnError) {
    for (const Record& record : example_records()) {
        Bytes bytes = encode(record);
        bytes.push_back(std::byte{0});
        EXPECT_THROW((void)decode(bytes), Error) << "type " << record.index();
    }
}

TEST(Record, AnUnknownTypeIsAnError) {
    for (int type = static_cast<int>(std::variant_size_v<Record>); type < 256; ++type) {
        EXPECT_THROW((void)decode(Bytes(64, static_cast<std::byte>(type))), Error) << type;
    }
}

TEST(Record, AnOutcomeOutOfRangeIsAnErrorAndNeverCompleted) {
    Bytes bytes = encode(CellEnded{1, 0, Outcome::Lost, "", 0});
    const std::size_t place = 1 + 4 + 4;  // type, cell, attempt
    ASSERT_EQ(bytes[place], std::byte{4});
    bytes[place] = std::byte{7};
    EXPECT_THROW((void)decode(bytes), Error);
    bytes[place] = std::byte{255};
    EXPECT_THROW((void)decode(bytes), Error);
}

/// Either an Error, or a record that is written and read back the same.
void expect_error_or_record(std::span<const std::byte> bytes) {
    Record record;
    try {
        record = decode(bytes);
    } catch (const Error&) {
        return;
    }
    const Bytes written = encode(record);
    EXPECT_EQ(encode(decode(written)), written);
}

TEST(Record, DamagedBytesAreAnErrorOrAnotherRecord) {
    std::mt19937_64 random{4711};
    for (const Record& record : example_records()) {
        const Bytes whole = encode(record);
        for (int round = 0; round < 2000; ++round) {
            Bytes damaged = whole;
            for (std::uint64_t flips = 1 + random() % 4; flips > 0; --flips) {
                damaged[random() % damaged.size()] = static_cast<std::byte>(random());
            }
            expect_error_or_record(damaged);
        }
    }
}

TEST(Record, RandomBytesAreAnErrorOrARecord) {
    std::mt19937_64 random{815};
    for (int round = 0; round < 50'000; ++round) {
        Bytes bytes(random() % 96);
        // Small bytes make small counts and known types, which reach deeper than noise does.
        const std::uint64_t most = round % 2 == 0 ? 256 : 4;
        for (std::byte& byte : bytes) byte = static_cast<std::byte>(random() % most);
        if (!bytes.empty()) {
            bytes[0] = static_cast<std::byte>(random() % std::variant_size_v<Record>);
        }
        expect_error_or_record(bytes);
    }
}

}  // namespace
}  // namespace rackproof::record
