#include <array>
#include <cmath>

#include "core/number_text.hpp"
#include "hwcheck/nvml/gpu_reading.hpp"

namespace rackproof {
namespace {

constexpr double kMega = 1e6;
constexpr double kMilli = 1e-3;
constexpr double kNano = 1e-9;
constexpr double kPercent = 0.01;

constexpr double kHighestClock = 2e10;
constexpr double kHighestPower = 1e4;
constexpr double kColdest = -60;
constexpr double kHottest = 200;
constexpr double kNoEnd = 1e15;

}  // namespace

const std::vector<GpuChannel>& gpu_channels() {
    using enum SensorKind;
    static const std::vector<GpuChannel> kChannels{
        {"gpu.sm_clock", Frequency, Unit::Hertz, kMega, 0, kHighestClock},
        {"gpu.memory_clock", Frequency, Unit::Hertz, kMega, 0, kHighestClock},
        {"gpu.event_reasons", EventReasons, Unit::One, 1, 0, kNoEnd},
        {"gpu.power_average", Power, Unit::Watt, kMilli, 0, kHighestPower},
        {"gpu.power_usage", Power, Unit::Watt, kMilli, 0, kHighestPower},
        {"gpu.power_instant", Power, Unit::Watt, kMilli, 0, kHighestPower},
        {"gpu.power_limit", PowerLimit, Unit::Watt, kMilli, 0, kHighestPower},
        {"gpu.energy", Energy, Unit::Joule, kMilli, 0, kNoEnd},
        {"gpu.temperature", Temperature, Unit::DegreeCelsius, 1, kColdest, kHottest},
        {"gpu.memory_temperature", Temperature, Unit::DegreeCelsius, 1, kColdest, kHottest},
        {"gpu.margin", Margin, Unit::DegreeCelsius, 1, -kHottest, kHottest},
        {"gpu.utilisation", Utilisation, Unit::One, kPercent, 0, 1},
        {"gpu.memory_utilisation", Utilisation, Unit::One, kPercent, 0, 1},
        {"gpu.fan", Utilisation, Unit::One, kPercent, 0, 4},
        {"gpu.pcie_generation", Link, Unit::One, 1, 1, 16},
        {"gpu.pcie_width", Link, Unit::One, 1, 1, 64},
        {"gpu.throttle.power", ThrottleTime, Unit::Second, kNano, 0, kNoEnd},
        {"gpu.throttle.thermal", ThrottleTime, Unit::Second, kNano, 0, kNoEnd},
        {"gpu.throttle.sync_boost", ThrottleTime, Unit::Second, kNano, 0, kNoEnd},
        {"gpu.throttle.board_limit", ThrottleTime, Unit::Second, kNano, 0, kNoEnd},
        {"gpu.throttle.reliability", ThrottleTime, Unit::Second, kNano, 0, kNoEnd},
        {"gpu.throttle.sw_thermal", ThrottleTime, Unit::Second, kNano, 0, kNoEnd},
        {"gpu.throttle.hw_thermal", ThrottleTime, Unit::Second, kNano, 0, kNoEnd},
        {"gpu.throttle.power_brake", ThrottleTime, Unit::Second, kNano, 0, kNoEnd},
    };
    return kChannels;
}

namespace nvml {
namespace {

/// A sample while it is filled: answers by name, scaled from NVML's unit to the channel's.
class Filling {
  public:
    Filling() : sample_(gpu_channels().size()) {}

    /// `scale` is that of NVML's unit; the channel's resolution, but for what NVML counts in ones.
    template <class Number>
    void put(std::string_view name, const Answer<Number>& answer, double scale) {
        const std::vector<GpuChannel>& channels = gpu_channels();
        for (std::size_t i = 0; i < channels.size(); ++i) {
            if (channels[i].name != name) continue;
            sample_[i] = plausible(channels[i], answer.as([scale](Number value) {
                return static_cast<double>(value) * scale;
            }));
        }
    }
    [[nodiscard]] GpuSample take() { return std::move(sample_); }

  private:
    static Answer<double> plausible(const GpuChannel& channel, const Answer<double>& answer) {
        const std::optional<double> value = answer.value();
        if (!value || (*value >= channel.lowest && *value <= channel.highest)) return answer;
        return Answer<double>::none(kNotSupported,
                                    "the driver says " + number_text(*value) + ", which cannot be");
    }
    GpuSample sample_;
};

struct FieldChannel {
    unsigned field;
    const char* name;
    double scale;
};
constexpr FieldChannel kFieldChannels[] = {
    {kFieldPowerAverage, "gpu.power_average", kMilli},
    {kFieldPowerInstant, "gpu.power_instant", kMilli},
    {kFieldEnergy, "gpu.energy", kMilli},
    {kFieldMemoryTemperature, "gpu.memory_temperature", 1},
    {kFieldThrottlePower, "gpu.throttle.power", kNano},
    {kFieldThrottleThermal, "gpu.throttle.thermal", kNano},
    {kFieldThrottleSyncBoost, "gpu.throttle.sync_boost", kNano},
    {kFieldThrottleBoardLimit, "gpu.throttle.board_limit", kNano},
    {kFieldThrottleReliability, "gpu.throttle.reliability", kNano},
    {kFieldThrottleSwThermal, "gpu.throttle.sw_thermal", kNano},
    {kFieldThrottleHwThermal, "gpu.throttle.hw_thermal", kNano},
    {kFieldThrottlePowerBrake, "gpu.throttle.power_brake", kNano},
};

/// Where a driver does not have the time counters as fields, its older call has some of them:
/// nvmlPerfPolicyType_t is the field less that of the first.
Answer<double> throttle_time(const Library& library, DeviceHandle device, const FieldValue& field) {
    Answer<double> answer = library.value_of(field);
    const bool has_policy =
        field.field >= kFieldThrottlePower && field.field <= kFieldThrottleReliability;
    if (answer || !has_policy) return answer;
    return library.violation_ns(device, static_cast<int>(field.field - kFieldThrottlePower))
        .as([](std::uint64_t time_ns) { return static_cast<double>(time_ns); });
}

void add_fields(const Library& library, DeviceHandle device, Filling& filling) {
    std::array<FieldValue, std::size(kFieldChannels)> fields{};
    for (std::size_t i = 0; i < fields.size(); ++i) fields[i].field = kFieldChannels[i].field;
    library.read_fields(device, fields);
    for (std::size_t i = 0; i < fields.size(); ++i) {
        filling.put(kFieldChannels[i].name, throttle_time(library, device, fields[i]),
                    kFieldChannels[i].scale);
    }
}

Answer<std::uint64_t> event_reasons(const Library& library, DeviceHandle device) {
    const Answer<std::uint64_t> reasons =
        library.wide(device, "nvmlDeviceGetCurrentClocksEventReasons");
    if (reasons || reasons.code() != kFunctionNotFound) return reasons;
    return library.wide(device, "nvmlDeviceGetCurrentClocksThrottleReasons");  // before 535
}

void add_utilisation(const Library& library, DeviceHandle device, Filling& filling) {
    const Answer<Utilization> both =
        library.structure<Utilization>(device, "nvmlDeviceGetUtilizationRates");
    filling.put("gpu.utilisation", both.as([](const Utilization& u) { return u.gpu; }), kPercent);
    filling.put("gpu.memory_utilisation", both.as([](const Utilization& u) { return u.memory; }),
                kPercent);
}

}  // namespace

GpuSample read_sample(const Library& library, DeviceHandle device) {
    Filling filling;
    filling.put("gpu.sm_clock", library.number(device, "nvmlDeviceGetClockInfo", kSmClock), kMega);
    filling.put("gpu.memory_clock", library.number(device, "nvmlDeviceGetClockInfo", kMemoryClock),
                kMega);
    filling.put("gpu.event_reasons", event_reasons(library, device), 1);
    filling.put("gpu.power_usage", library.number(device, "nvmlDeviceGetPowerUsage"), kMilli);
    filling.put("gpu.power_limit", library.number(device, "nvmlDeviceGetEnforcedPowerLimit"),
                kMilli);
    filling.put("gpu.temperature",
                library.number(device, "nvmlDeviceGetTemperature", kGpuTemperature), 1);
    const Answer<MarginTemperature> margin = library.structure<MarginTemperature>(
        device, "nvmlDeviceGetMarginTemperature", {kMarginVersion1, 0});
    filling.put("gpu.margin", margin.as([](const MarginTemperature& m) { return m.margin; }), 1);
    filling.put("gpu.fan", library.number(device, "nvmlDeviceGetFanSpeed"), kPercent);
    filling.put("gpu.pcie_generation",
                library.number(device, "nvmlDeviceGetCurrPcieLinkGeneration"), 1);
    filling.put("gpu.pcie_width", library.number(device, "nvmlDeviceGetCurrPcieLinkWidth"), 1);
    add_utilisation(library, device, filling);
    add_fields(library, device, filling);
    return filling.take();
}

}  // namespace nvml
}  // namespace rackproof
