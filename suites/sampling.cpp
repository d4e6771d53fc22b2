#include "suites/sampling.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace rackproof {

std::vector<ParameterSpec> sampling_parameters(const SamplingDefaults& defaults) {
    constexpr double kMostSamples = 100'000;
    constexpr double kLongestSample_s = 3600;
    return {{.name = "repetitions",
             .kind = ParameterSpec::Kind::Count,
             .default_value = std::int64_t{defaults.repetitions},
             .minimum = 1,
             .maximum = kMostSamples,
             .allowed = {},
             .help = "samples kept"},
            {.name = "warmup",
             .kind = ParameterSpec::Kind::Count,
             .default_value = std::int64_t{defaults.warmup},
             .minimum = 0,
             .maximum = kMostSamples,
             .allowed = {},
             .help = "samples dropped first"},
            {.name = "min_sample_s",
             .kind = ParameterSpec::Kind::Seconds,
             .default_value = defaults.min_sample_s,
             .minimum = 0,
             .maximum = kLongestSample_s,
             .allowed = {},
             .help = "operations are repeated until a sample takes so long; 0: one a sample"}};
}

Parameters with_one(const Parameters& parameters, std::string_view list_name, std::string name,
                    ParameterValue value) {
    Parameters own;
    for (const auto& [given_name, given] : parameters.all()) {
        if (given_name != list_name) own.set(given_name, given);
    }
    own.set(std::move(name), std::move(value));
    return own;
}

ParameterSpec device_parameter(std::string default_kind) {
    return {.name = "device",
            .kind = ParameterSpec::Kind::Text,
            .default_value = std::move(default_kind),
            .allowed = {"cpu", "gpu"},
            .help = "the kind of device"};
}

std::string name_on_device(const Parameters& parameters, std::string name) {
    return parameters.text("device") == "gpu" ? std::move(name) + ".gpu" : name;
}

MeasureOptions sampling_options(const CaseSpec& lead) {
    MeasureOptions options;
    options.repetitions = lead.repetitions;
    options.warmup = static_cast<int>(lead.parameters.integer("warmup"));
    options.min_sample_s = lead.parameters.real("min_sample_s");
    return options;
}

double expected_cell_s(double setup_s, double operation_s, const MeasureOptions& options) {
    const double sample_s = std::max(operation_s, options.min_sample_s);
    return setup_s + sample_s * (options.warmup + options.repetitions + 1);
}

double deadline_for(double expected_s) {
    constexpr double kSlack = 20;
    constexpr double kLeast_s = 30;
    return std::max(kLeast_s, kSlack * expected_s);
}

std::vector<double> rates(const std::vector<double>& seconds, double amount) {
    std::vector<double> values;
    values.reserve(seconds.size());
    for (const double sample_s : seconds) values.push_back(amount / sample_s);
    return values;
}

Variant with_parameter(Variant variant, std::string_view name, std::int64_t value) {
    std::string& json = variant.parameters;
    const std::string key = json_quoted(name) + ":";
    if (json.find(key) != std::string::npos) return variant;
    const std::size_t end = json.rfind('}');
    if (end == std::string::npos) throw Error{"add to a variant's parameters", "no JSON object"};
    const bool empty = json.find(':') == std::string::npos;
    json.insert(end, (empty ? "" : ",") + key + std::to_string(value));
    return variant;
}

}  // namespace rackproof
