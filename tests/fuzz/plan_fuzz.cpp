#include "app/plan_file.hpp"
#include "tests/fuzz/fuzz_input.hpp"

/// A plan, and the same text as one that an old run file holds.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace rackproof;
    fuzz::is_taken([&] { (void)parse_plan(fuzz::text_of(data, size), "plan.toml"); });
    fuzz::is_taken([&] { (void)parse_plan_policy(fuzz::text_of(data, size), "plan.toml"); });
    return 0;
}
