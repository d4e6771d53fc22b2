#include <array>
#include <cstdlib>
#include <fstream>

#include "core/error.hpp"
#include "devices/cuda/cuda_gpu.hpp"
#include "devices/gpu/fingerprint.hpp"
#include "devices/gpu/plug_in.hpp"

namespace rackproof::cuda {
namespace {

/// "12.4" of 12040.
std::string version_text(int version) {
    return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

/// The oldest driver that this build can use, by its CUDA major version (CUDA Compatibility,
/// NVIDIA, table "minor version compatibility").
const char* oldest_driver() { return CUDART_VERSION >= 13000 ? "580" : "525.60.13"; }

std::string kernel_driver_version() {
    std::ifstream file{"/sys/module/nvidia/version"};
    std::string version;
    std::getline(file, version);
    return version;
}

/// Throws Error where the runtime cannot start, saying what would help.
int device_count() {
    int driver = 0;
    (void)cudaDriverGetVersion(&driver);
    int count = 0;
    const cudaError_t answer = cudaGetDeviceCount(&count);
    if (answer == cudaSuccess) return count;
    (void)cudaGetLastError();
    if (answer == cudaErrorInsufficientDriver) {
        throw Error{"start CUDA " + version_text(CUDART_VERSION),
                    "the NVIDIA driver is too old: it is one for CUDA " + version_text(driver) +
                        "; this build needs driver " + oldest_driver() + " or newer"};
    }
    if (answer == cudaErrorNoDevice) return 0;
    throw Error{"start CUDA " + version_text(CUDART_VERSION),
                std::string{cudaGetErrorName(answer)} + " (" + std::to_string(answer) +
                    "): " + cudaGetErrorString(answer)};
}

std::string uuid_text(const cudaUUID_t& uuid) {
    constexpr const char* kDigits = "0123456789abcdef";
    std::string text = "GPU-";
    for (std::size_t i = 0; i < sizeof uuid.bytes; ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        const auto byte = static_cast<unsigned char>(uuid.bytes[i]);
        text += kDigits[byte >> 4U];
        text += kDigits[byte & 0xFU];
    }
    return text;
}

std::string pci_of(int device, Calls& calls) {
    std::array<char, 32> pci{};
    calls.check(cudaDeviceGetPCIBusId(pci.data(), static_cast<int>(pci.size()), device),
                "cudaDeviceGetPCIBusId");
    std::string text{pci.data()};
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

DeviceInfo describe(int device) {
    Calls calls{"GPU " + std::to_string(device)};
    cudaDeviceProp properties{};
    calls.check(cudaGetDeviceProperties(&properties, device), "cudaGetDeviceProperties");
    DeviceInfo info;
    info.facts.index = device;
    info.facts.kind = "gpu";
    info.facts.model = properties.name;
    info.facts.uuid = uuid_text(properties.uuid);
    info.facts.pci = pci_of(device, calls);
    info.facts.driver = kernel_driver_version();
    info.core_count = properties.multiProcessorCount;
    info.vector_unit = "sm_" + std::to_string(properties.major) + std::to_string(properties.minor);
    info.last_level_cache_bytes = properties.l2CacheSize;
    info.memory_bytes = static_cast<std::int64_t>(properties.totalGlobalMem);
    int driver = 0;
    calls.check(cudaDriverGetVersion(&driver), "cudaDriverGetVersion");
    info.details["cuda_driver"] = version_text(driver);
    info.details["cuda_runtime"] = version_text(CUDART_VERSION);
    info.details["ecc"] = properties.ECCEnabled != 0 ? "on" : "off";
    return info;
}

class CudaPlugIn final : public gpu::PlugIn {
  public:
    [[nodiscard]] std::vector<DeviceInfo> list() override {
        std::vector<DeviceInfo> devices;
        const int count = device_count();
        for (int device = 0; device < count; ++device) devices.push_back(describe(device));
        return devices;
    }
    [[nodiscard]] std::unique_ptr<gpu::Gpu> open(std::int32_t index) override {
        return std::make_unique<CudaGpu>(index, describe(index));
    }
};

}  // namespace
}  // namespace rackproof::cuda

#define RACKPROOF_EXPORT __attribute__((visibility("default")))

extern "C" RACKPROOF_EXPORT const char* rackproof_gpu_fingerprint() {
    return rackproof::gpu::kFingerprint;
}

extern "C" RACKPROOF_EXPORT rackproof::gpu::PlugIn* rackproof_gpu_plug_in() {
    // The order of the driver's own tools and of the kernel; before the first CUDA call.
    ::setenv("CUDA_DEVICE_ORDER", "PCI_BUS_ID", 1);
    static rackproof::cuda::CudaPlugIn plug_in;
    return &plug_in;
}
