#include "tests/support/source_folder.hpp"

namespace rackproof::test {

std::filesystem::path source_folder() { return RACKPROOF_SOURCE_DIR; }

}  // namespace rackproof::test
