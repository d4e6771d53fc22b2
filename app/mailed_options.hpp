#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "hwcheck/inventory.hpp"

namespace CLI {
class App;
}

namespace rackproof {

/// What tools wrote on another machine (docs/hwcheck-offline.md).
struct MailedFiles {
    std::vector<std::filesystem::path> nvidia_smi;
    std::optional<std::filesystem::path> ibstat;
    std::optional<std::filesystem::path> lspci;
    std::optional<std::filesystem::path> kernel_log;
    std::optional<std::filesystem::path> fabric_manager_log;

    [[nodiscard]] bool empty() const {
        return nvidia_smi.empty() && !ibstat && !lspci && !kernel_log && !fabric_manager_log;
    }
};

/// `--nvidia-smi`, `--ibstat`, `--lspci`, `--dmesg`, `--fabric-manager`. `files` outlives the
/// parsing.
void add_mailed_options(CLI::App& hwcheck, MailedFiles& files);

/// Adds what the files say to an inventory. Throws InputError for the first that cannot be used.
void add_mailed(const MailedFiles& files, Inventory& inventory);

}  // namespace rackproof
