#pragma once

#include "devices/workload.hpp"
#include "suites/context.hpp"

namespace rackproof {

/// An event `blas_kernels` where OPENBLAS_CORETYPE in the environment chooses the kernels of a
/// product by OpenBLAS: half as wide ones halve its rate, and where all nodes have the same
/// environment no peer shows it. None for other libraries.
void tell_chosen_kernels(const Workload& product, SuiteContext& context);

}  // namespace rackproof
