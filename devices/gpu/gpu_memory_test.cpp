#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include "core/error.hpp"
#include "core/parameters.hpp"
#include "devices/gpu/gpu_device.hpp"
#include "devices/gpu/memory.hpp"
#include "devices/gpu/workloads.hpp"

namespace rackproof::gpu {
namespace {

/// One pattern written over the memory, as often as the pattern has passes. Every word is read,
/// turned over in place and read again: a weak cell shows when its neighbours change (moving
/// inversions, as in memtest86).
class GpuMemoryTest final : public Workload {
  public:
    GpuMemoryTest(Gpu& gpu, MemoryPattern pattern, double share, std::uint64_t seed)
        : gpu_{&gpu}, pattern_{pattern}, seed_{seed} {
        if (std::isnan(share) || share <= 0 || share > 1) {
            throw Error{"make a memory test", "expected a share above 0, and 1 at the most"};
        }
        free_bytes_ = gpu.free_bytes();
        allocate(static_cast<std::size_t>(share * static_cast<double>(free_bytes_)));
    }

    void run() override {
        gpu_->reset_memory_faults();
        for (const MemoryPass& pass : passes()) {
            for (const Block& block : blocks_) {
                gpu_->write_memory(block.memory.get(), block.words, of_block(pass, block));
            }
            read(pass, Gpu::Leave::Inverted);
            MemoryPass inverted = pass;
            inverted.inverted = !pass.inverted;
            read(inverted, Gpu::Leave::AsItIs);
        }
        ran_ = true;
    }

    /// Each pass writes twice and reads twice.
    [[nodiscard]] Work work() const override {
        constexpr double kTouches = 4;
        return {.bytes = kTouches * static_cast<double>(passes().size()) *
                         static_cast<double>(all_bytes())};
    }

    void verify() override {
        if (!ran_) throw Error{"verify a memory test", "it never ran"};
        const MemoryFaults faults = gpu_->memory_faults();
        if (faults.wrong == 0) return;
        std::string text = std::to_string(faults.wrong) + " words read back wrong" + by_bit(faults);
        for (const MemoryFault& fault : faults.first) {
            text += "; word " + std::to_string(fault.word) + ": bits";
            for (std::uint64_t bits = fault.seen ^ fault.expected; bits != 0; bits &= bits - 1) {
                text += " " + std::to_string(std::countr_zero(bits));
            }
        }
        throw WrongAnswer{"memory test " + std::string{to_string(pattern_)}, text};
    }

    [[nodiscard]] Variant variant() const override {
        Parameters parameters;
        parameters.set("bytes", static_cast<std::int64_t>(all_bytes()));
        parameters.set("share_of_free",
                       static_cast<double>(all_bytes()) / static_cast<double>(free_bytes_));
        parameters.set("passes", static_cast<std::int64_t>(passes().size()));
        return {.parameters = parameters.json(),
                .algorithm = "write, read and invert, read",
                .library = "",
                .transport = ""};
    }

  private:
    struct Block {
        Memory memory;
        std::size_t words = 0;
        std::size_t first_word = 0;
    };

    /// "; by bit: 3 (17 times), 40 (2)": a bit that is always the same is a line or a cell, all of
    /// them are an address.
    static std::string by_bit(const MemoryFaults& faults) {
        std::string text;
        for (std::size_t bit = 0; bit < faults.of_bit.size(); ++bit) {
            const std::uint64_t times = faults.of_bit[bit];
            if (times == 0) continue;
            text += (text.empty() ? "; by bit: " : ", ") + std::to_string(bit) + " (" +
                    std::to_string(times) + (text.empty() ? " times)" : ")");
        }
        const bool all = faults.wrong <= kMostTallied;
        return text + (all ? "" : " in the first " + std::to_string(kMostTallied));
    }

    static MemoryPass of_block(MemoryPass pass, const Block& block) {
        pass.first_word = block.first_word;
        return pass;
    }

    /// In blocks: one of nearly all that is free may not be had in one piece.
    void allocate(std::size_t bytes) {
        constexpr std::size_t kBlock = std::size_t{1} << 30U;
        constexpr std::size_t kPair = 2 * sizeof(std::uint64_t);
        for (std::size_t left = bytes / kPair * kPair; left > 0;) {
            const std::size_t size = std::min(left, kBlock);
            const std::size_t first_word = all_bytes() / sizeof(std::uint64_t);
            blocks_.push_back({gpu_memory(*gpu_, size), size / sizeof(std::uint64_t), first_word});
            left -= size;
        }
        if (blocks_.empty()) throw Unsupported{"this GPU has no free memory to test"};
    }

    void read(const MemoryPass& pass, Gpu::Leave leave) {
        for (const Block& block : blocks_) {
            gpu_->read_memory(block.memory.get(), block.words, of_block(pass, block), leave);
        }
    }

    [[nodiscard]] std::size_t all_bytes() const {
        std::size_t words = 0;
        for (const Block& block : blocks_) words += block.words;
        return words * sizeof(std::uint64_t);
    }

    [[nodiscard]] std::vector<MemoryPass> passes() const {
        const auto one_each = [this](const std::vector<std::uint64_t>& numbers) {
            std::vector<MemoryPass> all;
            all.reserve(numbers.size());
            for (const std::uint64_t number : numbers)
                all.push_back({.pattern = pattern_, .number = number});
            return all;
        };
        switch (pattern_) {
            case MemoryPattern::Walking: {
                std::vector<std::uint64_t> bits(64);
                for (std::size_t bit = 0; bit < bits.size(); ++bit) bits[bit] = bit;
                return one_each(bits);
            }
            case MemoryPattern::Inversions:
                return one_each({0, 0x5555555555555555U, 0x3333333333333333U, 0x0F0F0F0F0F0F0F0FU,
                                 0x00FF00FF00FF00FFU, 0x0000FFFF0000FFFFU, 0x00000000FFFFFFFFU});
            case MemoryPattern::Address: return one_each({0});
            case MemoryPattern::Random: return one_each({seed_, seed_ + 1, seed_ + 2, seed_ + 3});
        }
        return {};
    }

    Gpu* gpu_;
    MemoryPattern pattern_;
    std::uint64_t seed_;
    std::size_t free_bytes_ = 0;
    std::vector<Block> blocks_;
    bool ran_ = false;
};

}  // namespace

std::unique_ptr<Workload> make_memory_test(Gpu& gpu, MemoryPattern pattern, double share,
                                           std::uint64_t seed) {
    return std::make_unique<GpuMemoryTest>(gpu, pattern, share, seed);
}

}  // namespace rackproof::gpu
