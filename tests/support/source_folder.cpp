#include "tests/support/source_folder.hpp"

namespace rackproof::test {

std::filesystem::path source_folder() { return RACKPROOF_SOURCE_DIR; }

std::filesystem::path real_data(const std::string& name) {
    return source_folder().parent_path() / "shared/data" / name;
}

}  // namespace rackproof::test
