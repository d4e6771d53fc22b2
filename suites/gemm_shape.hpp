#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/manifest.hpp"
#include "core/parameters.hpp"
#include "devices/device.hpp"

namespace rackproof {

/// A case whose parameter "algorithm" is this one runs on no algorithm but what a calibration of
/// its product, in a stage before, has chosen: its parameter "pinned" is set to that when it is
/// handed to a rank, one text of pin_text() a version of the library.
inline constexpr std::string_view kCalibrated = "calibrated";
inline constexpr std::string_view kPinned = "pinned";
[[nodiscard]] bool wants_calibration(const Parameters& parameters);
[[nodiscard]] std::string pin_text(const GemmAlgorithm& algorithm);

/// True if both are cases of the same product, whatever its operands are.
[[nodiscard]] bool same_product(const Parameters& a, const Parameters& b);

/// The parameters "device", "precision", "size", "m", "n", "k" and "seed" of whatever multiplies
/// matrices.
[[nodiscard]] std::vector<ParameterSpec> product_parameters();

/// These, and "algorithm".
[[nodiscard]] std::vector<ParameterSpec> gemm_parameters();

/// Throws InputError if `m`, `n`, `k` are not all given or all 0, or stand beside a `size`, or if
/// a precision, or the algorithm, is not for the kind of device.
void check_gemm_parameters(const Parameters& parameters);

/// "SUITE.PRECISION", and ".gpu" behind those that CPUs have as well.
[[nodiscard]] std::string gemm_case_name(const std::string& suite, const Parameters& parameters);

/// One set of parameters a precision asked for, with that one as the text "precision". A CPU's
/// have no "algorithm": there is no choice.
[[nodiscard]] std::vector<Parameters> one_each_precision(const Parameters& parameters);

/// ComputeDevice::make_gemm, but for a product that its sku's devices have calibrated: one that
/// cannot make it as they do throws Error, not Unsupported, for it is unlike its peers.
[[nodiscard]] std::unique_ptr<Workload> make_product(ComputeDevice& device, const GemmShape& shape);

/// The shape that a case's parameters ask for, `precision` being one text. A size of 0 is chosen
/// by chosen_gemm_size.
[[nodiscard]] GemmShape gemm_shape(const Parameters& parameters, const DeviceInfo& device);

/// m = n = k such that one product takes 0.1 to 0.3 s near the peak of that many cores with that
/// vector unit, its matrices within a quarter of the device's memory: the same on every device of
/// a model, never from a timing. A multiple of 256, or of 16 for very little memory. GPUs: 8192.
/// Throws Error if not even the smallest fits.
[[nodiscard]] std::int64_t chosen_gemm_size(Precision precision, const DeviceInfo& device);

/// Seconds that one product takes at the most on a healthy device, for estimates.
[[nodiscard]] double expected_product_s(const Parameters& parameters);

}  // namespace rackproof
