#include "devices/cpu/affinity.hpp"

#include <sched.h>

#include <cerrno>
#include <charconv>
#include <filesystem>

#include "core/error.hpp"
#include "devices/cpu/cpu_set.hpp"

namespace rackproof::cpu {
namespace {

constexpr std::size_t kMostCores = 1U << 20U;

void bind_thread(pid_t thread, std::span<const int> cores) {
    CpuSet set{cores};
    if (sched_setaffinity(thread, set.bytes(), set.get()) != 0) {
        throw system_error("bind a thread to the cores " + core_list(cores), errno);
    }
}

}  // namespace

std::vector<int> this_thread_cores() {
    // The kernel answers EINVAL while the set is smaller than its own.
    for (std::size_t count = 1024; count <= kMostCores; count *= 2) {
        CpuSet set{count};
        if (sched_getaffinity(0, set.bytes(), set.get()) == 0) return set.cores();
        if (errno != EINVAL) break;
    }
    throw system_error("read the cores that this thread may use", errno);
}

void bind_this_thread(std::span<const int> cores) { bind_thread(0, cores); }

void bind_all_threads(std::span<const int> cores) {
    for (const auto& entry : std::filesystem::directory_iterator{"/proc/self/task"}) {
        const std::string name = entry.path().filename().string();
        pid_t thread = 0;
        const auto parsed = std::from_chars(name.data(), name.data() + name.size(), thread);
        if (parsed.ec != std::errc{} || thread <= 0) continue;
        CpuSet set{cores};
        if (sched_setaffinity(thread, set.bytes(), set.get()) != 0 && errno != ESRCH) {
            throw system_error("bind thread " + name + " to the cores " + core_list(cores), errno);
        }
    }
}

std::string core_list(std::span<const int> cores) {
    std::string text;
    for (std::size_t first = 0; first < cores.size();) {
        std::size_t last = first;
        while (last + 1 < cores.size() && cores[last + 1] == cores[last] + 1) ++last;
        if (!text.empty()) text += ',';
        text += std::to_string(cores[first]);
        if (last > first) text += '-' + std::to_string(cores[last]);
        first = last + 1;
    }
    return text;
}

}  // namespace rackproof::cpu
