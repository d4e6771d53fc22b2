#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <span>

#include "core/error.hpp"
#include "devices/cpu/core_check.hpp"
#include "devices/cpu/digest.hpp"
#include "devices/cpu/pages.hpp"

namespace rackproof::cpu {
namespace {

constexpr std::uint64_t kStride = 0x9E3779B97F4A7C15U;
constexpr std::uint64_t kFactor = 0xD1342543DE82EF95U;

/// A word of a sequence (SplitMix64).
std::uint64_t word(std::uint64_t seed, std::uint64_t index) {
    std::uint64_t z = seed * kFactor + (index + 1) * kStride;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
}

template <class Value>
std::span<const std::byte> bytes_of(const Value* first, std::size_t count) {
    return std::as_bytes(std::span{first, count});
}

/// Arithmetic as the core has it.
struct Native {
    static std::uint64_t upper_product(std::uint64_t a, std::uint64_t b) {
        __extension__ using Wide = unsigned __int128;
        return static_cast<std::uint64_t>((static_cast<Wide>(a) * b) >> 64U);
    }
    static std::uint64_t product(std::uint64_t a, std::uint64_t b) { return a * b; }
    static std::uint64_t quotient(std::uint64_t a, std::uint64_t b) { return a / b; }
    static std::uint64_t rotated(std::uint64_t a, unsigned by) {
        return std::rotl(a, static_cast<int>(by));
    }
    static std::uint64_t bits(std::uint64_t a) {
        return static_cast<std::uint64_t>(std::popcount(a));
    }
};

/// The same built from shorter products, subtraction, and single bits.
struct Longhand {
    static std::uint64_t upper_product(std::uint64_t a, std::uint64_t b) {
        constexpr std::uint64_t kLow = 0xFFFFFFFFU;
        const std::uint64_t low = (a & kLow) * (b & kLow);
        const std::uint64_t middle = (a >> 32U) * (b & kLow) + (low >> 32U);
        const std::uint64_t other = (a & kLow) * (b >> 32U) + (middle & kLow);
        return (a >> 32U) * (b >> 32U) + (middle >> 32U) + (other >> 32U);
    }
    static std::uint64_t product(std::uint64_t a, std::uint64_t b) {
        std::uint64_t sum = 0;
        for (unsigned digit = 0; digit < 64; digit += 16) {
            sum += (a * ((b >> digit) & 0xFFFFU)) << digit;
        }
        return sum;
    }
    static std::uint64_t quotient(std::uint64_t a, std::uint64_t b) {
        std::uint64_t whole = 0;
        std::uint64_t rest = 0;
        for (int bit = 63; bit >= 0; --bit) {
            const bool carried = (rest >> 63U) != 0;
            rest = (rest << 1U) | ((a >> static_cast<unsigned>(bit)) & 1U);
            if (!carried && rest < b) continue;
            rest -= b;
            whole |= std::uint64_t{1} << static_cast<unsigned>(bit);
        }
        return whole;
    }
    static std::uint64_t rotated(std::uint64_t a, unsigned by) {
        std::uint64_t turned = a;
        for (unsigned i = 0; i < by; ++i) turned = turned + turned + (turned >> 63U);
        return turned;
    }
    static std::uint64_t bits(std::uint64_t a) {
        std::uint64_t count = 0;
        for (; a != 0; a >>= 1U) count += a & 1U;
        return count;
    }
};

/// A chain in which each step needs the one before it, so that one wrong bit reaches the end.
class IntegerKernel final : public CoreKernel {
  public:
    std::uint64_t pass(std::uint64_t seed) override { return chain<Native>(seed); }
    std::uint64_t reference(std::uint64_t seed) override { return chain<Longhand>(seed); }
    [[nodiscard]] Work work() const override { return {.flops = kSteps}; }
    [[nodiscard]] std::string algorithm() const override { return "integer chain"; }

  private:
    static constexpr std::size_t kSteps = 1U << 16U;
    static constexpr std::size_t kTable = 512;  // 4 KiB, in the first cache

    template <class Arithmetic>
    std::uint64_t chain(std::uint64_t seed) {
        for (std::size_t i = 0; i < kTable; ++i) table_[i] = word(seed, i);
        std::uint64_t x = word(seed, kTable);
        std::uint64_t sum = 0;
        for (std::uint64_t i = 0; i < kSteps; ++i) {
            std::uint64_t& entry = table_[x % kTable];
            const std::uint64_t upper = Arithmetic::upper_product(x, entry | 1U);
            const std::uint64_t divisor = (entry >> (x >> 59U)) | 1U;
            const std::uint64_t whole = Arithmetic::quotient(x, divisor);
            const std::uint64_t rest = x - Arithmetic::product(whole, divisor);
            const auto by = static_cast<unsigned>(whole % 63U) + 1;
            entry = Arithmetic::rotated(entry ^ whole, by) + Arithmetic::bits(x);
            x = (upper ^ rest) + Arithmetic::product(x + i, kFactor);
            sum = Arithmetic::rotated(sum ^ x, 29) + entry;
        }
        return digest_here(bytes_of(table_.data(), kTable)) ^ sum;
    }

    std::array<std::uint64_t, kTable> table_{};
};

/// c = a + 3 b, a = b + 3 c, b = c + 3 a, and so on, from whole numbers below 2^20. Each step
/// makes them at most four times as large, so that sixteen stay below 2^52: doubles hold them
/// exactly, and integers give the same.
class FmaKernel final : public CoreKernel {
  public:
    explicit FmaKernel(const InstructionSet& set) : set_{&set} {}

    std::uint64_t pass(std::uint64_t seed) override {
        fill(seed);
        std::uint64_t sum = 0;
        for (std::uint64_t round = 0; round < kRounds; ++round) {
            for (std::size_t each = 0; each < 2; ++each) numbers_[each] = first_[each];
            for (std::size_t step = 0; step < kSteps; ++step) {
                set_->temporal.triad(numbers_[(step + 2) % 3].data(), numbers_[step % 3].data(),
                                     numbers_[(step + 1) % 3].data(), kCount);
            }
            sum = std::rotl(sum, 1) ^ digest_of_numbers();
        }
        return sum;
    }

    std::uint64_t reference(std::uint64_t seed) override {
        fill(seed);
        std::array<std::array<std::uint64_t, kCount>, 3> whole{};
        for (std::size_t each = 0; each < 2; ++each) {
            for (std::size_t i = 0; i < kCount; ++i) {
                whole[each][i] = word(seed, each * kCount + i) >> kShift;
            }
        }
        for (std::size_t step = 0; step < kSteps; ++step) {
            auto& out = whole[(step + 2) % 3];
            const auto& x = whole[step % 3];
            const auto& y = whole[(step + 1) % 3];
            for (std::size_t i = 0; i < kCount; ++i) out[i] = x[i] + 3 * y[i];
        }
        for (std::size_t each = 0; each < 3; ++each) {
            for (std::size_t i = 0; i < kCount; ++i) {
                numbers_[each][i] = static_cast<double>(whole[each][i]);
            }
        }
        const std::uint64_t one = digest_of_numbers();
        std::uint64_t sum = 0;
        for (std::uint64_t round = 0; round < kRounds; ++round) sum = std::rotl(sum, 1) ^ one;
        return sum;
    }

    [[nodiscard]] Work work() const override { return {.flops = 2.0 * kCount * kSteps * kRounds}; }
    [[nodiscard]] std::string algorithm() const override {
        return "vector FMA (" + std::string{set_->name} + ")";
    }

  private:
    static constexpr std::size_t kCount = 1024;  // three arrays of 8 KiB: the first cache
    static constexpr std::size_t kSteps = 16;
    static constexpr std::uint64_t kRounds = 255;  // odd: equal digests do not cancel out
    static constexpr unsigned kShift = 64 - 20;
    using Numbers = std::array<double, kCount>;
    static_assert(kStreamScalar == 3.0);

    void fill(std::uint64_t seed) {
        for (std::size_t each = 0; each < 2; ++each) {
            for (std::size_t i = 0; i < kCount; ++i) {
                first_[each][i] = static_cast<double>(word(seed, each * kCount + i) >> kShift);
            }
        }
    }
    [[nodiscard]] std::uint64_t digest_of_numbers() const {
        return digest_here(bytes_of(numbers_[0].data(), 3 * kCount));
    }

    const InstructionSet* set_;
    alignas(64) std::array<Numbers, 2> first_{};
    alignas(64) std::array<Numbers, 3> numbers_{};
};

/// Copies of more than a core's own caches; every other one has all bits turned over, so that what
/// was not written is what should not be there.
class CopyKernel final : public CoreKernel {
  public:
    CopyKernel() : pages_{3 * kBytes, "the buffers of a core's copies"} {
        std::ranges::fill(all(), 0);
    }

    std::uint64_t pass(std::uint64_t seed) override {
        if (!seed_ || *seed_ != seed) fill(seed);
        std::uint64_t sum = 0;
        for (std::size_t each = 0; each < 2; ++each) {
            std::memcpy(part(2), part(each), kBytes);
            sum = std::rotl(sum, 1) ^ digest_here({pages_.data() + 2 * kBytes, kBytes});
        }
        return sum;
    }

    std::uint64_t reference(std::uint64_t seed) override {
        std::array<std::uint64_t, kDigestBlockBytes / sizeof(std::uint64_t)> block{};
        std::uint64_t sum = 0;
        for (std::size_t each = 0; each < 2; ++each) {
            DigestOfBlocks whole;
            for (std::size_t first = 0; first < kWords; first += block.size()) {
                for (std::size_t i = 0; i < block.size(); ++i) {
                    block[i] = word_of(seed, each, first + i);
                }
                whole.add(bytes_of(block.data(), block.size()));
            }
            sum = std::rotl(sum, 1) ^ whole.value();
        }
        return sum;
    }

    [[nodiscard]] Work work() const override { return {.bytes = 2.0 * 2.0 * kBytes}; }
    [[nodiscard]] std::string algorithm() const override { return "memcpy"; }

  private:
    static constexpr std::size_t kBytes = std::size_t{4} << 20U;
    static constexpr std::size_t kWords = kBytes / sizeof(std::uint64_t);
    static_assert(kBytes % kDigestBlockBytes == 0);

    static std::uint64_t word_of(std::uint64_t seed, std::size_t each, std::size_t index) {
        const std::uint64_t plain = word(seed, index);
        return each == 0 ? plain : ~plain;
    }
    [[nodiscard]] std::uint64_t* part(std::size_t each) {
        return reinterpret_cast<std::uint64_t*>(pages_.data()) + each * kWords;
    }
    [[nodiscard]] std::span<std::uint64_t> all() { return {part(0), 3 * kWords}; }
    void fill(std::uint64_t seed) {
        for (std::size_t each = 0; each < 2; ++each) {
            for (std::size_t i = 0; i < kWords; ++i) part(each)[i] = word_of(seed, each, i);
        }
        seed_ = seed;
    }

    Pages pages_;
    std::optional<std::uint64_t> seed_;
};

}  // namespace

std::unique_ptr<CoreKernel> make_core_kernel(CoreWork work, const InstructionSet& set) {
    switch (work) {
        case CoreWork::Integer: return std::make_unique<IntegerKernel>();
        case CoreWork::VectorFma: return std::make_unique<FmaKernel>(set);
        case CoreWork::Copy: return std::make_unique<CopyKernel>();
    }
    throw Error{"make a core's work", "there is no such"};
}

}  // namespace rackproof::cpu
