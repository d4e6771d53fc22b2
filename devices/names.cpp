#include "devices/communicator.hpp"
#include "devices/device.hpp"

namespace rackproof {

std::string_view to_string(Precision precision) noexcept {
    switch (precision) {
        case Precision::Fp64: return "fp64";
        case Precision::Fp32: return "fp32";
        case Precision::Tf32: return "tf32";
        case Precision::Fp16: return "fp16";
        case Precision::Bf16: return "bf16";
        case Precision::Fp8E4m3: return "fp8_e4m3";
        case Precision::Int8: return "int8";
        case Precision::Nvfp4: return "nvfp4";
    }
    return "unknown";
}

std::string_view to_string(StreamKernel kernel) noexcept {
    switch (kernel) {
        case StreamKernel::Copy: return "copy";
        case StreamKernel::Scale: return "scale";
        case StreamKernel::Add: return "add";
        case StreamKernel::Triad: return "triad";
        case StreamKernel::Read: return "read";
    }
    return "unknown";
}

std::string_view to_string(HostCopy copy) noexcept {
    switch (copy) {
        case HostCopy::HostToDevice: return "h2d";
        case HostCopy::DeviceToHost: return "d2h";
        case HostCopy::BothWays: return "h2d_d2h";
    }
    return "unknown";
}

std::string_view to_string(PeerCopy copy) noexcept {
    switch (copy) {
        case PeerCopy::Engine: return "copy";
        case PeerCopy::EngineBothWays: return "copy.both_ways";
        case PeerCopy::Kernel: return "kernel";
        case PeerCopy::KernelBothWays: return "kernel.both_ways";
    }
    return "unknown";
}

std::string_view to_string(MemoryPattern pattern) noexcept {
    switch (pattern) {
        case MemoryPattern::Walking: return "walking";
        case MemoryPattern::Inversions: return "inversions";
        case MemoryPattern::Address: return "address";
        case MemoryPattern::Random: return "random";
    }
    return "unknown";
}

std::string_view to_string(CoreWork work) noexcept {
    switch (work) {
        case CoreWork::Integer: return "integer";
        case CoreWork::VectorFma: return "fma";
        case CoreWork::Copy: return "copy";
    }
    return "unknown";
}

std::size_t bytes_of(ElementType type) noexcept {
    switch (type) {
        case ElementType::Fp64:
        case ElementType::Int64: return 8;
        case ElementType::Fp32: return 4;
        case ElementType::Bf16: return 2;
    }
    return 8;
}

}  // namespace rackproof
