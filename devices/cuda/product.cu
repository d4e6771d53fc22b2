// Random operands, the sums of Freivalds' check, and a digest.
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_fp8.h>

#include "devices/cuda/grid.cuh"
#include "devices/cuda/kernels.hpp"

namespace rackproof::cuda {
namespace {

/// fp32 of which the tensor cores take 10 mantissa bits. Operands are made of so many, so that the
/// check need not allow for their rounding.
struct Tf32 {
    float value;
};

__device__ inline double as_double(double value) { return value; }
__device__ inline double as_double(float value) { return value; }
__device__ inline double as_double(Tf32 value) { return value.value; }
__device__ inline double as_double(__half value) { return __half2float(value); }
__device__ inline double as_double(__nv_bfloat16 value) { return __bfloat162float(value); }
__device__ inline double as_double(__nv_fp8_e4m3 value) { return static_cast<float>(value); }
__device__ inline double as_double(std::int8_t value) { return value; }
__device__ inline double as_double(std::int32_t value) { return value; }

/// N(0, 1) by Box and Muller (Ann. Math. Stat. 29, 1958); two uniforms an element.
__device__ inline double normal(std::uint64_t index, std::uint64_t key) {
    const std::uint64_t a = mixed(key + (2 * index + 1) * kGolden);
    const std::uint64_t b = mixed(key + (2 * index + 2) * kGolden);
    const double u = (static_cast<double>(a >> 11) + 1) * 0x1p-53;
    const double v = static_cast<double>(b >> 11) * 0x1p-53;
    return sqrt(-2 * log(u)) * cospi(2 * v);
}

__device__ inline void put(double* to, double value) { *to = value; }
__device__ inline void put(float* to, double value) { *to = static_cast<float>(value); }
__device__ inline void put(Tf32* to, double value) {
    constexpr std::uint32_t kLost = 0x1FFFU;  // to nearest, ties to even
    std::uint32_t bits = __float_as_uint(static_cast<float>(value));
    bits += 0xFFFU + ((bits >> 13U) & 1U);
    to->value = __uint_as_float(bits & ~kLost);
}
__device__ inline void put(__half* to, double value) {
    *to = __float2half_rn(static_cast<float>(value));
}
__device__ inline void put(__nv_bfloat16* to, double value) {
    *to = __float2bfloat16_rn(static_cast<float>(value));
}
__device__ inline void put(__nv_fp8_e4m3* to, double value) {
    *to = __nv_fp8_e4m3(static_cast<float>(value));
}
__device__ inline void put(std::int8_t* to, double value) {
    constexpr double kScale = 32;
    constexpr double kMost = 127;
    *to = static_cast<std::int8_t>(fmin(fmax(rint(kScale * value), -kMost), kMost));
}

template <class T>
__global__ void fill_normal(T* memory, std::size_t count, std::uint64_t key) {
    for (std::size_t i = thread_index(); i < count; i += thread_count()) {
        put(memory + i, normal(i, key));
    }
}

/// A sum in twice double precision (Dekker 1971, Knuth's two-sum).
struct Sum {
    double high = 0;
    double low = 0;
    __device__ void add(double value) {
        const double total = high + value;
        const double part = total - high;
        low += (high - (total - part)) + (value - part);
        high = total;
    }
    __device__ void add_product(double x, double y) {
        const double product = x * y;
        low += fma(x, y, -product);
        add(product);
    }
    [[nodiscard]] __device__ double value() const { return high + low; }
};

template <bool kExact>
__device__ inline double weight(std::uint64_t index, std::uint64_t seed) {
    const std::uint64_t bits = mixed(seed * kGolden + index);
    const double sign = (bits & 1U) != 0 ? 1 : -1;
    if constexpr (kExact) return sign * static_cast<double>(4 + (bits >> 1U) % 5);
    return sign * (0.5 + 0.5 * static_cast<double>(bits >> 11U) * 0x1p-53);
}

/// M x by rows, and the sums of squares, for a matrix whose columns lie one after the other. Block
/// row blockIdx.y takes its part of the columns; parts are added up by add_parts.
template <class T, bool kExact>
__global__ void columns_times_weights(const T* matrix, std::size_t rows, std::size_t columns,
                                      std::uint64_t seed, double* products, double* squares) {
    const std::size_t row = thread_index();
    if (row >= rows) return;
    Sum product;
    double square = 0;
    for (std::size_t column = blockIdx.y; column < columns; column += gridDim.y) {
        const double value = as_double(matrix[column * rows + row]);
        product.add_product(value, weight<kExact>(column, seed));
        square += value * value;
    }
    products[blockIdx.y * rows + row] = product.value();
    squares[blockIdx.y * rows + row] = square;
}

__global__ void add_parts(double* parts, std::size_t rows, int count) {
    const std::size_t row = thread_index();
    if (row >= rows) return;
    Sum sum;
    for (int part = 0; part < count; ++part) {
        sum.add(parts[static_cast<std::size_t>(part) * rows + row]);
    }
    parts[row] = sum.value();
}

/// M v by rows, and the sums of squares, for a matrix whose rows lie one after the other: a warp a
/// row.
template <class T>
__global__ void rows_times_vector(const T* matrix, std::size_t rows, std::size_t columns,
                                  const double* vector, double* products, double* squares) {
    const std::size_t row = thread_index() / 32;
    const unsigned lane = threadIdx.x % 32;
    if (row >= rows) return;
    Sum product;
    double square = 0;
    for (std::size_t column = lane; column < columns; column += 32) {
        const double value = as_double(matrix[row * columns + column]);
        product.add_product(value, vector[column]);
        square += value * value;
    }
    for (int step = 16; step > 0; step /= 2) {
        const double high = __shfl_down_sync(~0U, product.high, step);
        product.low += __shfl_down_sync(~0U, product.low, step);
        product.add(high);
        square += __shfl_down_sync(~0U, square, step);
    }
    if (lane != 0) return;
    products[row] = product.value();
    squares[row] = square;
}

__global__ void digest(const std::uint64_t* words, std::size_t count, unsigned long long* sum) {
    unsigned long long own = 0;
    for (std::size_t i = thread_index(); i < count; i += thread_count()) {
        own += mixed(words[i] + (i + 1) * kGolden) * (2 * i + 1);
    }
    for (int step = 16; step > 0; step /= 2) own += __shfl_down_sync(~0U, own, step);
    if (threadIdx.x % 32 == 0) atomicAdd(sum, own);
}

unsigned blocks_for(std::size_t threads) {
    return static_cast<unsigned>((threads + kThreads - 1) / kThreads);
}

template <class T, bool kExact>
void launch_columns(const T* matrix, std::size_t rows, std::size_t columns, std::uint64_t seed,
                    double* products, double* squares, cudaStream_t queue) {
    const dim3 grid{blocks_for(rows), kSumParts};
    columns_times_weights<T, kExact>
        <<<grid, kThreads, 0, queue>>>(matrix, rows, columns, seed, products, squares);
    add_parts<<<grid.x, kThreads, 0, queue>>>(products, rows, kSumParts);
    add_parts<<<grid.x, kThreads, 0, queue>>>(squares, rows, kSumParts);
}

template <class In, class Out, bool kExact>
void launch_sums(const ProductShape& shape, const SumBuffers& to, std::uint64_t seed,
                 cudaStream_t queue) {
    launch_columns<In, kExact>(static_cast<const In*>(shape.b), shape.k, shape.n, seed, to.bx,
                               to.b_square, queue);
    launch_columns<Out, kExact>(static_cast<const Out*>(shape.c), shape.m, shape.n, seed, to.cx,
                                to.c_square, queue);
    rows_times_vector<In><<<blocks_for(shape.m * 32), kThreads, 0, queue>>>(
        static_cast<const In*>(shape.a), shape.m, shape.k, to.bx, to.abx, to.a_square);
}

template <class T>
void launch_fill(void* memory, std::size_t count, std::uint64_t key, Width width,
                 cudaStream_t queue) {
    fill_normal<<<even_grid(width), kThreads, 0, queue>>>(static_cast<T*>(memory), count, key);
}

}  // namespace

void launch_fill_normal(void* memory, Precision precision, std::size_t count, std::uint64_t key,
                        Width width, cudaStream_t queue) {
    switch (precision) {
        case Precision::Fp64: return launch_fill<double>(memory, count, key, width, queue);
        case Precision::Fp32: return launch_fill<float>(memory, count, key, width, queue);
        case Precision::Tf32: return launch_fill<Tf32>(memory, count, key, width, queue);
        case Precision::Fp16: return launch_fill<__half>(memory, count, key, width, queue);
        case Precision::Bf16: return launch_fill<__nv_bfloat16>(memory, count, key, width, queue);
        case Precision::Fp8E4m3:
            return launch_fill<__nv_fp8_e4m3>(memory, count, key, width, queue);
        case Precision::Int8: return launch_fill<std::int8_t>(memory, count, key, width, queue);
    }
}

void launch_product_sums(Precision precision, const ProductShape& shape, const SumBuffers& to,
                         std::uint64_t seed, cudaStream_t queue) {
    switch (precision) {
        case Precision::Fp64: return launch_sums<double, double, false>(shape, to, seed, queue);
        case Precision::Fp32: return launch_sums<float, float, false>(shape, to, seed, queue);
        case Precision::Tf32: return launch_sums<Tf32, float, false>(shape, to, seed, queue);
        case Precision::Fp16: return launch_sums<__half, __half, false>(shape, to, seed, queue);
        case Precision::Bf16:
            return launch_sums<__nv_bfloat16, __nv_bfloat16, false>(shape, to, seed, queue);
        case Precision::Fp8E4m3:
            return launch_sums<__nv_fp8_e4m3, __nv_bfloat16, false>(shape, to, seed, queue);
        case Precision::Int8:
            return launch_sums<std::int8_t, std::int32_t, true>(shape, to, seed, queue);
    }
}

void launch_digest(const void* memory, std::size_t words, unsigned long long* sum, Width width,
                   cudaStream_t queue) {
    digest<<<even_grid(width), kThreads, 0, queue>>>(static_cast<const std::uint64_t*>(memory),
                                                     words, sum);
}

}  // namespace rackproof::cuda
