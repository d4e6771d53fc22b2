#include "suites/burnin_bandwidth.hpp"

#include <utility>

#include "suites/measure.hpp"
#include "suites/stream_arrays.hpp"

namespace rackproof {
namespace {

const Sensor& bandwidth_series() {
    static const Sensor kSensor = [] {
        Sensor sensor;
        sensor.name = "burnin.bandwidth";
        sensor.kind = SensorKind::Utilisation;
        sensor.unit = Unit::BytesPerSecond;
        sensor.scope = Scope::Device;
        return sensor;
    }();
    return kSensor;
}

}  // namespace

BandwidthSlices::BandwidthSlices(std::string case_name, double slice_s, SuiteContext& context)
    : case_name_{std::move(case_name)}, slice_s_{slice_s}, context_{&context} {
    constexpr int kArrays = 3;
    const DeviceInfo& device = context.device().info();
    const std::int64_t bytes = stream_array_bytes(0, device);
    check_stream_memory(bytes, kArrays, device);
    context.operation("allocate and touch arrays of " + std::to_string(bytes) + " bytes");
    triad_ = context.device().make_stream(StreamKernel::Triad, bytes);
}

void BandwidthSlices::measure_one() {
    MeasureOptions options;
    options.warmup = 1;
    options.repetitions = 1;
    options.min_sample_s = slice_s_;
    options.check = MeasureOptions::Check::AtTheEnd;
    Measurement measured;
    measure(*triad_, options, *context_, measured);
    const double rate = triad_->work().bytes / measured.seconds.front();
    context_->reading(bandwidth_series(), rate);
    context_->record_part(case_name_, {rate}, measured.time_s, triad_->variant());
}

void BandwidthSlices::finish() { context_->record(case_name_, {}, {}, triad_->variant()); }

}  // namespace rackproof
