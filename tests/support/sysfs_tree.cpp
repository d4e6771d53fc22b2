#include "tests/support/sysfs_tree.hpp"

#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>

namespace rackproof::test {

SysfsTree::SysfsTree() {
    std::string folder = (std::filesystem::temp_directory_path() / "sysfs-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) throw std::runtime_error{"mkdtemp " + folder};
    root_ = folder;
}

SysfsTree::~SysfsTree() {
    std::error_code error;
    std::filesystem::remove_all(root_, error);
}

std::filesystem::path SysfsTree::write(std::string_view file, std::string_view text) const {
    const std::filesystem::path path = root_ / file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream{path, std::ios::binary | std::ios::trunc} << text;
    return path;
}

}  // namespace rackproof::test
