#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "core/error.hpp"
#include "core/number_text.hpp"
#include "core/parameters.hpp"
#include "devices/cpu/digest.hpp"
#include "devices/gpu/gemm_choice.hpp"
#include "devices/gpu/gpu_device.hpp"
#include "devices/gpu/memory.hpp"
#include "devices/gpu/nvfp4.hpp"
#include "devices/gpu/workloads.hpp"

namespace rackproof::gpu {
namespace {

/// Bytes of an element (of Nvfp4's operands: see nvfp4.hpp), and how exactly products are rounded:
/// on the way, as the unit roundoff of an accumulator, and at the end, as that of C's type (0: C
/// holds the accumulator itself).
struct Accuracy {
    std::size_t operand_bytes;
    std::size_t result_bytes;
    double on_the_way;
    double at_the_end;
};

Accuracy accuracy_of(Precision precision) {
    // Tensor cores cut off what they add at 2^-23 or so of the largest term (Fasi, Higham, Mikaitis
    // & Pranesh, "Numerical behavior of NVIDIA tensor cores", PeerJ CS 7, 2021), those of fp8 at
    // about 2^-13 (DeepSeek-V3, arXiv 2412.19437, section 3.3.2). Of fp4's nothing is published: as
    // much is allowed.
    switch (precision) {
        case Precision::Fp64: return {8, 8, 0x1p-53, 0};
        case Precision::Fp32: return {4, 4, 0x1p-24, 0};
        case Precision::Tf32: return {4, 4, 0x1p-22, 0};
        case Precision::Fp16: return {2, 2, 0x1p-22, 0x1p-11};
        case Precision::Bf16: return {2, 2, 0x1p-22, 0x1p-8};
        case Precision::Fp8E4m3: return {1, 2, 0x1p-13, 0x1p-8};
        case Precision::Int8: return {1, 4, 0, 0};
        case Precision::Nvfp4: return {0, 2, 0x1p-13, 0x1p-8};
    }
    throw Error{"make a product", "no such precision"};
}

std::string name_of(const GemmShape& shape) {
    return std::string{to_string(shape.precision)} + " product of " + std::to_string(shape.m) +
           " x " + std::to_string(shape.n) + " x " + std::to_string(shape.k);
}

std::size_t bytes_of(std::int64_t rows, std::int64_t columns, std::size_t element) {
    constexpr std::int64_t kMostRows = 1 << 20;
    if (rows < 1 || columns < 1 || rows > kMostRows || columns > kMostRows) {
        throw Error{"make a product", "expected 1 to 1048576 rows and columns, got " +
                                          std::to_string(rows) + " x " + std::to_string(columns)};
    }
    constexpr std::size_t kWord = sizeof(std::uint64_t);
    const auto bytes = static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns) * element;
    return (bytes + kWord - 1) / kWord * kWord;
}

/// Of A's rows or B's columns. Throws Unsupported where k is not a whole number of blocks.
std::size_t operand_bytes(const GemmShape& shape, std::int64_t vectors) {
    const std::size_t bytes =
        bytes_of(vectors, shape.k, accuracy_of(shape.precision).operand_bytes);
    if (shape.precision != Precision::Nvfp4) return bytes;
    if (static_cast<std::size_t>(shape.k) % Nvfp4Layout::kBlock != 0) {
        throw Unsupported{"a " + name_of(shape) + " needs k in blocks of " +
                          std::to_string(Nvfp4Layout::kBlock)};
    }
    return Nvfp4Layout{.vectors = static_cast<std::size_t>(vectors),
                       .length = static_cast<std::size_t>(shape.k)}
        .bytes();
}

class GpuProduct final : public Workload {
  public:
    GpuProduct(Gpu& gpu, const GemmShape& shape, int rounds) : gpu_{&gpu}, shape_{shape} {
        const std::size_t a_bytes = operand_bytes(shape, shape.m);
        const std::size_t b_bytes = operand_bytes(shape, shape.n);
        c_bytes_ = bytes_of(shape.m, shape.n, accuracy_of(shape.precision).result_bytes);
        require_free(gpu, static_cast<std::int64_t>(a_bytes + b_bytes + c_bytes_),
                     "the matrices of a " + name_of(shape));
        a_ = gpu_memory(gpu, a_bytes);
        b_ = gpu_memory(gpu, b_bytes);
        c_ = gpu_memory(gpu, c_bytes_);
        fill_normal(a_, shape.m, 2 * shape.seed);
        fill_normal(b_, shape.n, 2 * shape.seed + 1);
        gemm_ = gpu.make_gemm(shape, operands());
        choose(rounds);
        spoil_output();
    }

    void run() override {
        gemm_->run();
        state_ = State::NotVerified;
    }

    [[nodiscard]] Work work() const override {
        return {.flops = 2 * static_cast<double>(shape_.m) * static_cast<double>(shape_.n) *
                         static_cast<double>(shape_.k)};
    }

    void verify() override {
        if (state_ == State::NeverRun) throw Error{"verify a " + name_of(shape_), "it never ran"};
        if (state_ == State::NotVerified) {
            fault_ = fault();
            state_ = State::Verified;
            spoil_output();
        }
        if (!fault_.empty()) throw WrongAnswer{name_of(shape_), fault_};
    }

    [[nodiscard]] Variant variant() const override {
        Parameters parameters;
        parameters.set("layout", std::string{"TN"});
        parameters.set("m", shape_.m);
        parameters.set("n", shape_.n);
        parameters.set("k", shape_.k);
        parameters.set("seed", std::to_string(shape_.seed));
        if (digest_) parameters.set("digest", cpu::digest_text(*digest_));
        return {.parameters = parameters.json(),
                .algorithm = gemm_->settings(algorithm_),
                .library = gemm_->library(),
                .transport = ""};
    }

    [[nodiscard]] GemmAlgorithm algorithm() const { return {gemm_->library(), algorithm_}; }

  private:
    enum class State : std::uint8_t { NeverRun, NotVerified, Verified };

    [[nodiscard]] GemmOperands operands() const { return {a_.get(), b_.get(), c_.get()}; }

    void fill_normal(const Memory& memory, std::int64_t vectors, std::uint64_t stream) {
        const std::uint64_t key = (stream + 1) * 0xD1342543DE82EF95U;
        const OperandSize size{.vectors = static_cast<std::size_t>(vectors),
                               .length = static_cast<std::size_t>(shape_.k)};
        gpu_->fill_normal(memory.get(), shape_.precision, size, key);
    }

    /// Asks for the candidates even where one is pinned: a GPU without any skips.
    void choose(int rounds) {
        if (shape_.pinned) {
            (void)gemm_->candidates();
            algorithm_ = pinned();
        } else {
            algorithm_ = fastest_algorithm(*gpu_, *gemm_, rounds);
        }
        try {
            gemm_->use(algorithm_);
        } catch (const Error& error) {
            throw Error{"use the algorithm '" + gemm_->settings(algorithm_) + "' of " +
                            gemm_->library() + " for a " + name_of(shape_),
                        error.what()};
        }
    }

    [[nodiscard]] std::string pinned() const {
        const std::string here = gemm_->library();
        std::string others;
        for (const GemmAlgorithm& one : *shape_.pinned) {
            if (one.library == here) return one.algorithm;
            others += (others.empty() ? "" : ", ") + one.library;
        }
        throw Error{"use the calibrated algorithm for a " + name_of(shape_),
                    others.empty() ? "no device of this sku has completed its calibration"
                                   : "none was calibrated for " + here + ", only for " + others};
    }

    void spoil_output() {
        gpu_->fill(c_.get(), kSpoilt, c_bytes_);
        gpu_->wait();
    }

    /// What is wrong with C; empty if nothing is. The digest of the first right one is kept.
    [[nodiscard]] std::string fault() {
        const ProductVerdict verdict =
            judge_product(shape_, gpu_->product_sums(shape_, operands(), ++checks_));
        if (!verdict.right) {
            return "row " + std::to_string(verdict.row) + " fails Freivalds' check: it is off by " +
                   number_text(verdict.residual) + ", the bound is " + number_text(verdict.bound) +
                   " (seed " + std::to_string(shape_.seed) + ")";
        }
        const std::uint64_t digest = gpu_->digest(c_.get(), c_bytes_);
        if (!digest_) digest_ = digest;
        if (digest == *digest_) return "";
        return "the result's digest is " + cpu::digest_text(digest) + ", of the first it was " +
               cpu::digest_text(*digest_) + " (seed " + std::to_string(shape_.seed) + ")";
    }

    Gpu* gpu_;
    GemmShape shape_;
    std::size_t c_bytes_ = 0;
    Memory a_, b_, c_;
    std::unique_ptr<GpuGemm> gemm_;
    std::string algorithm_;
    State state_ = State::NeverRun;
    std::uint64_t checks_ = 0;
    std::optional<std::uint64_t> digest_;
    std::string fault_;
};

}  // namespace

/// The bound of row i is that of cpu/freivalds.hpp, 8 sqrt(k) u |a_i| |B| with the accumulator's u,
/// and 8 u |c_i| for the rounding to C's own type, by the same inequality of Hoeffding. Sums of
/// Int8 are whole numbers: half of 1 is too much.
ProductVerdict judge_product(const GemmShape& shape, const ProductSums& sums) {
    const Accuracy accuracy = accuracy_of(shape.precision);
    constexpr double kSigmas = 8;
    constexpr double kHalf = 0.5;
    ProductVerdict worst{.right = !sums.cx.empty(), .row = 0, .residual = 0, .bound = 0};
    double most = -1;
    for (std::size_t row = 0; row < sums.cx.size(); ++row) {
        const double residual = std::abs(sums.cx[row] - sums.abx[row]);
        const double on_the_way = accuracy.on_the_way * std::sqrt(static_cast<double>(shape.k)) *
                                  std::sqrt(sums.a_square[row]) * std::sqrt(sums.b_square);
        const double at_the_end = accuracy.at_the_end * std::sqrt(sums.c_square[row]);
        const double bound =
            shape.precision == Precision::Int8 ? kHalf : kSigmas * (on_the_way + at_the_end);
        // Not true of anything that is not a number, nor of operands that are all zero.
        const bool right = std::isfinite(bound) && bound > 0 && residual <= bound;
        const double share = right ? residual / bound : std::numeric_limits<double>::infinity();
        if (share <= most) continue;
        worst = {.right = worst.right && right, .row = row, .residual = residual, .bound = bound};
        most = share;
        if (!right) break;
    }
    return worst;
}

std::unique_ptr<Workload> make_gemm(Gpu& gpu, const GemmShape& shape) {
    constexpr int kRounds = 3;
    return std::make_unique<GpuProduct>(gpu, shape, kRounds);
}

GemmAlgorithm choose_gemm_algorithm(Gpu& gpu, const GemmShape& shape) {
    constexpr int kRounds = 10;
    GemmShape free = shape;
    free.pinned.reset();
    return GpuProduct{gpu, free, kRounds}.algorithm();
}

}  // namespace rackproof::gpu
