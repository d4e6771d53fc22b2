#include "devices/gpu/error.hpp"

namespace rackproof::gpu {

GpuError::GpuError(std::string_view attempted, std::string_view answer, After after,
                   std::source_location where)
    : Error{attempted, answer, where}, after_{after} {}

GpuError error_of(int code, std::string_view call, std::string_view device, const ErrorCalls& calls,
                  std::source_location where) {
    const char* name = calls.name(code);
    const char* text = calls.text(code);
    std::string answer = name == nullptr ? "error" : name;
    answer += " (" + std::to_string(code) + ")";
    if (text != nullptr) answer.append(": ").append(text);
    (void)calls.clear();
    const bool lost = calls.probe() != calls.success;
    if (lost) answer += "; the GPU is lost to this process";
    return {std::string{call}.append(" on ").append(device), answer,
            lost ? After::Lost : After::Usable, where};
}

}  // namespace rackproof::gpu
