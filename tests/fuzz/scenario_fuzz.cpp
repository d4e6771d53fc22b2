#include "app/scenario_file.hpp"
#include "tests/fuzz/fuzz_input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace rackproof;
    fuzz::is_taken([&] { (void)parse_scenario(fuzz::text_of(data, size), "scenario.toml", {}); });
    return 0;
}
