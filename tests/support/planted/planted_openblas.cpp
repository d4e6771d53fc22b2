// Stands in for libopenblas.so.0: hands everything on to the real one, RACKPROOF_PLANT_REAL, and
// turns over one bit of one element of a product where plant.hpp says so.
#include <dlfcn.h>

#include <cstddef>
#include <cstdint>

#include "tests/support/planted/plant.hpp"

namespace {

template <class Function>
Function real(const char* name) {
    static void* const kLibrary = ::dlopen(std::getenv("RACKPROOF_PLANT_REAL"), RTLD_NOW);
    void* const found = kLibrary == nullptr ? nullptr : ::dlsym(kLibrary, name);
    if (found == nullptr) {
        (void)std::fprintf(stderr, "planted OpenBLAS: no %s: %s\n", name, ::dlerror());
        std::abort();
    }
    return reinterpret_cast<Function>(found);
}

void strike(double* c, int rows, int columns) {
    static long operation = 0;
    ++operation;
    if (!rackproof::test::strikes(operation)) return;
    const auto count = static_cast<std::uint64_t>(rows) * static_cast<std::uint64_t>(columns);
    const std::uint64_t drawn = static_cast<std::uint64_t>(operation) * 0x9E3779B97F4A7C15U;
    double* const element = c + (drawn >> 8U) % count;
    std::uint64_t bits = 0;
    std::memcpy(&bits, element, sizeof bits);
    bits ^= std::uint64_t{1} << (drawn >> 58U);
    std::memcpy(element, &bits, sizeof bits);
    rackproof::test::log_plant("product", operation);
}

}  // namespace

extern "C" {

void cblas_dgemm(int order, int transpose_a, int transpose_b, int m, int n, int k, double alpha,
                 const double* a, int lda, const double* b, int ldb, double beta, double* c,
                 int ldc) {
    using Dgemm = void (*)(int, int, int, int, int, int, double, const double*, int, const double*,
                           int, double, double*, int);
    static const auto kReal = real<Dgemm>("cblas_dgemm");
    kReal(order, transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    strike(c, m, n);
}

void cblas_sgemm(int order, int transpose_a, int transpose_b, int m, int n, int k, float alpha,
                 const float* a, int lda, const float* b, int ldb, float beta, float* c, int ldc) {
    using Sgemm = void (*)(int, int, int, int, int, int, float, const float*, int, const float*,
                           int, float, float*, int);
    static const auto kReal = real<Sgemm>("cblas_sgemm");
    kReal(order, transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}

void openblas_set_num_threads(int threads) {
    real<void (*)(int)>("openblas_set_num_threads")(threads);
}
int openblas_get_num_threads() { return real<int (*)()>("openblas_get_num_threads")(); }
int openblas_setaffinity(int thread, std::size_t bytes, void* set) {
    return real<int (*)(int, std::size_t, void*)>("openblas_setaffinity")(thread, bytes, set);
}
char* openblas_get_config() { return real<char* (*)()>("openblas_get_config")(); }
char* openblas_get_corename() { return real<char* (*)()>("openblas_get_corename")(); }
}
