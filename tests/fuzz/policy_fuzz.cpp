#include "app/plan_file.hpp"
#include "tests/fuzz/fuzz_input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace rackproof;
    const std::filesystem::path path = fuzz::as_file(fuzz::text_of(data, size), "policy.toml");
    fuzz::is_taken([&] { (void)read_policy(path); });
    return 0;
}
