#pragma once

#include <span>
#include <string>
#include <vector>

namespace rackproof::cpu {

/// Where threads may run. Cores are the kernel's CPU numbers, of any size; lists are ascending.

/// The cores that the calling thread may use.
[[nodiscard]] std::vector<int> this_thread_cores();

/// Binds the calling thread to `cores`. Throws Error if the kernel refuses.
void bind_this_thread(std::span<const int> cores);

/// Binds every thread that this process has now to `cores`. Threads that end meanwhile are passed
/// over. Throws Error if the kernel refuses.
void bind_all_threads(std::span<const int> cores);

/// List format, as in /proc and taskset: {0, 1, 2, 3, 8} is "0-3,8".
[[nodiscard]] std::string core_list(std::span<const int> cores);

}  // namespace rackproof::cpu
