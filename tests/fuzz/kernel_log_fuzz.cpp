#include "tests/fuzz/mailed_fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace rackproof;
    static const XidTable xids{"1", {{79, {"fallen off the bus", "m", "error", "reseat", "s"}}}};
    return fuzz::add_mailed(
        [](MailedText text, Inventory& inventory) {
            add_kernel_log(std::move(text), xids, inventory);
        },
        data, size);
}
