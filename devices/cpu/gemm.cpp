#include "devices/cpu/gemm.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <span>
#include <string>

#include "core/error.hpp"
#include "core/number_text.hpp"
#include "core/parameters.hpp"
#include "devices/cpu/blas.hpp"
#include "devices/cpu/digest.hpp"
#include "devices/cpu/freivalds.hpp"
#include "devices/cpu/machine.hpp"
#include "devices/cpu/pages.hpp"

namespace rackproof::cpu {
namespace {

NormalFill<double> normal_fill_of(const InstructionSet& set, double) {
    return set.fill_normal_fp64;
}
NormalFill<float> normal_fill_of(const InstructionSet& set, float) { return set.fill_normal_fp32; }

std::string name_of(const GemmShape& shape) {
    return "gemm " + std::string{to_string(shape.precision)} + " of " + std::to_string(shape.m) +
           " x " + std::to_string(shape.n) + " x " + std::to_string(shape.k);
}

void require_possible(const GemmShape& shape, std::size_t element_bytes) {
    constexpr std::int64_t kMostIndex = std::numeric_limits<int>::max();
    const auto [least, most] = std::minmax({shape.m, shape.n, shape.k});
    if (least < 1) throw Error{"make a " + name_of(shape), "expected sizes of 1 or more"};
    if (most > kMostIndex) throw Unsupported{name_of(shape) + ": OpenBLAS's indices end at 2^31"};
    const double elements = static_cast<double>(shape.m) * static_cast<double>(shape.k) +
                            static_cast<double>(shape.k) * static_cast<double>(shape.n) +
                            static_cast<double>(shape.m) * static_cast<double>(shape.n);
    const double bytes = elements * static_cast<double>(element_bytes);
    constexpr double kMostBytes = 0x1p62;
    require_memory(static_cast<std::int64_t>(std::min(bytes, kMostBytes)),
                   "the matrices of a " + name_of(shape));
}

template <class Real>
class Matrix {
  public:
    Matrix(std::int64_t rows, std::int64_t columns, const std::string& what)
        : size_{static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns)},
          pages_{size_ * sizeof(Real), what} {}

    [[nodiscard]] Real* data() const { return reinterpret_cast<Real*>(pages_.data()); }
    [[nodiscard]] std::span<const std::byte> bytes() const {
        return {pages_.data(), pages_.bytes()};
    }

    /// Calls fill(elements, first index) on each thread's part.
    template <class Fill>
    void fill_parts(ThreadPool& pool, Fill fill) {
        pool.run([&](int thread) {
            const ItemRange own = share_of(size_, 64 / sizeof(Real), pool.size(), thread);
            fill(std::span{data() + own.begin, own.size()}, own.begin);
        });
    }

  private:
    std::size_t size_;
    Pages pages_;
};

template <class Real>
class OpenBlasGemm final : public Workload {
  public:
    OpenBlasGemm(ThreadPool& pool, const InstructionSet& set, const GemmShape& shape)
        : pool_{&pool},
          set_{&set},
          shape_{shape},
          a_{shape.m, shape.k, "A of a " + name_of(shape)},
          b_{shape.k, shape.n, "B of a " + name_of(shape)},
          c_{shape.m, shape.n, "C of a " + name_of(shape)},
          threads_{use_blas_threads(pool.cores())} {
        fill_normal(a_, 2 * shape.seed);
        fill_normal(b_, 2 * shape.seed + 1);
        spoil_output();
    }

    void run() override {
        multiply(a_.data(), b_.data(), c_.data(), static_cast<int>(shape_.m),
                 static_cast<int>(shape_.n), static_cast<int>(shape_.k));
        verified_ = false;
        ran_ = true;
    }

    [[nodiscard]] Work work() const override {
        return {.flops = 2 * static_cast<double>(shape_.m) * static_cast<double>(shape_.n) *
                         static_cast<double>(shape_.k)};
    }

    void verify() override {
        if (!ran_) throw Error{"verify a " + name_of(shape_), "it never ran"};
        if (!verified_) {
            fault_ = fault();
            verified_ = true;
            spoil_output();
        }
        if (!fault_.empty()) throw WrongAnswer{name_of(shape_), fault_};
    }

    [[nodiscard]] Variant variant() const override {
        Parameters parameters;
        parameters.set("threads", std::int64_t{threads_});
        parameters.set("layout", std::string{"row-major"});
        parameters.set("m", shape_.m);
        parameters.set("n", shape_.n);
        parameters.set("k", shape_.k);
        parameters.set("seed", std::to_string(shape_.seed));
        if (digest_) parameters.set("digest", digest_text(*digest_));
        const std::string threads =
            std::to_string(threads_) + (threads_ == 1 ? " thread" : " threads");
        return {.parameters = parameters.json(),
                .algorithm = blas_core() + ", " + threads,
                .library = blas_version(),
                .transport = ""};
    }

  private:
    void fill_normal(Matrix<Real>& matrix, std::uint64_t stream) {
        const auto fill = normal_fill_of(*set_, Real{});
        // Far apart in the generator's own sequence.
        const std::uint64_t key = (stream + 1) * 0xD1342543DE82EF95U;
        matrix.fill_parts(*pool_, [&](std::span<Real> part, std::size_t first) {
            fill(part.data(), first, part.size(), key);
        });
    }

    void spoil_output() {
        c_.fill_parts(*pool_, [](std::span<Real> part, std::size_t) {
            std::ranges::fill(part, std::numeric_limits<Real>::quiet_NaN());
        });
    }

    /// What is wrong with the last run's C; empty if nothing is.
    /// The bits of an output that was right once are right: only others are looked into.
    std::string fault() {
        const std::uint64_t seen = digest(c_.bytes(), *pool_);
        if (digest_ == seen) return "";
        const Product<Real> product{a_.data(), b_.data(), c_.data(), shape_.m, shape_.n, shape_.k};
        const ProductCheck check = check_product(product, shape_.seed + ++checks_, *pool_, *set_);
        if (!check.right) {
            return "row " + std::to_string(check.row) + " of C is off by " +
                   number_text(check.residual) + " against a random vector, at most " +
                   number_text(check.bound) + " expected";
        }
        if (!digest_) {
            digest_ = seen;
            return "";
        }
        return "the digest of C is " + digest_text(seen) + ", the first right one was " +
               digest_text(*digest_);
    }

    ThreadPool* pool_;
    const InstructionSet* set_;
    GemmShape shape_;
    Matrix<Real> a_, b_, c_;
    int threads_;
    bool ran_ = false;
    bool verified_ = false;
    std::uint64_t checks_ = 0;
    std::optional<std::uint64_t> digest_;
    std::string fault_;
};

}  // namespace

std::unique_ptr<Workload> make_openblas_gemm(ThreadPool& pool, const InstructionSet& set,
                                             const GemmShape& shape) {
    if (shape.precision == Precision::Fp64) {
        require_possible(shape, sizeof(double));
        return std::make_unique<OpenBlasGemm<double>>(pool, set, shape);
    }
    if (shape.precision == Precision::Fp32) {
        require_possible(shape, sizeof(float));
        return std::make_unique<OpenBlasGemm<float>>(pool, set, shape);
    }
    throw Unsupported{name_of(shape) + ": CPUs multiply fp64 and fp32"};
}

}  // namespace rackproof::cpu
