#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "results/log_facts.hpp"
#include "results/log_text.hpp"

namespace rackproof::logs {

/// One size of a collective, out of place or in place.
struct NcclResult {
    std::int64_t bytes = 0;
    bool in_place = false;
    double time_s = 0;
    double busbw = 0;             ///< B/s, as printed
    int digits = 2;               ///< of busbw in GB/s that were printed behind the point
    std::optional<double> wrong;  ///< values; nothing where they were not counted
    std::string type;
    std::string redop;
    std::string root;
    std::optional<int> line;
};

/// One run of one of the nccl-tests, from text or from JSON.
struct NcclTest {
    std::string collective;  ///< "all_reduce"; empty if nothing said so
    std::string version;     ///< of nccl-tests
    std::string library;     ///< NCCL's version
    bool validated = true;
    std::vector<std::string> hosts;  ///< in the order in which they were first named
    std::int64_t ranks = 0;
    std::vector<NcclResult> results;
    std::optional<double> out_of_bounds;  ///< nothing if the log ends before it
    std::optional<double> average_gb_s;   ///< likewise
    std::string failure;                  ///< what the log says went wrong; empty if nothing
    int line = 1;                         ///< where the test begins
    int last_line = 1;
};

/// "all_reduce" of "all_reduce_perf", "nccl_allreduce.log", "/opt/all_reduce_perf_mpi"; empty if
/// the text names no collective of nccl-tests.
[[nodiscard]] std::string collective_in(std::string_view text);

/// Turns a test into readings, after holding it against itself: that bus bandwidth, time and size
/// agree (nccl-tests, doc/PERFORMANCE.md), and that the rows' average is the one that the log
/// states. What contradicts itself is refused through `log`.
void add_nccl_test(const NcclTest& test, LogText& log, LogFacts& facts);

}  // namespace rackproof::logs
