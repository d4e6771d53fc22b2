#include "devices/cuda/call.hpp"

namespace rackproof::cuda {
namespace {

constexpr gpu::ErrorCalls kErrorCalls{
    [](int code) { return cudaGetErrorName(static_cast<cudaError_t>(code)); },
    [](int code) { return cudaGetErrorString(static_cast<cudaError_t>(code)); },
    [] { return static_cast<int>(cudaGetLastError()); },
    [] { return static_cast<int>(cudaDeviceSynchronize()); }, cudaSuccess};

}  // namespace

void Calls::check(cudaError_t answer, const char* call, std::source_location where) {
    if (answer == cudaSuccess) return;
    const gpu::GpuError error = gpu::error_of(answer, call, device_, kErrorCalls, where);
    lost_ = lost_ || error.after() == gpu::After::Lost;
    throw gpu::GpuError{error};
}

}  // namespace rackproof::cuda
