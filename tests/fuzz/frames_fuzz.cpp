#include <span>

#include "runners/message.hpp"
#include "tests/fuzz/fuzz_input.hpp"

/// What a stranger may send over the back channel, to the controller and to a worker. What was
/// understood is written again as the same message.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace rackproof;
    const auto bytes = std::as_bytes(std::span{data, size});
    fuzz::is_taken([&] {
        const message::ToController found = message::decode_to_controller(bytes);
        if (const auto* report = std::get_if<message::Report>(&found)) {
            (void)message::record_of(*report);
        }
        (void)message::decode_to_controller(message::encode(found));
    });
    fuzz::is_taken([&] {
        (void)message::decode_to_worker(message::encode(message::decode_to_worker(bytes)));
    });
    return 0;
}
