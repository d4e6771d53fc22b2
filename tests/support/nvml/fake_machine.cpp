#include "tests/support/nvml/fake_machine.hpp"

#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>

#include "hwcheck/nvml/interface.hpp"

namespace rackproof::test {

using nlohmann::json;

json fake_machine() {
    const char* const file = std::getenv(kFakeNvmlVariable);
    if (file == nullptr) return json{{"init", {{"error", nvml::kDriverNotLoaded}}}};
    std::ifstream stream{file};
    return json::parse(stream, nullptr, false);
}

int fake_error(const json& answer) {
    if (answer.is_null() || answer.is_discarded()) return nvml::kNotSupported;
    if (answer.is_object() && answer.contains("error")) return answer["error"].get<int>();
    while (answer == "hang") ::pause();
    return nvml::kSuccess;
}

json fake_gpu(void* device) {
    const json machine = fake_machine();
    const auto place = reinterpret_cast<std::uintptr_t>(device);
    if (place == 0 || place > machine["gpus"].size()) return {};
    return machine["gpus"][place - 1];
}

FakeAnswer fake_answer(void* device, const std::string& call) {
    const json gpu = fake_gpu(device);
    if (gpu.is_null()) return {nvml::kInvalidArgument, {}};
    if (gpu.value("lost", false)) return {nvml::kGpuIsLost, {}};
    FakeAnswer answer{0, gpu.value(call, json{})};
    answer.code = fake_error(answer.value);
    return answer;
}

int fake_text(const FakeAnswer& answer, char* text, unsigned length) {
    if (answer.code != 0) return answer.code;
    const auto words = answer.value.get<std::string>();
    constexpr int kInsufficientSize = 7;
    if (words.size() + 1 > length) return kInsufficientSize;
    std::memcpy(text, words.c_str(), words.size() + 1);
    return 0;
}

}  // namespace rackproof::test
