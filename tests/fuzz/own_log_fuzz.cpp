#include <stdexcept>

#include "core/utf8.hpp"
#include "hwcheck/kernel_log.hpp"
#include "tests/fuzz/fuzz_input.hpp"

/// Of the machine's own log nothing is refused: it is told, or said not to be read whole.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace rackproof;
    static const XidTable kXids{"1", {{79, {"fallen off the bus", "m", "error", "reseat", "s"}}}};
    const OwnLogTimes times{std::chrono::sys_seconds{std::chrono::seconds{1'700'000'000}}, 500'000,
                            86'400};
    Inventory inventory;
    const std::string problem =
        add_own_log(MailedText{"/dev/kmsg", fuzz::text_of(data, size)}, kXids, times, inventory);
    for (const InventoryEvent& event : inventory.events) {
        if (event.code.empty() || event.text.empty()) throw std::logic_error{"an empty event"};
        if (printable(event.part + event.text) != event.part + event.text) {
            throw std::logic_error{"an event that is not printable"};
        }
    }
    if (inventory.items.empty()) throw std::logic_error{"neither lines nor the reason why not"};
    return 0;
}
