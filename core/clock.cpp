#include "core/clock.hpp"

#include <array>
#include <ctime>

namespace rackproof {

double seconds_since(SteadyClock::time_point start) {
    return std::chrono::duration<double>(SteadyClock::now() - start).count();
}

SteadyClock::duration seconds(double seconds) {
    return std::chrono::duration_cast<SteadyClock::duration>(
        std::chrono::duration<double>(seconds));
}

namespace {

constexpr const char* kUtcFormat = "%Y-%m-%dT%H:%M:%SZ";

}  // namespace

std::string utc_now() {
    const std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    std::tm utc{};
    gmtime_r(&now, &utc);
    std::array<char, 32> text{};
    const std::size_t length = std::strftime(text.data(), text.size(), kUtcFormat, &utc);
    return {text.data(), length};
}

std::optional<double> utc_seconds_since(const std::string& utc) {
    std::tm fields{};
    const char* end = ::strptime(utc.c_str(), kUtcFormat, &fields);
    if (end == nullptr || *end != '\0') return std::nullopt;
    // In double: a system_clock's nanoseconds overflow beyond the year 2262.
    const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
    return now.count() - static_cast<double>(::timegm(&fields));
}

}  // namespace rackproof
