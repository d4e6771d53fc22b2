#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace rackproof::test {

/// The machine that the fake libnvidia-ml.so.1 plays: the JSON file that RACKPROOF_FAKE_NVML names,
/// read again at every call, so that a test can let things happen in mid-run.
///   {"init": ANSWER, "count": ANSWER, "driver": TEXT, "nvml": TEXT, "cuda": NUMBER,
///    "gpus": [{"uuid": TEXT, "pci": TEXT, "lost": true, "fields": {"185": ANSWER},
///              "links": [{"active": ANSWER, "counters": [ANSWER, ...], "fields": {}}],
///              CALL: ANSWER, ...}]}
/// An ANSWER is a number, a text, a list of numbers, {"error": CODE}, or "hang". What is missing is
/// not supported.
inline constexpr const char* kFakeNvmlVariable = "RACKPROOF_FAKE_NVML";

/// The answer to a call that writes into what `write` knows; returns an nvmlReturn_t. Hangs for
/// good where the answer is "hang".
[[nodiscard]] nlohmann::json fake_machine();

/// The answer's error, 0 if it is none. Does not return for "hang".
[[nodiscard]] int fake_error(const nlohmann::json& answer);

/// One GPU of it, or null: `device` is its place in the list, from 1.
[[nodiscard]] nlohmann::json fake_gpu(void* device);

/// What `call` answers for this GPU; its own error, or that of a lost GPU, first.
struct FakeAnswer {
    int code = 0;
    nlohmann::json value;
};
[[nodiscard]] FakeAnswer fake_answer(void* device, const std::string& call);

/// Writes a text as NVML does: with its end, or "insufficient size".
[[nodiscard]] int fake_text(const FakeAnswer& answer, char* text, unsigned length);

template <class Number>
[[nodiscard]] int fake_number(const FakeAnswer& answer, Number* value) {
    if (answer.code == 0) *value = answer.value.get<Number>();
    return answer.code;
}

}  // namespace rackproof::test
