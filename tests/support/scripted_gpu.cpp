#include "tests/support/scripted_gpu.hpp"

#include <algorithm>
#include <bit>
#include <functional>
#include <string_view>

#include "core/error.hpp"

namespace rackproof::test {

void ScriptedGpu::called(const std::string& call) {
    static const std::set<std::string> kAnywhere{"copy", "wait", "mark_start", "elapsed_s"};
    if (among_others && in_use != this && !kAnywhere.contains(call)) {
        throw gpu::GpuError{call + " on GPU " + facts.facts.pci, "another GPU is in use",
                            gpu::After::Usable, std::source_location::current()};
    }
    const int number = ++calls_[call];
    if (!failure || failure->call != call || failure->at != number) return;
    lost = lost || failure->after == gpu::After::Lost;
    throw gpu::GpuError{call + " on GPU 0", "the script says so", failure->after,
                        std::source_location::current()};
}

void* ScriptedGpu::take(const std::string& call, std::size_t bytes) {
    called(call);
    std::vector<std::byte> block(bytes);
    void* place = block.data();
    blocks_.emplace(place, std::move(block));
    return place;
}

double ScriptedGpu::expected(StreamKernel kernel, std::size_t index) {
    const double x = value(index, 0);
    const double y = value(index, 1);
    switch (kernel) {
        case StreamKernel::Copy:
        case StreamKernel::Read: return x;
        case StreamKernel::Scale: return 3 * x;
        case StreamKernel::Add: return x + y;
        case StreamKernel::Triad: break;
    }
    return x + 3 * y;
}

void ScriptedGpu::stream(StreamKernel kernel, const gpu::StreamArrays& arrays) {
    called("stream");
    if (kernel == StreamKernel::Read) *arrays.out = 0;
    for (std::size_t i = 0; i < arrays.count; ++i) {
        const double one = expected(kernel, i) + (spoils_element == i ? 1 : 0);
        if (kernel == StreamKernel::Read) {
            *arrays.out += one;
        } else {
            arrays.out[i] = one;
        }
    }
}

gpu::StreamFaults ScriptedGpu::check(StreamKernel kernel, const gpu::StreamArrays& arrays) {
    called("check");
    gpu::StreamFaults faults;
    if (kernel == StreamKernel::Read) {
        for (std::size_t i = 0; i < arrays.count; ++i) faults.expected += expected(kernel, i);
        faults.seen = *arrays.out;
        faults.wrong = faults.seen == faults.expected ? 0 : 1;
        return faults;
    }
    for (std::size_t i = arrays.count; i-- > 0;) {
        if (arrays.out[i] == expected(kernel, i)) continue;
        ++faults.wrong;
        faults.first = i;
        faults.seen = arrays.out[i];
        faults.expected = expected(kernel, i);
    }
    return faults;
}

namespace {

/// Small whole numbers, so that every sum is exact.
double operand(std::size_t index, std::uint64_t key) {
    return static_cast<double>((index * 31 + key) % 7) - 3;
}
double weight(std::size_t index, std::uint64_t seed) { return (index + seed) % 2 == 0 ? 1 : -1; }

std::uint64_t word_of(const gpu::MemoryPass& pass, std::uint64_t place) {
    const std::uint64_t index = pass.first_word + place;
    std::uint64_t word = 0;
    switch (pass.pattern) {
        case MemoryPattern::Walking: word = std::uint64_t{1} << (index + pass.number) % 64; break;
        case MemoryPattern::Inversions: word = pass.number; break;
        case MemoryPattern::Address: word = 8 * index; break;
        case MemoryPattern::Random: word = (index + pass.number) * 0x9E3779B97F4A7C15U; break;
    }
    return pass.inverted ? ~word : word;
}

}  // namespace

class ScriptedGpu::Gemm : public gpu::GpuGemm {
  public:
    Gemm(ScriptedGpu& gpu, const GemmShape& shape, const gpu::GemmOperands& operands)
        : gpu_{&gpu}, shape_{shape}, operands_{operands} {}

    [[nodiscard]] std::vector<std::string> candidates() override {
        if (gpu_->algorithms.empty()) throw Unsupported{"the script has no algorithm"};
        std::vector<std::string> names;
        for (const auto& [name, seconds] : gpu_->algorithms) names.push_back(name);
        return names;
    }
    [[nodiscard]] std::string settings(const std::string& algorithm) const override {
        return algorithm.substr(0, algorithm.find(" bytes "));
    }
    void use(const std::string& algorithm) override {
        const auto found =
            std::ranges::find(gpu_->algorithms, algorithm, &std::pair<std::string, double>::first);
        if (found == gpu_->algorithms.end() || gpu_->unusable.contains(algorithm)) {
            throw Unsupported{"the script does not take it"};
        }
        product_s_ = found->second;
    }

    void run() override {
        gpu_->called("gemm");
        gpu_->products_s_ += product_s_;
        const auto* a = static_cast<const double*>(operands_.a);
        const auto* b = static_cast<const double*>(operands_.b);
        auto* c = static_cast<double*>(operands_.c);
        for (std::int64_t row = 0; row < shape_.m; ++row) {
            for (std::int64_t column = 0; column < shape_.n; ++column) {
                double sum = row + column == 0 ? gpu_->product_error : 0;
                for (std::int64_t i = 0; i < shape_.k; ++i) {
                    sum += a[row * shape_.k + i] * b[column * shape_.k + i];
                }
                c[column * shape_.m + row] = sum;
            }
        }
    }
    [[nodiscard]] std::string library() const override { return gpu_->library; }

  private:
    ScriptedGpu* gpu_;
    GemmShape shape_;
    gpu::GemmOperands operands_;
    double product_s_ = 0;
};

void ScriptedGpu::fill_normal(void* memory, Precision /*precision*/, const gpu::OperandSize& size,
                              std::uint64_t key) {
    called("fill_normal");
    for (std::size_t i = 0; i < size.count(); ++i)
        static_cast<double*>(memory)[i] = operand(i, key);
}

std::unique_ptr<gpu::GpuGemm> ScriptedGpu::make_gemm(const GemmShape& shape,
                                                     const gpu::GemmOperands& operands) {
    called("make_gemm");
    return std::make_unique<Gemm>(*this, shape, operands);
}

gpu::ProductSums ScriptedGpu::product_sums(const GemmShape& shape,
                                           const gpu::GemmOperands& operands, std::uint64_t seed) {
    called("product_sums");
    const auto* a = static_cast<const double*>(operands.a);
    const auto* b = static_cast<const double*>(operands.b);
    const auto* c = static_cast<const double*>(operands.c);
    const auto m = static_cast<std::size_t>(shape.m);
    const auto n = static_cast<std::size_t>(shape.n);
    const auto k = static_cast<std::size_t>(shape.k);
    std::vector<double> bx(k, 0);
    gpu::ProductSums sums{std::vector<double>(m, 0), std::vector<double>(m, 0),
                          std::vector<double>(m, 0), std::vector<double>(m, 0), 0};
    for (std::size_t i = 0; i < k * n; ++i) {
        bx[i % k] += b[i] * weight(i / k, seed);
        sums.b_square += b[i] * b[i];
    }
    for (std::size_t i = 0; i < m * n; ++i) {
        sums.cx[i % m] += c[i] * weight(i / m, seed);
        sums.c_square[i % m] += c[i] * c[i];
    }
    for (std::size_t i = 0; i < m * k; ++i) {
        sums.abx[i / k] += a[i] * bx[i % k];
        sums.a_square[i / k] += a[i] * a[i];
    }
    return sums;
}

std::uint64_t ScriptedGpu::digest(const void* memory, std::size_t bytes) {
    called("digest");
    return std::hash<std::string_view>{}({static_cast<const char*>(memory), bytes});
}

void ScriptedGpu::write_memory(void* memory, std::size_t words, const gpu::MemoryPass& pass) {
    called("write_memory");
    auto* to = static_cast<std::uint64_t*>(memory);
    for (std::size_t i = 0; i < words; ++i) to[i] = word_of(pass, i);
}

void ScriptedGpu::note(std::uint64_t word, std::uint64_t seen, std::uint64_t expected) {
    if (++faults_.wrong <= 3) faults_.first.push_back({word, seen, expected});
    for (std::uint64_t bits = seen ^ expected; bits != 0; bits &= bits - 1) {
        ++faults_.of_bit.at(static_cast<std::size_t>(std::countr_zero(bits)));
    }
}

void ScriptedGpu::read_memory(void* memory, std::size_t words, const gpu::MemoryPass& pass,
                              Leave leave) {
    called("read_memory");
    auto* from = static_cast<std::uint64_t*>(memory);
    for (std::size_t i = 0; i < words; ++i) {
        std::uint64_t seen = from[i];
        const std::uint64_t place = pass.first_word + i;
        if (stuck && stuck->first == place) seen |= std::uint64_t{1} << stuck->second;
        const std::uint64_t expected = word_of(pass, i);
        if (seen != expected) note(place, seen, expected);
        if (leave == Leave::Inverted) from[i] = ~expected;
    }
}

std::string wrong_answer(Workload& workload) {
    try {
        workload.verify();
    } catch (const WrongAnswer& error) {
        return error.what();
    }
    return "";
}

}  // namespace rackproof::test
