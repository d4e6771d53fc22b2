#include "tests/support/host_gpu.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <memory>
#include <vector>

namespace rackproof::test {
namespace {

double number(const gpu::NumberRun& run, std::size_t index) {
    const std::uint64_t place = run.first + index;
    return static_cast<double>(place * 2654435761U >> 12U & 0xFFFU) * run.factor + run.offset;
}

/// To nearest, ties to even, as GPUs round; no infinities and no NaN come here.
std::uint16_t to_bf16(float value) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    return static_cast<std::uint16_t>((bits + 0x7FFFU + (bits >> 16U & 1U)) >> 16U);
}
double from_bf16(std::uint16_t bits) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16U);
}

template <class Stored>
void store(void* memory, std::size_t index, Stored value) {
    std::memcpy(static_cast<std::byte*>(memory) + index * sizeof value, &value, sizeof value);
}
template <class Stored>
Stored load(const void* memory, std::size_t index) {
    Stored value{};
    std::memcpy(&value, static_cast<const std::byte*>(memory) + index * sizeof value, sizeof value);
    return value;
}

void put(void* memory, ElementType type, std::size_t index, double value) {
    switch (type) {
        case ElementType::Fp64: return store(memory, index, value);
        case ElementType::Fp32: return store(memory, index, static_cast<float>(value));
        case ElementType::Int64: return store(memory, index, static_cast<std::int64_t>(value));
        case ElementType::Bf16: return store(memory, index, to_bf16(static_cast<float>(value)));
    }
}

double get(const void* memory, ElementType type, std::size_t index) {
    switch (type) {
        case ElementType::Fp64: return load<double>(memory, index);
        case ElementType::Fp32: return load<float>(memory, index);
        case ElementType::Int64: return static_cast<double>(load<std::int64_t>(memory, index));
        case ElementType::Bf16: return from_bf16(load<std::uint16_t>(memory, index));
    }
    return 0;
}

using Recorded = std::vector<std::function<int()>>;

}  // namespace

void* HostGpu::end_recording() {
    stream_.recording = false;
    ++recorded;
    return std::make_unique<Recorded>(std::move(stream_.recorded)).release();
}

void HostGpu::launch(void* recording) {
    ++launched;
    for (const auto& work : *static_cast<Recorded*>(recording)) (void)work();
}

void HostGpu::release_recording(void* recording) noexcept {
    --recorded;
    const std::unique_ptr<Recorded> owner{static_cast<Recorded*>(recording)};
}

void HostGpu::fill_numbers(void* memory, ElementType type, const gpu::NumberRun& numbers) {
    for (std::size_t i = 0; i < numbers.count; ++i) put(memory, type, i, number(numbers, i));
}

gpu::NumberFaults HostGpu::check_numbers(const void* memory, ElementType type,
                                         const gpu::NumberRun& numbers, double tolerance) {
    gpu::NumberFaults faults;
    for (std::size_t i = 0; i < numbers.count; ++i) {
        std::int64_t rounded = 0;
        put(&rounded, type, 0, number(numbers, i));
        const double expected = get(&rounded, type, 0);
        const double seen = get(memory, type, i);
        if (std::abs(seen - expected) <= tolerance * std::abs(expected)) continue;
        if (faults.wrong++ > 0) continue;
        faults.first = i;
        faults.seen = seen;
        faults.expected = expected;
    }
    return faults;
}

}  // namespace rackproof::test
