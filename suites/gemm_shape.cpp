#include "suites/gemm_shape.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/error.hpp"
#include "suites/sampling.hpp"

namespace rackproof {
namespace {

constexpr std::int64_t kStep = 256;
constexpr std::int64_t kSmallStep = 16;
constexpr std::int64_t kGpuSize = 8192;

Precision precision_from(const std::string& text) {
    for (const Precision precision : kPrecisions) {
        if (to_string(precision) == text) return precision;
    }
    throw Error{"choose the precision of a product", "'" + text + "' is none"};
}

double element_bytes(Precision precision) { return precision == Precision::Fp64 ? 8 : 4; }

/// FLOP/s of one core in double precision, by vector unit: the right size for a product, not a
/// claim about any one model. 24, 16, 18 and 16 operations a cycle at 2.5 GHz, 2 without a unit.
double typical_core_flops(const std::string& vector_unit) {
    if (vector_unit == "avx512") return 60e9;
    if (vector_unit == "avx2") return 40e9;
    if (vector_unit == "sve") return 45e9;
    if (vector_unit == "neon") return 40e9;
    return 5e9;
}

bool is_for_cpus(const std::string& precision) {
    return precision == to_string(Precision::Fp64) || precision == to_string(Precision::Fp32);
}

ParameterSpec dimension(const char* name, const char* help) {
    constexpr double kMostRows = 1'000'000;
    return {.name = name,
            .kind = ParameterSpec::Kind::Count,
            .default_value = std::int64_t{0},
            .minimum = 0,
            .maximum = kMostRows,
            .allowed = {},
            .help = help};
}

}  // namespace

std::vector<ParameterSpec> gemm_parameters() {
    std::vector<std::string> precisions;
    for (const Precision precision : kPrecisions) precisions.emplace_back(to_string(precision));
    return {device_parameter("cpu"),
            {.name = "precision",
             .kind = ParameterSpec::Kind::Texts,
             .default_value = std::vector<std::string>{"fp64", "fp32"},
             .allowed = precisions,
             .help = "one case each; CPUs have fp64 and fp32"},
            dimension("size", "m = n = k; 0: chosen from a CPU's cores, 8192 on a GPU"),
            dimension("m", "rows of A and C, with n and k; 0: size"),
            dimension("n", "columns of B and C"),
            dimension("k", "columns of A, rows of B"),
            {.name = "seed",
             .kind = ParameterSpec::Kind::Count,
             .default_value = std::int64_t{1},
             .minimum = 0,
             .maximum = 9e15,
             .allowed = {},
             .help = "of the random operands"}};
}

void check_gemm_parameters(const Parameters& parameters) {
    int given = 0;
    for (const char* name : {"m", "n", "k"}) given += parameters.integer(name) > 0 ? 1 : 0;
    if (given != 0 && given != 3) {
        throw InputError{"'m', 'n' and 'k' go together; expected all of them or none"};
    }
    if (given == 3 && parameters.integer("size") > 0) {
        throw InputError{"'size' stands beside 'm', 'n' and 'k'; expected one or the other"};
    }
    if (parameters.text("device") == "gpu") return;
    for (const std::string& precision : parameters.texts("precision")) {
        if (is_for_cpus(precision)) continue;
        throw InputError{"'" + precision +
                         "' is not for CPUs; expected fp64 or fp32, or device = "
                         "\"gpu\""};
    }
}

std::string gemm_case_name(const std::string& suite, const Parameters& parameters) {
    const std::string& precision = parameters.text("precision");
    const std::string name = suite + "." + precision;
    return is_for_cpus(precision) ? name_on_device(parameters, name) : name;
}

std::vector<Parameters> one_each_precision(const Parameters& parameters) {
    std::vector<Parameters> each;
    for (const std::string& precision : parameters.texts("precision")) {
        each.push_back(parameters);
        each.back().set("precision", precision);
    }
    return each;
}

GemmShape gemm_shape(const Parameters& parameters, const DeviceInfo& device) {
    GemmShape shape{.precision = precision_from(parameters.text("precision")),
                    .m = parameters.integer("m"),
                    .n = parameters.integer("n"),
                    .k = parameters.integer("k"),
                    .seed = static_cast<std::uint64_t>(parameters.integer("seed"))};
    if (shape.m > 0) return shape;
    const std::int64_t given = parameters.integer("size");
    const std::int64_t size = given > 0 ? given : chosen_gemm_size(shape.precision, device);
    shape.m = shape.n = shape.k = size;
    return shape;
}

std::int64_t chosen_gemm_size(Precision precision, const DeviceInfo& device) {
    if (device.facts.kind == "gpu") return kGpuSize;
    constexpr double kAim_s = 0.2;
    constexpr double kShareOfPeak = 0.9;
    const double lanes = precision == Precision::Fp64 ? 1 : 2;
    const double flops = typical_core_flops(device.vector_unit) * lanes * kShareOfPeak *
                         std::max(device.core_count, 1);
    const double edge = std::cbrt(kAim_s * flops / 2);  // 2 n^3 operations
    const std::int64_t wanted =
        std::max(kStep, kStep * std::lround(edge / static_cast<double>(kStep)));
    if (device.memory_bytes <= 0) return wanted;
    const double room = static_cast<double>(device.memory_bytes) / 4;
    const auto fitting =
        static_cast<std::int64_t>(std::sqrt(room / (3 * element_bytes(precision))));
    if (fitting >= wanted) return wanted;
    const std::int64_t step = fitting >= kStep ? kStep : kSmallStep;
    if (fitting < step) {
        throw Unsupported{"no product fits: this device's share of the free memory is " +
                          std::to_string(device.memory_bytes) + " bytes"};
    }
    return fitting / step * step;
}

double expected_product_s(const Parameters& parameters) {
    constexpr double kChosen_s = 0.3;
    const bool gpu = parameters.text("device") == "gpu";
    const double slow_device = gpu ? 5e12 : 2e10;  // FLOP/s
    const auto edge = [&parameters](const char* name) {
        return static_cast<double>(parameters.integer(name));
    };
    if (edge("m") > 0) return 2 * edge("m") * edge("n") * edge("k") / slow_device;
    if (edge("size") > 0) return 2 * std::pow(edge("size"), 3) / slow_device;
    return kChosen_s;
}

}  // namespace rackproof
