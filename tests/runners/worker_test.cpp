#include "runners/worker.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>
#include <future>
#include <map>

#include "core/version.hpp"
#include "runners/back_channel.hpp"
#include "runners/worker_context.hpp"
#include "tests/runners/sample_start.hpp"
#include "tests/runners/scripted_worker.hpp"

namespace rackproof {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// A worker in a thread, and this test as its controller.
class WorkerTest : public testing::Test {
  protected:
    WorkerTest() {
        channel_.expect(0, 1);
        parts_ = test::scripted_parts(suite_, clock_, left_);
    }
    ~WorkerTest() override {
        channel_.forget(0);
        if (status_.valid()) status_.wait();
    }

    void start() {
        status_ = std::async(std::launch::async, [this] {
            return serve({channel_.endpoint(), secret_, 0, 0}, parts_);
        });
        serve_until([&] { return !of<record::RankPlaced>().empty(); });
    }

    void serve_until(const std::function<bool()>& done) {
        while (!done()) {
            for (const Arrival& arrival : channel_.handle(0)) {
                if (std::holds_alternative<arrival::Joined>(arrival)) {
                    channel_.send({0, 0}, welcome_);
                } else if (const auto* said = std::get_if<arrival::Said>(&arrival)) {
                    if (const auto* report = std::get_if<message::Report>(&said->message)) {
                        records_.push_back(message::record_of(*report));
                    }
                    if (const auto* beat = std::get_if<message::Heartbeat>(&said->message)) {
                        heartbeats_.push_back(beat->operation);
                    }
                }
            }
        }
    }

    /// Runs the lead "a" with the companions "a.t" and "a.u"; cells 10, 11, 12.
    void run(const test::ScriptedSuite::Action& action, double deadline_s = 1000) {
        suite_.actions["a"] = action;
        message::RunCell order;
        order.attempt = 2;
        order.deadline_s = deadline_s;
        std::int32_t cell = 10;
        for (const char* name : {"a", "a.t", "a.u"}) {
            order.cells.push_back({cell++, true, test::sample_case(name, 0, Scope::Device)});
            order.cells.back().spec.parameters.set("device", device_kind_);
        }
        order.cells[2].wanted = wants_last_;
        const std::size_t expected = of<record::RankEnded>().size() + (wants_last_ ? 3 : 2);
        channel_.send({0, 0}, order);
        serve_until([&] { return of<record::RankEnded>().size() == expected; });
    }

    template <class Type>
    [[nodiscard]] std::vector<Type> of() const {
        std::vector<Type> found;
        for (const record::Record& record : records_) {
            if (const auto* one = std::get_if<Type>(&record)) found.push_back(*one);
        }
        return found;
    }
    [[nodiscard]] record::RankEnded ended(std::int32_t cell) const {
        for (const auto& one : of<record::RankEnded>()) {
            if (one.cell == cell) return one;
        }
        throw Error{"find an ending", "there is none"};
    }

    Secret secret_ = Secret::random();
    BackChannel channel_{"127.0.0.1", secret_, kVersion};
    test::ScriptedSuite suite_;
    test::ScriptedClock clock_;
    std::atomic<int> left_{-1};
    WorkerParts parts_;
    message::Welcome welcome_;
    std::string device_kind_ = "cpu";
    bool wants_last_ = true;
    std::vector<record::Record> records_;
    std::vector<std::string> heartbeats_;
    std::future<int> status_;
};

TEST_F(WorkerTest, SaysWhereItIsAndWhatItHas) {
    welcome_.device = 3;
    welcome_.device_index = 1;
    start();
    const record::RankPlaced placed = of<record::RankPlaced>().at(0);
    EXPECT_EQ(placed.device, 3);
    EXPECT_EQ(placed.cores, "1");
    EXPECT_EQ(placed.pid, ::getpid());
    EXPECT_THAT(placed.host, testing::Not(IsEmpty()));
    const auto facts = of<record::Fact>();
    ASSERT_THAT(facts, testing::Not(IsEmpty()));
    EXPECT_EQ(facts[0].target, 3);
}

TEST_F(WorkerTest, SaysWhichNetworkCardItHas) {
    parts_.read_nics = [] {
        NodeNics node;
        for (const char* name : {"mlx5_0", "mlx5_1"}) {
            Nic& nic = node.nics.emplace_back();
            nic.kind = Nic::Kind::Adapter;
            nic.name = name;
            nic.numa_node = name == std::string{"mlx5_0"} ? 0 : 1;
            nic.way = {"pci0000:00", "0000:00:01.0"};
            nic.state = nic.ports[1] = LinkState::Active;
        }
        return node;
    };
    parts_.place_of = [](const DeviceInfo&) { return DevicePlace{{}, {1}, {0, 1}}; };
    ::setenv("NCCL_IB_HCA", "=mlx5_0", 1);
    start();
    ::unsetenv("NCCL_IB_HCA");
    std::map<std::string, std::string> facts;
    for (const record::Fact& fact : of<record::Fact>()) facts[fact.key] = fact.value;
    EXPECT_EQ(facts.at("worker.nic"), "mlx5_0:1 (NCCL_IB_HCA)");
    EXPECT_EQ(facts.at("worker.nic_nearest"), "mlx5_1 (NODE)");
    EXPECT_EQ(facts.at("worker.nic_pins"), "NCCL_IB_HCA==mlx5_0");
    EXPECT_THAT(of<record::RankPlaced>().at(0).nics.pinned.at("NCCL_IB_HCA"),
                ElementsAre("mlx5_0"));
    const auto told = of<record::Happened>();
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].event.code, "binding");
    EXPECT_EQ(told[0].event.severity, "error");
    EXPECT_THAT(told[0].event.text, HasSubstr("keeps out mlx5_1 (NODE)"));
}

TEST_F(WorkerTest, WorksWhereTheCardsCannotBeRead) {
    parts_.read_nics = []() -> NodeNics { throw Error{"start the reader", "no such file"}; };
    parts_.place_of = [](const DeviceInfo&) { return DevicePlace{}; };
    start();
    for (const record::Fact& fact : of<record::Fact>()) {
        if (fact.key != "worker.nic") continue;
        EXPECT_THAT(fact.value, HasSubstr("not known"));
    }
    EXPECT_THAT(of<record::Happened>(), IsEmpty());
    run(test::record_device);
    EXPECT_EQ(ended(10).outcome, Outcome::Completed);
}

TEST_F(WorkerTest, QuitsWhenItIsTold) {
    start();
    channel_.send({0, 0}, message::Quit{});
    EXPECT_EQ(status_.get(), 0);
    EXPECT_EQ(left_, -1);
}

TEST_F(WorkerTest, LeavesWhenTheControllerHasGone) {
    start();
    channel_.forget(0);
    EXPECT_EQ(status_.get(), kLeftByLostController);
    EXPECT_EQ(left_, kLeftByLostController);
}

TEST_F(WorkerTest, RecordsAndEndsALeadWithItsCompanions) {
    start();
    run([](const CaseSpec& lead, SuiteContext& context) {
        context.operation("multiply");
        Variant variant;
        variant.algorithm = "scripted";
        context.record(lead.name, {1, 2}, {0.5, 1.5}, variant);
        context.record("a.t", {40}, {}, {});
        context.skip("a.u", "no sensor");
        context.add_timed(0.25);
    });
    const auto begun = of<record::CellBegun>();
    ASSERT_THAT(begun, SizeIs(3));
    EXPECT_EQ(begun[0].attempt, 2);
    EXPECT_EQ(of<record::Operation>().at(0).text, "multiply");
    const auto samples = of<record::Samples>();
    ASSERT_THAT(samples, SizeIs(2));
    EXPECT_EQ(samples[0].cell, 10);
    EXPECT_EQ(samples[0].attempt, 2);
    EXPECT_THAT(samples[0].values, ElementsAre(1, 2));
    EXPECT_THAT(samples[0].time_s, ElementsAre(0.5, 1.5));
    EXPECT_EQ(samples[0].variant.algorithm, "scripted");
    EXPECT_EQ(ended(10).outcome, Outcome::Completed);
    EXPECT_EQ(ended(10).timed_s, 0.25);
    EXPECT_EQ(ended(11).outcome, Outcome::Completed);
    EXPECT_EQ(ended(11).timed_s, 0);  // the run's time counts once
    EXPECT_EQ(ended(12).outcome, Outcome::Skipped);
    EXPECT_EQ(ended(12).reason, "no sensor");
}

TEST_F(WorkerTest, WhatIsNotWantedIsNotSent) {
    wants_last_ = false;
    start();
    run([](const CaseSpec& lead, SuiteContext& context) {
        for (const char* name : {"a", "a.t", "a.u"}) context.record(name, {1}, {}, {});
        context.record_rank_times("a.u", {1}, {2}, 0);
        (void)lead;
    });
    EXPECT_THAT(of<record::Samples>(), SizeIs(2));
    EXPECT_THAT(of<record::CellBegun>(), SizeIs(2));
    EXPECT_THAT(of<record::RankTimes>(), IsEmpty());
}

TEST_F(WorkerTest, ThrowingEndsItsCellsAndNotTheWorker) {
    start();
    run([](const CaseSpec& lead, SuiteContext& context) {
        context.record(lead.name, {1}, {}, {});
        throw WrongAnswer("check", "off by one");
    });
    EXPECT_EQ(ended(10).outcome, Outcome::WrongAnswer);
    EXPECT_EQ(ended(11).outcome, Outcome::Failed);
    EXPECT_THAT(of<record::Samples>(), SizeIs(1));
    records_.clear();
    run(test::record_device);
    EXPECT_EQ(ended(10).outcome, Outcome::Completed);
}

TEST_F(WorkerTest, BadNumbersAreNotData) {
    using Action = test::ScriptedSuite::Action;
    const std::vector<std::pair<Action, const char*>> bad{
        {[](auto& lead, auto& c) {
             c.record(lead.name, {1, kNoValue}, {}, {});
         },
         "sample 1 is nan"},
        {[](auto& lead, auto& c) { c.record(lead.name, {}, {}, {}); }, "no samples"},
        {[](auto& lead, auto& c) {
             c.record(lead.name, {1, 2, 3, 4}, {}, {});
         },
         "repetitions are 3"},
        {[](auto& lead, auto& c) {
             c.record(lead.name, {1, 2}, {1}, {});
         },
         "not as many"},
        {[](auto&, auto& c) { c.record("b", {1}, {}, {}); }, "no case of this run"},
        {[](auto& lead, auto& c) { c.skip(lead.name, "no"); }, "throwing Unsupported"},
        {[](auto&, auto&) {}, "recorded no number"},
        {[](auto& lead, auto& c) { c.record_rank_times(lead.name, {1}, {}, 0); }, "differ"},
        {[](auto&, auto& c) { c.communicator().barrier(); }, "do not talk"},
        {[](auto&, auto& c) { c.reading(Sensor{}, kNoValue); }, "no finite number"},
    };
    start();
    for (const auto& [action, words] : bad) {
        records_.clear();
        run(action);
        EXPECT_NE(ended(10).outcome, Outcome::Completed) << words;
        EXPECT_THAT(ended(10).reason, HasSubstr(words));
        EXPECT_THAT(of<record::Samples>(), IsEmpty());
    }
}

TEST_F(WorkerTest, ACaseIsRecordedOnce) {
    start();
    run([](const CaseSpec& lead, SuiteContext& context) {
        context.record(lead.name, {1}, {}, {});
        context.skip("a.u", "no sensor");
        EXPECT_THROW(context.record(lead.name, {2}, {}, {}), Error);
        EXPECT_THROW(context.record("a.u", {2}, {}, {}), Error);
    });
    EXPECT_THAT(of<record::Samples>(), SizeIs(1));
}

TEST_F(WorkerTest, TheWatchdogEndsAHungRunWithItsLastWords) {
    std::promise<void> released;
    std::shared_future<void> release = released.get_future();
    start();
    run(
        [release](const CaseSpec&, SuiteContext& context) {
            context.operation("hang");
            release.wait();
        },
        0.05);
    EXPECT_EQ(ended(10).outcome, Outcome::TimedOut);
    EXPECT_THAT(ended(10).reason, HasSubstr("not done within 0.05 s; last words: hang"));
    EXPECT_EQ(ended(12).outcome, Outcome::TimedOut);
    serve_until([&] { return left_ == kLeftByDeadline; });
    released.set_value();
    EXPECT_EQ(status_.get(), kLeftByDeadline);
    EXPECT_THAT(of<record::RankEnded>(), SizeIs(3));  // and nobody ended them again
}

TEST_F(WorkerTest, HeartbeatsGoOnDuringTheWork) {
    std::promise<void> released;
    std::shared_future<void> release = released.get_future();
    start();
    suite_.actions["a"] = [release](const CaseSpec& lead, SuiteContext& context) {
        context.operation("work");
        release.wait();
        test::record_device(lead, context);
    };
    message::RunCell order;
    order.deadline_s = 1000;
    order.cells.push_back({0, true, test::sample_case("a", 0, Scope::Device)});
    channel_.send({0, 0}, order);
    serve_until([&] { return std::ranges::count(heartbeats_, "work") >= 2; });
    released.set_value();
    serve_until([&] { return !of<record::RankEnded>().empty(); });
}

TEST_F(WorkerTest, ADeviceThatDoesNotOpenFailsTheCasesThatNeedIt) {
    parts_.open_device = [](const DeviceOptions&, std::int32_t) -> std::unique_ptr<ComputeDevice> {
        throw Error{"open device 0", "it is on fire"};
    };
    start();
    run([](const CaseSpec&, SuiteContext& context) { (void)context.device(); });
    EXPECT_EQ(ended(10).outcome, Outcome::Failed);
    EXPECT_THAT(ended(10).reason, HasSubstr("it is on fire"));
}

TEST_F(WorkerTest, ADeviceThatLiesElsewhereThanTheRunSaysIsNotMeasured) {
    welcome_.device_index = 1;
    welcome_.device_pci = "0000:5d:00.0";
    parts_.open_device = [this](const DeviceOptions&, std::int32_t) {
        auto device = std::make_unique<test::ScriptedDevice>(clock_);
        device->facts.facts.pci = "0000:19:00.0";
        return device;
    };
    start();
    EXPECT_THAT(of<record::Fact>(), IsEmpty()) << "nothing is told of it";
    run([](const CaseSpec&, SuiteContext& context) { (void)context.device(); });
    EXPECT_EQ(ended(10).outcome, Outcome::Failed);
    EXPECT_THAT(ended(10).reason, HasSubstr("0000:5d:00.0"));
    EXPECT_THAT(ended(10).reason, HasSubstr("device 1 of this process is the one at 0000:19:00.0"));
}

TEST_F(WorkerTest, ADeviceOfAnotherKindSkipsAndSaysWhyThereIsNone) {
    parts_.why_no_gpus = [] { return std::string{"no NVIDIA driver is installed"}; };
    start();
    message::RunCell order;
    order.deadline_s = 1000;
    order.cells.push_back({10, true, test::sample_case("a", 0, Scope::Device)});
    order.cells[0].spec.parameters.set("device", std::string{"gpu"});
    channel_.send({0, 0}, order);
    serve_until([&] { return !of<record::RankEnded>().empty(); });
    EXPECT_EQ(ended(10).outcome, Outcome::Skipped);
    EXPECT_THAT(ended(10).reason, HasSubstr("this node has no gpu: no NVIDIA driver is installed"));
}

TEST_F(WorkerTest, AProcessThatHasLostItsDeviceEndsAfterItsLastWord) {
    struct Losing : test::ScriptedDevice {
        using ScriptedDevice::ScriptedDevice;
        bool is_lost() const override { return true; }
    };
    parts_.open_device = [this](const DeviceOptions&, std::int32_t) {
        return std::make_unique<Losing>(clock_);
    };
    start();
    run([](const CaseSpec&, SuiteContext&) { throw Error{"multiply", "illegal address"}; });
    EXPECT_EQ(ended(10).outcome, Outcome::Failed);
    EXPECT_EQ(status_.get(), kLeftByLostDevice);
}

TEST_F(WorkerTest, AnUnknownSuiteIsSkippedAndSaid) {
    parts_.find_suite = [](std::string_view) { return nullptr; };
    start();
    run(test::record_device);
    EXPECT_EQ(ended(10).outcome, Outcome::Skipped);
    EXPECT_THAT(ended(10).reason, HasSubstr("no suite 'scripted'"));
}

TEST_F(WorkerTest, TheFirstRankOfAHostHasItsSensors) {
    parts_.find_sensors = [] {
        Sensor sensor;
        sensor.name = "hwmon.x";
        sensor.unit = Unit::DegreeCelsius;
        sensor.resolution = 0.5;
        return std::vector<Sensor>{sensor};
    };
    start();
    run([](const CaseSpec& lead, SuiteContext& context) {
        context.reading(context.sensors().at(0), 41.5);
        test::record_device(lead, context);
    });
    const record::Reading reading = of<record::Reading>().at(0);
    EXPECT_EQ(reading.sensor, "hwmon.x");
    EXPECT_EQ(reading.unit, "degC");
    EXPECT_EQ(reading.value, 41.5);
    EXPECT_EQ(reading.resolution, 0.5);
}

/// A GPU whose counters a test moves.
class ScriptedGpu final : public GpuSource {
  public:
    GpuRead<GpuSample> sample() override {
        return {GpuSample(gpu_channels().size(), Answer<double>::of(50)), "", ""};
    }
    GpuRead<GpuState> state() override {
        return {
            {{"ecc.volatile.uncorrected", Answer<std::uint64_t>::of(errors)}}, code, "as asked"};
    }
    GpuRead<GpuFacts> facts() override {
        return {{{"vbios", Answer<std::string>::of("96.00")},
                 {"nvml", Answer<std::string>::of("13.5")},
                 {"mig_mode", Answer<std::string>::none(3, "not supported")}},
                "",
                ""};
    }
    std::atomic<std::uint64_t> errors = 4;
    std::string code;
};

class WorkerOfAGpu : public WorkerTest {
  protected:
    WorkerOfAGpu() {
        device_kind_ = "gpu";
        parts_.open_device = [this](const DeviceOptions&, std::int32_t) {
            auto device = std::make_unique<test::ScriptedDevice>(clock_);
            device->facts.facts.kind = "gpu";
            return device;
        };
        parts_.watch_gpu = [this](const Device&) { return gpu_; };
        welcome_.node = 2;
        welcome_.device = 5;
    }
    std::vector<Event> events() {
        serve_until([this] { return !of<record::Happened>().empty(); });
        std::vector<Event> events;
        for (const record::Happened& happened : of<record::Happened>()) {
            events.push_back(happened.event);
        }
        return events;
    }
    std::shared_ptr<ScriptedGpu> gpu_ = std::make_shared<ScriptedGpu>();
};

TEST_F(WorkerOfAGpu, SaysWhatNvmlKnowsAndWhatItDoesNot) {
    start();
    std::map<std::string, std::string> facts;
    for (const record::Fact& fact : of<record::Fact>()) {
        if (fact.source == "NVML 13.5") facts[fact.key] = fact.value;
        EXPECT_EQ(fact.target, 5);
    }
    EXPECT_EQ(facts.at("nvml.vbios"), "96.00");
    EXPECT_EQ(facts.at("nvml.mig_mode"), "");
    EXPECT_EQ(facts.at("nvml.not_known"), "mig_mode: not supported");
}

TEST_F(WorkerOfAGpu, TellsWhatACaseHasLeftInTheCounters) {
    start();
    run([this](const CaseSpec& lead, SuiteContext& context) {
        gpu_->errors = 6;
        test::record_device(lead, context);
    });
    const std::vector<Event> events = this->events();
    ASSERT_EQ(events.size(), 1U);
    EXPECT_EQ(events[0].code, "gpu_ecc_uncorrected");
    EXPECT_EQ(events[0].severity, "error");
    EXPECT_EQ(events[0].node, 2);
    EXPECT_EQ(events[0].device, 5);
    EXPECT_THAT(events[0].text, HasSubstr("2 new uncorrected ECC errors"));
    EXPECT_THAT(events[0].text, HasSubstr("with a at work"));
}

TEST_F(WorkerOfAGpu, ReadsItsSensorsAsThoseOfTheDevice) {
    start();
    run([](const CaseSpec& lead, SuiteContext& context) {
        for (const Sensor& sensor : context.sensors()) {
            if (sensor.name == "gpu.temperature") context.reading(sensor, 61);
        }
        context.event("warning", "something", "happened");
        test::record_device(lead, context);
    });
    const record::Reading reading = of<record::Reading>().at(0);
    EXPECT_EQ(reading.scope, Scope::Device);
    EXPECT_EQ(reading.target, 5);
    EXPECT_EQ(reading.unit, "degC");
    EXPECT_EQ(reading.resolution, 1);
    EXPECT_EQ(events().at(0).code, "something");
}

TEST_F(WorkerOfAGpu, GoesOnWhenNvmlCannotBeAsked) {
    gpu_->code = "nvml_silent";
    start();
    EXPECT_EQ(events().at(0).code, "nvml_silent");
    run(test::record_device);
    EXPECT_EQ(ended(10).outcome, Outcome::Completed);
    EXPECT_EQ(events().size(), 1U) << "it is told once";
}

TEST(RunClockTest, IsExactOnTheControllersOwnHost) {
    message::Welcome welcome;
    welcome.boot_id = "this boot";
    welcome.now_s = 5;
    welcome.steady_s = steady_now_s() - 100;  // welcomed long ago
    EXPECT_NEAR(RunClock(welcome, "this boot").now_s(), 105, 5);
    EXPECT_NEAR(RunClock(welcome, "another").now_s(), 5, 5);
    welcome.boot_id.clear();
    EXPECT_NEAR(RunClock(welcome, "").now_s(), 5, 5);
}

class SeatTest : public testing::Test {
  protected:
    SeatTest() {
        for (const char* name : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "SLURM_PROCID"}) {
            ::unsetenv(name);
        }
        ::setenv(kControllerVariable, "127.0.0.1:4711", 1);
        ::setenv(kJobVariable, "7", 1);
        ::setenv(kSecretVariable, std::string(64, 'a').c_str(), 1);
        ::setenv("PMIX_RANK", "3", 1);
    }
    ~SeatTest() override {
        for (const char* name : {kControllerVariable, kJobVariable, kSecretVariable, "PMIX_RANK"}) {
            ::unsetenv(name);
        }
    }
};

TEST_F(SeatTest, IsWhatTheEnvironmentSays) {
    const WorkerSeat seat = seat_from_environment();
    EXPECT_EQ(seat.controller.port, 4711);
    EXPECT_EQ(seat.job, 7);
    EXPECT_EQ(seat.rank, 3);
    EXPECT_EQ(seat.secret.hex(), std::string(64, 'a'));
    EXPECT_EQ(std::getenv(kSecretVariable), nullptr);  // not for whoever is started later
}

TEST_F(SeatTest, AnythingMissingOrMalformedIsAnInputError) {
    for (const char* name : {kControllerVariable, kJobVariable, kSecretVariable, "PMIX_RANK"}) {
        const char* before = std::getenv(name);
        ASSERT_NE(before, nullptr) << name;
        const std::string kept = before;
        ::unsetenv(name);
        EXPECT_THROW((void)seat_from_environment(), InputError) << name;
        ::setenv(name, "-1", 1);
        EXPECT_THROW((void)seat_from_environment(), InputError) << name;
        ::setenv(name, kept.c_str(), 1);
        ::setenv(kSecretVariable, std::string(64, 'a').c_str(), 1);
    }
}

}  // namespace
}  // namespace rackproof
