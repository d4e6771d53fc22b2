#pragma once

#include <array>
#include <cstddef>
#include <utility>

namespace rackproof {

// Sorts a number of values that is known when it is compiled: which ones are compared does not
// depend on what they are, so that no branch has to be guessed and all stay in registers.

namespace sorting_network {

struct Exchange {
    std::size_t low = 0;
    std::size_t high = 0;
};

/// Calls visit(low, high) for each exchange of Batcher's network for `n` values (merge exchange:
/// Knuth, The Art of Computer Programming 3, 5.2.2, algorithm M).
template <class Visit>
constexpr void for_each_exchange(std::size_t n, Visit visit) {
    for (std::size_t p = 1; p < n; p *= 2) {
        for (std::size_t k = p; k >= 1; k /= 2) {
            for (std::size_t j = k % p; j + k < n; j += 2 * k) {
                for (std::size_t i = j; i < j + k && i + k < n; ++i) {
                    if (i / (2 * p) == (i + k) / (2 * p)) visit(i, i + k);
                }
            }
        }
    }
}

template <std::size_t n>
constexpr auto exchanges() {
    constexpr std::size_t kCount = [] {
        std::size_t count = 0;
        for_each_exchange(n, [&](std::size_t, std::size_t) { ++count; });
        return count;
    }();
    std::array<Exchange, kCount> all{};
    std::size_t next = 0;
    for_each_exchange(n, [&](std::size_t low, std::size_t high) { all[next++] = {low, high}; });
    return all;
}

/// Two questions, of which no compiler makes one branch: each is an instruction of most processors.
inline void exchange(double& a, double& b) {
    const double low = b < a ? b : a;
    const double high = a < b ? b : a;
    a = low;
    b = high;
}

/// Likewise of several rows at once (std::experimental::simd).
template <class Lanes>
[[gnu::always_inline]] inline void exchange(Lanes& a, Lanes& b) {
    const Lanes low = min(a, b);
    b = max(a, b);
    a = low;
}

}  // namespace sorting_network

/// In ascending order. Inlined wherever it is used, for in registers it takes next to no time.
template <class Value, std::size_t n>
[[gnu::always_inline]] inline void sort_by_network(std::array<Value, n>& values) {
    static constexpr auto kExchanges = sorting_network::exchanges<n>();
    [&]<std::size_t... i>(std::index_sequence<i...>) __attribute__((always_inline)) {
        (sorting_network::exchange(values[kExchanges[i].low], values[kExchanges[i].high]), ...);
    }
    (std::make_index_sequence<kExchanges.size()>{});
}

}  // namespace rackproof
