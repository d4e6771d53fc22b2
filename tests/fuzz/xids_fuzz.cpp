#include "app/xid_file.hpp"
#include "tests/fuzz/fuzz_input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace rackproof;
    fuzz::is_taken([&] { (void)parse_xid_table(fuzz::text_of(data, size), "xid.toml"); });
    return 0;
}
