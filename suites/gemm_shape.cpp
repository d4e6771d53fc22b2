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

constexpr std::string_view kPinSeparator = ": ";

std::vector<GemmAlgorithm> pins_of(const Parameters& parameters) {
    std::vector<GemmAlgorithm> pins;
    if (!parameters.has(kPinned)) return pins;
    for (const std::string& text : parameters.texts(kPinned)) {
        const std::size_t end = text.find(kPinSeparator);
        if (end == std::string::npos) throw Error{"read a pinned algorithm", "'" + text + "'"};
        pins.push_back({text.substr(0, end), text.substr(end + kPinSeparator.size())});
    }
    return pins;
}

}  // namespace

bool wants_calibration(const Parameters& parameters) {
    return parameters.has("algorithm") && parameters.text("algorithm") == kCalibrated;
}

std::string pin_text(const GemmAlgorithm& algorithm) {
    return algorithm.library + std::string{kPinSeparator} + algorithm.algorithm;
}

bool same_product(const Parameters& a, const Parameters& b) {
    const auto same_text = [&](const char* name) { return a.text(name) == b.text(name); };
    const auto same_number = [&](const char* name) { return a.integer(name) == b.integer(name); };
    return same_text("device") && same_text("precision") && same_number("size") &&
           same_number("m") && same_number("n") && same_number("k");
}

std::vector<ParameterSpec> gemm_parameters() {
    std::vector<ParameterSpec> specs = product_parameters();
    specs.push_back({.name = "algorithm",
                     .kind = ParameterSpec::Kind::Text,
                     .default_value = std::string{"own"},
                     .allowed = {"own", std::string{kCalibrated}},
                     .help = "of a GPU: each chooses its own, or as suite calibration did before"});
    return specs;
}

std::vector<ParameterSpec> product_parameters() {
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
    if (wants_calibration(parameters)) {
        throw InputError{
            "products have one algorithm on a CPU; expected algorithm = \"own\", or "
            "device = \"gpu\""};
    }
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
    // Left out of them: the list, and of a CPU's the algorithm.
    const char* left_out = parameters.text("device") == "cpu" ? "algorithm" : "precision";
    for (const std::string& precision : parameters.texts("precision")) {
        each.push_back(with_one(parameters, left_out, "precision", precision));
    }
    return each;
}

std::unique_ptr<Workload> make_product(ComputeDevice& device, const GemmShape& shape) {
    if (!shape.pinned || shape.pinned->empty()) return device.make_gemm(shape);
    try {
        return device.make_gemm(shape);
    } catch (const Unsupported& error) {
        throw Error{"make a product as others of this sku do", error.what()};
    }
}

GemmShape gemm_shape(const Parameters& parameters, const DeviceInfo& device) {
    GemmShape shape{.precision = precision_from(parameters.text("precision")),
                    .m = parameters.integer("m"),
                    .n = parameters.integer("n"),
                    .k = parameters.integer("k"),
                    .seed = static_cast<std::uint64_t>(parameters.integer("seed"))};
    if (wants_calibration(parameters)) shape.pinned = pins_of(parameters);
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
