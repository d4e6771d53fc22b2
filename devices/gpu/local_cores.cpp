#include "devices/gpu/local_cores.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <optional>
#include <string_view>

namespace rackproof::gpu {
namespace {

constexpr int kMostCores = 65'536;

std::optional<int> number_in(std::string_view& text) {
    int number = -1;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || number < 0 || number >= kMostCores) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(rest - text.data()));
    return number;
}

}  // namespace

std::vector<int> cores_of_list(const std::string& list) {
    std::string_view rest{list};
    while (rest.ends_with('\n')) rest.remove_suffix(1);
    std::vector<int> cores;
    while (!rest.empty()) {
        const std::optional<int> first = number_in(rest);
        std::optional<int> last = first;
        if (first && rest.starts_with('-')) {
            rest.remove_prefix(1);
            last = number_in(rest);
        }
        if (!first || !last || *last < *first) return {};
        for (int core = *first; core <= *last; ++core) cores.push_back(core);
        if (rest.empty()) return cores;
        if (!rest.starts_with(',') || cores.size() > kMostCores) return {};
        rest.remove_prefix(1);
    }
    return {};
}

std::vector<int> cores_near(const std::string& pci, const std::vector<int>& allowed,
                            const std::filesystem::path& sys) {
    std::ifstream file{sys / "bus" / "pci" / "devices" / pci / "local_cpulist"};
    std::string list;
    std::getline(file, list);
    const std::vector<int> near = cores_of_list(list);
    std::vector<int> cores;
    std::ranges::copy_if(allowed, std::back_inserter(cores),
                         [&](int core) { return std::ranges::find(near, core) != near.end(); });
    return cores.empty() ? allowed : cores;
}

}  // namespace rackproof::gpu
