#include "tests/fuzz/mailed_fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return rackproof::fuzz::add_mailed(rackproof::add_fabric_manager_log, data, size);
}
