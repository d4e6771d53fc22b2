#include "tests/fuzz/log_fuzz.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    return rackproof::fuzz::import_log(rackproof::LogTool::Nvbandwidth, data, size);
}
