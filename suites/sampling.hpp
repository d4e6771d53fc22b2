#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/manifest.hpp"
#include "suites/measure.hpp"

namespace rackproof {

/// What a suite samples by default; a plan may change each.
struct SamplingDefaults {
    std::int32_t repetitions = 10;
    std::int32_t warmup = 1;
    double min_sample_s = 0.1;
};

/// The parameters "repetitions", "warmup" and "min_sample_s".
[[nodiscard]] std::vector<ParameterSpec> sampling_parameters(const SamplingDefaults& defaults);

/// `parameters` with one item `value` as `name` in place of the list `list_name`: a case's own.
[[nodiscard]] Parameters with_one(const Parameters& parameters, std::string_view list_name,
                                  std::string name, ParameterValue value);

/// The parameter "device": which kind of device the cases run on, "cpu" or "gpu".
[[nodiscard]] ParameterSpec device_parameter(std::string default_kind);
/// What a case that both kinds have is called: "membw.triad", and "membw.triad.gpu" on GPUs. A
/// number of a CPU never stands under the name of a GPU's.
[[nodiscard]] std::string name_on_device(const Parameters& parameters, std::string name);

/// What the lead's repetitions and the parameters above say.
[[nodiscard]] MeasureOptions sampling_options(const CaseSpec& lead);

/// Seconds that a cell should take whose operations take `operation_s` each: `setup_s`, then
/// warm-up, calibration and samples.
[[nodiscard]] double expected_cell_s(double setup_s, double operation_s,
                                     const MeasureOptions& options);

/// A generous deadline for a cell that should take so long: 20 times that, at least 30 s.
[[nodiscard]] double deadline_for(double expected_s);

/// amount / seconds, one a sample: flops to FLOP/s, bytes to B/s.
[[nodiscard]] std::vector<double> rates(const std::vector<double>& seconds, double amount);

/// `variant` with one more whole number among its parameters, unless it has that name already.
[[nodiscard]] Variant with_parameter(Variant variant, std::string_view name, std::int64_t value);

/// Measures, then records: a WrongAnswer leaves only after the samples taken so far were
/// recorded. `record` is not called for a wrong answer that left no sample.
template <class Record>
void measure_then_record(Workload& workload, const MeasureOptions& options, SuiteContext& context,
                         Communicator* together, Record record) {
    Measurement measured;
    try {
        measure(workload, options, context, measured, together);
    } catch (const WrongAnswer&) {
        if (!measured.seconds.empty()) {
            try {
                record(measured);
            } catch (const Error& error) {  // weighs less than the wrong answer
                context.operation(error.what());
            }
        }
        throw;
    }
    record(measured);
}

}  // namespace rackproof
