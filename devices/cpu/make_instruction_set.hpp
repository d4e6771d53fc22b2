#pragma once

#include <string_view>

#include "devices/cpu/instruction_set.hpp"
#include "devices/cpu/normal_loop.hpp"
#include "devices/cpu/row_product_loop.hpp"
#include "devices/cpu/stream_loops.hpp"

namespace rackproof::cpu {

/// All loops, compiled for `Isa`; an instruction set without non-temporal stores leaves those out.
template <class Isa>
constexpr InstructionSet make_instruction_set(std::string_view name) {
    InstructionSet set;
    set.name = name;
    set.temporal = stream_loops<Isa, TemporalStore>();
    if constexpr (Isa::kStreams) set.non_temporal = stream_loops<Isa, NonTemporalStore>();
    set.sum = sum_loop<Isa>;
    set.fill_pattern = fill_pattern<Isa>;
    set.check_copy = check_loop<Isa, Copy<Isa>>;
    set.check_scale = check_loop<Isa, Scale<Isa>>;
    set.check_add = check_loop<Isa, Add<Isa>>;
    set.check_triad = check_loop<Isa, Triad<Isa>>;
    set.pattern_sum = pattern_sum<Isa>;
    set.row_product_fp64 = row_product<Isa, double>;
    set.row_product_fp32 = row_product<Isa, float>;
    set.fill_normal_fp64 = fill_normal<Isa, double>;
    set.fill_normal_fp32 = fill_normal<Isa, float>;
    return set;
}

}  // namespace rackproof::cpu
