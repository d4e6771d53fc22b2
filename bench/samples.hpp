#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace rackproof::bench {

/// Repeats `once` for `seconds`, after one run that is dropped, and returns its rates: `amount`
/// (bytes, operations) by the seconds of each run.
template <class Once>
std::vector<double> rates(double amount, double seconds, Once once) {
    using Clock = std::chrono::steady_clock;
    const auto since = [](Clock::time_point start) {
        return std::chrono::duration<double>(Clock::now() - start).count();
    };
    once();
    std::vector<double> samples;
    const auto begin = Clock::now();
    while (samples.empty() || since(begin) < seconds) {
        const auto start = Clock::now();
        once();
        samples.push_back(amount / since(start));
    }
    return samples;
}

/// The whole of `text` as a number; throws if it is none.
template <class Number>
Number number(std::string_view text) {
    Number value{};
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) {
        throw std::runtime_error{fmt::format("expected a number, got '{}'", text)};
    }
    return value;
}

/// One line: "NAME best BEST median MEDIAN samples COUNT".
inline void print_rates(const std::string& name, std::vector<double> samples) {
    std::sort(samples.begin(), samples.end());
    fmt::print("{} best {:.6g} median {:.6g} samples {}\n", name, samples.back(),
               samples[samples.size() / 2], samples.size());
}

}  // namespace rackproof::bench
