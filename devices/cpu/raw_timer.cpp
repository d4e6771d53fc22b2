#include "devices/cpu/raw_timer.hpp"

#include <cerrno>

#include "core/error.hpp"

namespace rackproof::cpu {
namespace {

timespec now() {
    timespec time{};
    if (clock_gettime(CLOCK_MONOTONIC_RAW, &time) != 0) {
        throw system_error("read CLOCK_MONOTONIC_RAW", errno);
    }
    return time;
}

}  // namespace

void RawTimer::start() { started_ = now(); }

double RawTimer::stop_s() {
    const timespec stopped = now();
    return static_cast<double>(stopped.tv_sec - started_.tv_sec) +
           static_cast<double>(stopped.tv_nsec - started_.tv_nsec) * 1e-9;
}

}  // namespace rackproof::cpu
