#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace rackproof::cpu {

/// What the stream kernels multiply by.
inline constexpr double kStreamScalar = 3.0;

/// One STREAM kernel over a thread's part. `y` is used by add and triad alone.
using StreamLoop = void (*)(double* out, const double* x, const double* y, std::size_t count);

/// Writes pattern values; see stream_loops.hpp. `first` is the index of out[0] in the array.
using PatternFill = void (*)(double* out, std::uint64_t first, std::size_t count,
                             std::uint32_t array);

/// Looks for the first element that is not what the kernel makes of the pattern, and spoils each
/// with NaN as it goes, so that a later check cannot be met by what an earlier run left. Returns
/// its index, or `count`.
using PatternCheck = std::size_t (*)(double* out, std::uint64_t first, std::size_t count);

struct StreamLoops {
    StreamLoop copy = nullptr;   ///< out = x
    StreamLoop scale = nullptr;  ///< out = s x
    StreamLoop add = nullptr;    ///< out = x + y
    StreamLoop triad = nullptr;  ///< out = x + s y
};

/// A sum of products in twice the working precision (value + error), and the row's own square sum.
struct RowSum {
    double value = 0;
    double error = 0;
    double squares = 0;
};

/// Sum over i of row[i] (x[i] + x_low[i]): Dot2 of Ogita, Rump, Oishi, "Accurate sum and dot
/// product", SIAM J. Sci. Comput. 26(6), 2005, algorithm 5.3, in parallel lanes.
template <class Real>
using RowProduct = RowSum (*)(const Real* row, const double* x, const double* x_low,
                              std::size_t count);

/// Elements first to first + count - 1 of a sequence of N(0, 1) numbers; `first` is even. The same
/// bits whatever the instruction set and the split: see normal_loops.hpp.
template <class Real>
using NormalFill = void (*)(Real* out, std::uint64_t first, std::size_t count, std::uint64_t key);

/// Our own loops, compiled for one instruction set.
struct InstructionSet {
    std::string_view name;  ///< "avx512", "avx2", "sve", "neon", "scalar"
    StreamLoops temporal;
    StreamLoops non_temporal;  ///< nullptr where the instruction set has no such stores
    double (*sum)(const double* x, std::size_t count) = nullptr;
    PatternFill fill_pattern = nullptr;
    PatternCheck check_copy = nullptr;
    PatternCheck check_scale = nullptr;
    PatternCheck check_add = nullptr;
    PatternCheck check_triad = nullptr;
    double (*pattern_sum)(std::uint64_t first, std::size_t count, std::uint32_t array) = nullptr;
    RowProduct<double> row_product_fp64 = nullptr;
    RowProduct<float> row_product_fp32 = nullptr;
    NormalFill<double> fill_normal_fp64 = nullptr;
    NormalFill<float> fill_normal_fp32 = nullptr;
};

/// One that this build has, and whether this machine can run it.
struct BuiltSet {
    const InstructionSet* set = nullptr;
    bool runs_here = false;
};

/// All instruction sets of this build, the widest first and "scalar" last; one that this machine
/// takes in halves comes after the one as wide as the half. Each architecture has its own file for
/// this.
[[nodiscard]] std::vector<BuiltSet> built_instruction_sets();

/// The first that this machine can run.
[[nodiscard]] const InstructionSet& best_instruction_set();

/// Tells the core that its thread is waiting in a loop.
void spin_pause() noexcept;

}  // namespace rackproof::cpu
