// Two faults on purpose, so that scripts/gpu-check knows that compute-sanitizer works on a machine
// before it believes its silence: `sanitizer_bait memcheck` writes behind an array, and
// `sanitizer_bait racecheck` lets threads race for shared memory. Its name space is that of the
// real kernels, because the tool is told to look at that alone.
#include <cuda_runtime.h>

#include <cstdio>
#include <string_view>

namespace rackproof::bait {

__global__ void write_behind(int* array, int count) { array[count] = 1; }

__global__ void race(int* out) {
    __shared__ int shared[128];
    shared[threadIdx.x] = static_cast<int>(threadIdx.x);
    out[threadIdx.x] = shared[(threadIdx.x + 64) % 128];  // no barrier before
}

int run(std::string_view tool) {
    int* memory = nullptr;
    constexpr int kCount = 128;
    if (cudaMalloc(&memory, kCount * sizeof(int)) != cudaSuccess) {
        std::fprintf(stderr, "sanitizer_bait: %s\n", cudaGetErrorString(cudaGetLastError()));
        return 1;
    }
    if (tool == "memcheck") {
        write_behind<<<1, 1>>>(memory, kCount);
    } else {
        race<<<1, kCount>>>(memory);
    }
    (void)cudaDeviceSynchronize();
    (void)cudaFree(memory);
    return 0;
}

}  // namespace rackproof::bait

int main(int count, char** words) {
    const std::string_view tool = count == 2 ? words[1] : "";
    if (tool != "memcheck" && tool != "racecheck") {
        std::fprintf(stderr, "usage: sanitizer_bait memcheck|racecheck\n");
        return 2;
    }
    return rackproof::bait::run(tool);
}
