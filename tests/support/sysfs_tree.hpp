#pragma once

#include <filesystem>
#include <string_view>

namespace rackproof::test {

/// A folder of its own in place of /sys, removed with this.
class SysfsTree {
  public:
    SysfsTree();
    SysfsTree(const SysfsTree&) = delete;
    SysfsTree& operator=(const SysfsTree&) = delete;
    ~SysfsTree();

    [[nodiscard]] const std::filesystem::path& root() const { return root_; }

    /// Writes a file, making its folders. Returns its path.
    std::filesystem::path write(std::string_view file, std::string_view text) const;

  private:
    std::filesystem::path root_;
};

}  // namespace rackproof::test
