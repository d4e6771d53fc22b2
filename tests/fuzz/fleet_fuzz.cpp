#include "app/fleet_file.hpp"
#include "tests/fuzz/fuzz_input.hpp"

/// A fleet file, as TOML and as CSV.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace rackproof;
    fuzz::is_taken([&] { (void)parse_fleet_toml(fuzz::text_of(data, size), "fleet.toml"); });
    fuzz::is_taken([&] { (void)parse_fleet_csv(fuzz::text_of(data, size), "fleet.csv"); });
    return 0;
}
