#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace rackproof::cpu {

/// What the kernel says is free for new programs (MemAvailable), in bytes. hwloc counts less
/// memory than there is on some machines. Throws Error if `proc`/meminfo does not say.
[[nodiscard]] std::int64_t available_memory_bytes(const std::filesystem::path& proc = "/proc");

/// The processor's name: hwloc's if it has one, else "model name" of `proc`/cpuinfo, else what
/// implementer and part of an Arm core stand for, or their numbers; "unknown processor" at last.
/// Runs of blanks become one.
[[nodiscard]] std::string processor_model(const std::string& hwloc_name,
                                          const std::filesystem::path& proc = "/proc");

/// Throws Error if `bytes` do not fit into what is free now. `what` names them.
void require_memory(std::int64_t bytes, const std::string& what,
                    const std::filesystem::path& proc = "/proc");

}  // namespace rackproof::cpu
