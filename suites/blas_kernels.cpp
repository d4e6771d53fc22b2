#include "suites/blas_kernels.hpp"

#include <cstdlib>
#include <string>

#include "core/utf8.hpp"

namespace rackproof {

void tell_chosen_kernels(const Workload& product, SuiteContext& context) {
    const char* chosen = std::getenv("OPENBLAS_CORETYPE");
    if (chosen == nullptr || *chosen == '\0') return;
    const Variant variant = product.variant();
    if (!variant.library.starts_with("OpenBLAS")) return;
    context.event("error", "blas_kernels",
                  "OPENBLAS_CORETYPE=" + printable(chosen) +
                      " in the environment chooses the kernels of " + variant.library + " (" +
                      variant.algorithm + "), not the processor");
}

}  // namespace rackproof
