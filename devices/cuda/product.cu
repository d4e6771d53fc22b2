// Random operands, the sums of Freivalds' check, and a digest.
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_fp8.h>

#include <type_traits>

#include "devices/cuda/grid.cuh"
#include "devices/cuda/kernels.hpp"
#include "devices/gpu/nvfp4.hpp"

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

/// A matrix whose vectors lie one after the other, each of `length` elements.
template <class T>
struct Plain {
    const T* data;
    std::size_t length;
    __device__ double at(std::size_t vector, std::size_t place) const {
        return as_double(data[vector * length + place]);
    }
};

/// The same of e2m1 numbers with their scales.
struct Nvfp4 {
    const std::uint8_t* data;
    gpu::Nvfp4Layout layout;
    __device__ double at(std::size_t vector, std::size_t place) const {
        const std::size_t index = vector * layout.length + place;
        const unsigned bits = data[index / 2] >> (index % 2 * 4);
        const std::size_t scale =
            layout.scales_at() + layout.scale_place(vector, place / gpu::Nvfp4Layout::kBlock);
        return static_cast<double>(gpu::from_e2m1(static_cast<std::uint8_t>(bits & 0xFU))) *
               gpu::from_ue4m3(data[scale]);
    }
};

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

/// A thread a block of 16: its scale lets the largest of them be the largest e2m1.
__global__ void fill_nvfp4(std::uint8_t* memory, gpu::Nvfp4Layout layout, std::uint64_t key) {
    constexpr std::size_t kBlock = gpu::Nvfp4Layout::kBlock;
    for (std::size_t i = thread_index(); i < layout.vectors * layout.blocks();
         i += thread_count()) {
        float numbers[kBlock];
        float most = 0;
        for (std::size_t n = 0; n < kBlock; ++n) {
            numbers[n] = static_cast<float>(normal(i * kBlock + n, key));
            most = fmaxf(most, fabsf(numbers[n]));
        }
        const std::uint8_t scale = gpu::to_ue4m3(most / gpu::kMostE2m1);
        memory[layout.scales_at() + layout.scale_place(i / layout.blocks(), i % layout.blocks())] =
            scale;
        const float step = gpu::from_ue4m3(scale);
        for (std::size_t n = 0; n < kBlock; n += 2) {
            const unsigned low = gpu::to_e2m1(numbers[n] / step);
            const unsigned high = gpu::to_e2m1(numbers[n + 1] / step);
            memory[(i * kBlock + n) / 2] = static_cast<std::uint8_t>(high << 4U | low);
        }
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
template <class Matrix, bool kExact>
__global__ void columns_times_weights(Matrix matrix, std::size_t rows, std::size_t columns,
                                      std::uint64_t seed, double* products, double* squares) {
    const std::size_t row = thread_index();
    if (row >= rows) return;
    Sum product;
    double square = 0;
    for (std::size_t column = blockIdx.y; column < columns; column += gridDim.y) {
        const double value = matrix.at(column, row);
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
template <class Matrix>
__global__ void rows_times_vector(Matrix matrix, std::size_t rows, std::size_t columns,
                                  const double* vector, double* products, double* squares) {
    const std::size_t row = thread_index() / 32;
    const unsigned lane = threadIdx.x % 32;
    if (row >= rows) return;
    Sum product;
    double square = 0;
    for (std::size_t column = lane; column < columns; column += 32) {
        const double value = matrix.at(row, column);
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

template <bool kExact, class Matrix>
void launch_columns(const Matrix& matrix, std::size_t rows, std::size_t columns, std::uint64_t seed,
                    double* products, double* squares, cudaStream_t queue) {
    const dim3 grid{blocks_for(rows), kSumParts};
    columns_times_weights<Matrix, kExact>
        <<<grid, kThreads, 0, queue>>>(matrix, rows, columns, seed, products, squares);
    add_parts<<<grid.x, kThreads, 0, queue>>>(products, rows, kSumParts);
    add_parts<<<grid.x, kThreads, 0, queue>>>(squares, rows, kSumParts);
}

template <class In>
auto operand(const void* memory, std::size_t vectors, std::size_t length) {
    if constexpr (std::is_same_v<In, Nvfp4>) {
        return Nvfp4{static_cast<const std::uint8_t*>(memory),
                     {.vectors = vectors, .length = length}};
    } else {
        return Plain<In>{static_cast<const In*>(memory), length};
    }
}

template <class In, class Out, bool kExact>
void launch_sums(const ProductShape& shape, const SumBuffers& to, std::uint64_t seed,
                 cudaStream_t queue) {
    launch_columns<kExact>(operand<In>(shape.b, shape.n, shape.k), shape.k, shape.n, seed, to.bx,
                           to.b_square, queue);
    launch_columns<kExact>(operand<Out>(shape.c, shape.n, shape.m), shape.m, shape.n, seed, to.cx,
                           to.c_square, queue);
    rows_times_vector<<<blocks_for(shape.m * 32), kThreads, 0, queue>>>(
        operand<In>(shape.a, shape.m, shape.k), shape.m, shape.k, to.bx, to.abx, to.a_square);
}

template <class T>
void launch_fill(void* memory, std::size_t count, std::uint64_t key, Width width,
                 cudaStream_t queue) {
    fill_normal<<<even_grid(width), kThreads, 0, queue>>>(static_cast<T*>(memory), count, key);
}

/// The scales beyond the operand are zero.
void launch_fill_nvfp4(void* memory, const gpu::OperandSize& size, std::uint64_t key, Width width,
                       cudaStream_t queue) {
    const gpu::Nvfp4Layout layout{.vectors = size.vectors, .length = size.length};
    auto* const bytes = static_cast<std::uint8_t*>(memory);
    (void)cudaMemsetAsync(bytes + layout.scales_at(), 0, layout.scale_bytes(), queue);
    fill_nvfp4<<<even_grid(width), kThreads, 0, queue>>>(bytes, layout, key);
}

}  // namespace

void launch_fill_normal(void* memory, Precision precision, const gpu::OperandSize& size,
                        std::uint64_t key, Width width, cudaStream_t queue) {
    const std::size_t count = size.count();
    switch (precision) {
        case Precision::Fp64: return launch_fill<double>(memory, count, key, width, queue);
        case Precision::Fp32: return launch_fill<float>(memory, count, key, width, queue);
        case Precision::Tf32: return launch_fill<Tf32>(memory, count, key, width, queue);
        case Precision::Fp16: return launch_fill<__half>(memory, count, key, width, queue);
        case Precision::Bf16: return launch_fill<__nv_bfloat16>(memory, count, key, width, queue);
        case Precision::Fp8E4m3:
            return launch_fill<__nv_fp8_e4m3>(memory, count, key, width, queue);
        case Precision::Int8: return launch_fill<std::int8_t>(memory, count, key, width, queue);
        case Precision::Nvfp4: return launch_fill_nvfp4(memory, size, key, width, queue);
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
        case Precision::Nvfp4:
            return launch_sums<Nvfp4, __nv_bfloat16, false>(shape, to, seed, queue);
    }
}

void launch_digest(const void* memory, std::size_t words, unsigned long long* sum, Width width,
                   cudaStream_t queue) {
    digest<<<even_grid(width), kThreads, 0, queue>>>(static_cast<const std::uint64_t*>(memory),
                                                     words, sum);
}

}  // namespace rackproof::cuda
