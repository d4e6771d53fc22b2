#include "devices/cpu/instruction_sets.hpp"
#include "devices/cpu/make_instruction_set.hpp"

namespace rackproof::cpu {
namespace {

struct Scalar {
    using V = double;
    static constexpr std::size_t kMaxWidth = 1;
    static constexpr bool kStreams = false;
    static std::size_t width() { return 1; }
    static V all(double value) { return value; }
    static V load(const double* from) { return *from; }
    static V load(const float* from) { return static_cast<double>(*from); }
    static void store(double* to, V value) { *to = value; }
    static V add(V a, V b) { return a + b; }
    static V sub(V a, V b) { return a - b; }
    static V mul(V a, V b) { return a * b; }
    static V mul_add(V a, V b, V c) { return a * b + c; }
    static V product_error(V a, V x, V product) {
        return product_error_without_fma<Scalar>(a, x, product);
    }
};

}  // namespace

const InstructionSet& scalar_set() {
    static constexpr InstructionSet kSet = make_instruction_set<Scalar>("scalar");
    return kSet;
}

}  // namespace rackproof::cpu
