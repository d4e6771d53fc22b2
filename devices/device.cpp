#include "devices/device.hpp"

namespace rackproof {

std::string_view to_string(Precision precision) noexcept {
    switch (precision) {
        case Precision::Fp64: return "fp64";
        case Precision::Fp32: return "fp32";
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

}  // namespace rackproof
