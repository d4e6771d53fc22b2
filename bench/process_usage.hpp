#pragma once

#include <sys/resource.h>

namespace rackproof::bench {

inline rusage usage_now() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return usage;
}

/// The most memory that this process has held so far.
inline double peak_mb() { return static_cast<double>(usage_now().ru_maxrss) / 1000; }

/// Of this process so far; on a machine that others use, it says more than the time that passed.
inline double processor_s() {
    const rusage usage = usage_now();
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace rackproof::bench
