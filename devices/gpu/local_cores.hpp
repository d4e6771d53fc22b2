#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace rackproof::gpu {

/// "0-3,8" as {0, 1, 2, 3, 8}; empty if the text is anything else, or names more than 65,536.
[[nodiscard]] std::vector<int> cores_of_list(const std::string& list);

/// The cores near the PCI device of this address, as the kernel has them, of those allowed; all
/// that are allowed where the kernel names none of them.
[[nodiscard]] std::vector<int> cores_near(const std::string& pci, const std::vector<int>& allowed,
                                          const std::filesystem::path& sys = "/sys");

}  // namespace rackproof::gpu
