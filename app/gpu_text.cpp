#include "app/gpu_text.hpp"

#include <vector>

#include "core/utf8.hpp"

namespace rackproof {
namespace {

constexpr double kListPatience_s = 15;

/// The facts that fit into two lines; all of them are in a run file's inventory.
constexpr std::pair<const char*, const char*> kShown[] = {
    {"uuid", ""},
    {"pci", ""},
    {"serial", "serial "},
    {"vbios", "VBIOS "},
    {"driver", "driver "},
    {"cuda", "CUDA "},
    {"ecc_mode", "ECC "},
    {"mig_mode", "MIG "},
    {"power_limit_enforced_w", "power limit (W) "},
    {"pcie_generation", "PCIe generation "},
    {"pcie_width", "width "},
    {"nvlinks_active", "NVLinks active "},
};

std::string text_of(const GpuFacts& facts, const char* key) {
    const auto found = facts.find(key);
    if (found == facts.end()) return "not asked";
    const auto& [name, answer] = *found;
    return answer ? printable(*answer.value()) : answer.why();
}

std::string gpu_line(std::size_t index, const GpuInventory& gpu) {
    std::string text = "nvml" + std::to_string(index) + "  ";
    if (!gpu.problem.empty()) return text + "not known: " + gpu.problem + "\n";
    text += text_of(gpu.facts, "model");
    for (const auto& [key, words] : kShown) text += ", " + (words + text_of(gpu.facts, key));
    return text + "\n";
}

}  // namespace

std::string gpus_text(const GpuReaderProgram& reader) {
    const std::string why_none = why_no_nvml();
    if (!why_none.empty()) return "no GPU by NVML: " + why_none + "\n";
    std::vector<GpuInventory> gpus;
    try {
        gpus = list_gpus(reader, kListPatience_s);
    } catch (const std::exception& error) {
        return std::string{"no GPU by NVML: "} + error.what() + "\n";
    }
    if (gpus.empty()) return "no GPU by NVML: the driver lists none\n";
    std::string text;
    for (std::size_t i = 0; i < gpus.size(); ++i) text += gpu_line(i, gpus[i]);
    return text;
}

}  // namespace rackproof
