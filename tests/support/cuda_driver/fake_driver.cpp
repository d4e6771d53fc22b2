// A libcuda.so.1 that the CUDA runtime asks as it asks NVIDIA's, with no GPU behind it: it is of
// the CUDA version that RACKPROOF_FAKE_CUDA_VERSION says (12040; default 13000), and cuInit answers
// RACKPROOF_FAKE_CUDA_INIT (default 0). What else the runtime asks for answers "not supported".
#include <cstdint>
#include <cstdlib>
#include <string_view>

#define RACKPROOF_EXPORT extern "C" __attribute__((visibility("default")))

namespace {

constexpr int kInvalidValue = 1;
constexpr int kNotSupported = 801;

int number_of(const char* variable, int otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::atoi(text);
}

int not_supported() { return kNotSupported; }

}  // namespace

RACKPROOF_EXPORT int cuInit(unsigned /*flags*/) { return number_of("RACKPROOF_FAKE_CUDA_INIT", 0); }

RACKPROOF_EXPORT int cuDriverGetVersion(int* version) {
    if (version == nullptr) return kInvalidValue;
    constexpr int kCuda13 = 13000;
    *version = number_of("RACKPROOF_FAKE_CUDA_VERSION", kCuda13);
    return 0;
}

RACKPROOF_EXPORT int cuGetProcAddress_v2(const char* symbol, void** function, int /*version*/,
                                         std::uint64_t /*flags*/, int* found) {
    if (symbol == nullptr || function == nullptr) return kInvalidValue;
    if (found != nullptr) *found = 0;
    const std::string_view name{symbol};
    *function = reinterpret_cast<void*>(&not_supported);
    if (name == "cuInit") *function = reinterpret_cast<void*>(&cuInit);
    if (name == "cuDriverGetVersion") *function = reinterpret_cast<void*>(&cuDriverGetVersion);
    if (name == "cuGetProcAddress") *function = reinterpret_cast<void*>(&cuGetProcAddress_v2);
    return 0;
}

RACKPROOF_EXPORT int cuGetProcAddress(const char* symbol, void** function, int version,
                                      std::uint64_t flags) {
    return cuGetProcAddress_v2(symbol, function, version, flags, nullptr);
}
