#include "runners/pretend_worker.hpp"

#include <fmt/format.h>

#include <atomic>
#include <cmath>
#include <thread>
#include <vector>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/log.hpp"

namespace rackproof {
namespace {

/// Stands in for whatever suite a plan names.
class PretendSuite final : public Suite {
  public:
    explicit PretendSuite(const Pretence& pretence) : pretence_{&pretence} {}

    [[nodiscard]] std::string_view name() const override { return "pretend"; }
    [[nodiscard]] std::string_view summary() const override { return "does no work"; }
    [[nodiscard]] Scope scope() const override { return Scope::Device; }
    [[nodiscard]] std::vector<ParameterSpec> parameters() const override { return {}; }
    [[nodiscard]] std::vector<CaseSpec> cases(const Parameters& /*all*/) const override {
        return {};
    }
    void run(const CaseSpec& lead, SuiteContext& context) const override {
        send_readings(context);
        for (std::int32_t i = 0; i < pretence_->records; ++i) {
            std::string words = std::to_string(i);
            words.resize(std::max<std::size_t>(words.size(), text_size()), '.');
            context.operation(words);
        }
        context.record(lead.name, {1}, {}, {});
    }

  private:
    [[nodiscard]] std::size_t text_size() const {
        return static_cast<std::size_t>(std::max(0, pretence_->text_size));
    }
    void send_readings(SuiteContext& context) const {
        const auto start = SteadyClock::now();
        const std::int64_t count = std::llround(pretence_->duration_s * pretence_->readings_per_s);
        for (std::int64_t i = 0; i < count; ++i) {
            const double due_s = static_cast<double>(i) / pretence_->readings_per_s;
            std::this_thread::sleep_until(start + seconds(due_s));
            for (const Sensor& sensor : context.sensors()) {
                context.reading(sensor, static_cast<double>(i));
            }
        }
    }
    const Pretence* pretence_;
};

std::vector<Sensor> pretended_sensors(const Pretence& pretence, std::int32_t rank) {
    std::vector<Sensor> sensors;
    for (std::int32_t i = 0; i < pretence.sensors; ++i) {
        Sensor sensor;
        sensor.name = fmt::format("pretend.{}.{}", rank, i);
        sensor.unit = Unit::DegreeCelsius;
        sensor.resolution = 1;
        sensors.push_back(std::move(sensor));
    }
    return sensors;
}

WorkerParts pretended_parts(const Pretence& pretence, const Suite& suite, std::int32_t rank) {
    WorkerParts parts;
    parts.host_name = [&pretence] {
        return pretence.host.empty() ? own_host_name() : pretence.host;
    };
    parts.find_suite = [&suite](std::string_view) { return &suite; };
    parts.open_device = [](const DeviceOptions&, std::int32_t) -> std::unique_ptr<ComputeDevice> {
        throw Unsupported{"a pretended rank has no device"};
    };
    parts.list_devices = [](const DeviceOptions&) { return std::vector<DeviceInfo>{}; };
    parts.find_sensors = [&pretence, rank] { return pretended_sensors(pretence, rank); };
    parts.make_communicator = []() -> std::unique_ptr<Communicator> {
        throw Unsupported{"pretended ranks do not talk to each other"};
    };
    parts.leave = [](int) {};  // no work is ever stuck: each rank leaves by itself
    return parts;
}

}  // namespace

int run_pretend_workers(const WorkerSeat& first, const Pretence& pretence) {
    if (pretence.ranks < 1) throw InputError{"--ranks is below 1"};
    if (!(pretence.readings_per_s > 0)) throw InputError{"--rate is not above 0"};
    const PretendSuite suite{pretence};
    std::atomic<int> failed{0};
    std::vector<std::jthread> threads;
    for (std::int32_t i = 0; i < pretence.ranks; ++i) {
        threads.emplace_back([&, i] {
            WorkerSeat seat = first;
            seat.rank += i;
            try {
                if (serve(seat, pretended_parts(pretence, suite, i)) != 0) ++failed;
            } catch (const std::exception& error) {
                log_error(error.what());
                ++failed;
            }
        });
    }
    threads.clear();
    return failed == 0 ? 0 : 1;
}

}  // namespace rackproof
