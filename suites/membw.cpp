// Measures:  sustained memory bandwidth (copy, scale, add, triad by STREAM's count of bytes, and a
//            read-only sum), the latency of dependent loads, and a GPU's copies to and from the
//            host.
// How:       one kernel repeated over arrays of at least 4 x the last-level cache, touched first
//            by the threads that use them; latency by a random cycle through as much memory; copies
//            by the GPU's copy engines from pinned memory near it, by the GPU's own clock.
// Fooled by: arrays that fit a cache, another process on the same memory controller, write
//            allocation (never counted: non-temporal stores look faster), huge pages (latency).
#include <algorithm>
#include <optional>

#include "core/error.hpp"
#include "suites/sampling.hpp"
#include "suites/stream_arrays.hpp"
#include "suites/suite.hpp"

namespace rackproof {
namespace {

constexpr SamplingDefaults kMembwSampling{.repetitions = 10, .warmup = 1, .min_sample_s = 0.1};
constexpr const char* kLatency = "latency";
constexpr double kLeastArrayBytes = 4096;
constexpr StreamKernel kKernels[] = {StreamKernel::Copy, StreamKernel::Scale, StreamKernel::Add,
                                     StreamKernel::Triad, StreamKernel::Read};

constexpr HostCopy kCopies[] = {HostCopy::HostToDevice, HostCopy::DeviceToHost, HostCopy::BothWays};

std::optional<HostCopy> copy_from(const std::string& text) {
    for (const HostCopy copy : kCopies) {
        if (to_string(copy) == text) return copy;
    }
    return std::nullopt;
}

StreamKernel kernel_from(const std::string& text) {
    for (const StreamKernel kernel : kKernels) {
        if (to_string(kernel) == text) return kernel;
    }
    throw Error{"choose a stream kernel", "'" + text + "' is none"};
}

std::vector<std::string> all_kernels() {
    std::vector<std::string> names;
    for (const StreamKernel kernel : kKernels) names.emplace_back(to_string(kernel));
    names.emplace_back(kLatency);
    return names;
}

std::vector<std::string> all_choices() {
    std::vector<std::string> names = all_kernels();
    for (const HostCopy copy : kCopies) names.emplace_back(to_string(copy));
    return names;
}

int arrays_of(const std::string& kernel) {
    if (kernel == kLatency || kernel == to_string(StreamKernel::Read)) return 1;
    const bool three =
        kernel == to_string(StreamKernel::Add) || kernel == to_string(StreamKernel::Triad);
    return three ? 3 : 2;
}

std::string definition_of(const std::string& kernel) {
    if (kernel == kLatency) return "time of one dependent load in a random cycle, one a cache line";
    if (const std::optional<HostCopy> copy = copy_from(kernel)) {
        if (*copy == HostCopy::HostToDevice)
            return "bytes from pinned host memory to the GPU / time";
        if (*copy == HostCopy::DeviceToHost)
            return "bytes from the GPU to pinned host memory / time";
        return "bytes both ways at the same time, host to GPU and GPU to host, summed / time";
    }
    if (kernel == to_string(StreamKernel::Read)) return "8 bytes an element summed / time";
    return std::to_string(8 * arrays_of(kernel)) +
           " bytes an element (STREAM's count, no write-allocate) / time";
}

class MemoryBandwidth : public Suite {
  public:
    [[nodiscard]] std::string_view name() const override { return "membw"; }
    [[nodiscard]] std::string_view summary() const override {
        return "memory bandwidth by STREAM's rules, read bandwidth, load latency";
    }
    [[nodiscard]] Scope scope() const override { return Scope::Device; }

    [[nodiscard]] std::vector<ParameterSpec> parameters() const override {
        constexpr double kMostBytes = 1e14;
        std::vector<ParameterSpec> specs = sampling_parameters(kMembwSampling);
        specs.push_back(device_parameter("cpu"));
        specs.push_back({.name = "kernels",
                         .kind = ParameterSpec::Kind::Texts,
                         .default_value = all_kernels(),
                         .allowed = all_choices(),
                         .help = "one case each; h2d, d2h and h2d_d2h are copies of a GPU's"});
        specs.push_back({.name = "array_bytes",
                         .kind = ParameterSpec::Kind::Bytes,
                         .default_value = std::int64_t{0},
                         .maximum = kMostBytes,
                         .allowed = {},
                         .help = "of each array, at least 4 x the last-level cache; "
                                 "0: that, and at least 64 MiB, 1 GiB on a GPU"});
        specs.push_back({.name = "copy_bytes",
                         .kind = ParameterSpec::Kind::Bytes,
                         .default_value = std::int64_t{512} << 20,
                         .minimum = kLeastArrayBytes,
                         .maximum = kMostBytes,
                         .allowed = {},
                         .help = "of a copy between host and GPU, each way"});
        specs.push_back({.name = "seed",
                         .kind = ParameterSpec::Kind::Count,
                         .default_value = std::int64_t{1},
                         .maximum = 9e15,
                         .allowed = {},
                         .help = "of the random cycle for latency"});
        return specs;
    }

    [[nodiscard]] std::vector<CaseSpec> cases(const Parameters& parameters) const override {
        const auto bytes = static_cast<double>(parameters.integer("array_bytes"));
        if (bytes > 0 && bytes < kLeastArrayBytes) {
            throw InputError{"'array_bytes' is too small; expected 0 or at least 4096"};
        }
        const bool gpu = parameters.text("device") == "gpu";
        std::vector<CaseSpec> specs;
        for (const std::string& kernel : parameters.texts("kernels")) {
            if (copy_from(kernel) && !gpu) {
                throw InputError{"'" + kernel +
                                 "' is a copy of a GPU's; expected device = \"gpu\""};
            }
            const bool latency = kernel == kLatency;
            CaseSpec spec;
            spec.name = copy_from(kernel) ? "membw." + kernel
                                          : name_on_device(parameters, "membw." + kernel);
            spec.lead = static_cast<std::int32_t>(specs.size());
            spec.scope = scope();
            spec.unit = symbol(latency ? Unit::Second : Unit::BytesPerSecond);
            spec.better = latency ? Direction::LowerIsBetter : Direction::HigherIsBetter;
            spec.definition = definition_of(kernel);
            spec.parameters = with_one(parameters, "kernels", "kernel", kernel);
            spec.repetitions = static_cast<std::int32_t>(parameters.integer("repetitions"));
            constexpr double kSlowMemory = 2e9;  // B/s, first touch included
            const double pass_s = arrays_of(kernel) * bytes / kSlowMemory;
            spec.expected_s = expected_cell_s(2 + 2 * pass_s, pass_s, sampling_options(spec));
            spec.deadline_s = deadline_for(spec.expected_s);
            specs.push_back(std::move(spec));
        }
        return specs;
    }

    void run(const CaseSpec& lead, SuiteContext& context) const override {
        const std::string& kernel = lead.parameters.text("kernel");
        if (const auto copy = copy_from(kernel)) return run_copy(lead, *copy, context);
        const DeviceInfo& device = context.device().info();
        const std::int64_t bytes =
            stream_array_bytes(lead.parameters.integer("array_bytes"), device);
        check_stream_memory(bytes, arrays_of(kernel), device);
        context.operation("allocate and touch arrays of " + std::to_string(bytes) + " bytes");
        MeasureOptions options = sampling_options(lead);
        options.check = MeasureOptions::Check::AtTheEnd;  // as STREAM does: a pass over all arrays
        if (kernel == kLatency) return run_latency(lead, options, bytes, context);
        const auto stream = context.device().make_stream(kernel_from(kernel), bytes);
        measure_then_record(*stream, options, context, nullptr, [&](const Measurement& measured) {
            context.record(lead.name, rates(measured.seconds, stream->work().bytes),
                           measured.time_s, stream->variant());
        });
    }

  private:
    static void run_copy(const CaseSpec& lead, HostCopy copy, SuiteContext& context) {
        const std::int64_t bytes = lead.parameters.integer("copy_bytes");
        context.operation("allocate and fill buffers of " + std::to_string(bytes) + " bytes");
        const auto work = context.device().make_host_copy(copy, bytes);
        measure_then_record(
            *work, sampling_options(lead), context, nullptr, [&](const Measurement& measured) {
                context.record(lead.name, rates(measured.seconds, work->work().bytes),
                               measured.time_s, work->variant());
            });
    }

    static void run_latency(const CaseSpec& lead, const MeasureOptions& options, std::int64_t bytes,
                            SuiteContext& context) {
        const auto seed = static_cast<std::uint64_t>(lead.parameters.integer("seed"));
        const auto chase = context.device().make_pointer_chase(bytes, seed);
        measure_then_record(*chase, options, context, nullptr, [&](const Measurement& measured) {
            std::vector<double> latencies_s = measured.seconds;
            for (double& latency_s : latencies_s) latency_s /= chase->work().accesses;
            context.record(lead.name, std::move(latencies_s), measured.time_s, chase->variant());
        });
    }
};

}  // namespace

const Suite& membw_suite() {
    static const MemoryBandwidth kSuite;
    return kSuite;
}

}  // namespace rackproof
