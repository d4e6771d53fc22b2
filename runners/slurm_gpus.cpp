#include "runners/slurm_gpus.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <sstream>

#include "core/error.hpp"
#include "core/fleet.hpp"
#include "runners/command_output.hpp"

namespace rackproof {
namespace {

constexpr double kScontrolPatience_s = 60;  // a busy controller answers late
constexpr std::size_t kMostHostsOfAJob = 100'000;

/// "gpu:h100:8(IDX:0-7),nic:2" has 8.
std::int32_t gpus_in(const std::string& resources) {
    constexpr const char* kGpu = "gpu:";
    std::int32_t gpus = 0;
    std::size_t end = 0;
    for (std::size_t at = resources.find(kGpu); at != std::string::npos;
         at = resources.find(kGpu, end)) {
        end = std::min(resources.find_first_of("(,", at), resources.size());
        if (at > 0 && resources[at - 1] != ',') continue;
        const std::size_t digits = resources.rfind(':', end - 1) + 1;
        std::int32_t count = 0;
        const char* const last = resources.data() + end;
        const auto read = std::from_chars(resources.data() + digits, last, count);
        if (read.ec == std::errc{} && read.ptr == last && count > 0) gpus += count;
    }
    return gpus;
}

}  // namespace

std::map<std::string, std::int32_t> allocated_gpus(const std::string& job) {
    std::map<std::string, std::int32_t> gpus;
    std::istringstream lines{job};
    for (std::string line; std::getline(lines, line);) {
        std::string nodes;
        std::int32_t each = 0;
        std::istringstream words{line};
        for (std::string word; words >> word;) {
            if (word.starts_with("Nodes=")) nodes = word.substr(word.find('=') + 1);
            if (word.starts_with("GRES=")) each = gpus_in(word.substr(word.find('=') + 1));
        }
        if (nodes.empty() || each == 0) continue;
        try {
            for (std::string& host : expand_hosts(nodes, kMostHostsOfAJob)) {
                gpus.emplace(std::move(host), each);
            }
        } catch (const InputError&) {
            continue;  // a form that only Slurm can expand
        }
    }
    return gpus;
}

std::map<std::string, std::int32_t> own_slurm_gpus() {
    const char* job = std::getenv("SLURM_JOB_ID");
    if (job == nullptr) return {};
    try {
        return allocated_gpus(
            output_of({{"scontrol", "show", "job", "--details", job}, {}}, kScontrolPatience_s));
    } catch (const Error&) {
        return {};
    }
}

}  // namespace rackproof
