#include <cstring>
#include <span>

#include "core/error.hpp"
#include "core/parameters.hpp"
#include "devices/gpu/gpu_device.hpp"
#include "devices/gpu/memory.hpp"
#include "devices/gpu/workloads.hpp"

namespace rackproof::gpu {
namespace {

/// Words that depend on their place and on `salt`, so that a shifted or stale block shows.
void write_words(std::span<std::uint64_t> words, std::uint64_t salt) {
    std::uint64_t value = salt;
    for (std::uint64_t& word : words) word = (value += 0x9E3779B97F4A7C15U);
}

/// Two blocks of pinned memory and two of the GPU: what goes there and what comes back never meet.
class GpuHostCopy final : public Workload {
  public:
    GpuHostCopy(Gpu& gpu, HostCopy copy, std::int64_t bytes) : gpu_{&gpu}, copy_{copy} {
        constexpr std::int64_t kWord = sizeof(std::uint64_t);
        if (bytes < kWord) {
            throw Error{"make a copy", "expected 8 bytes or more, got " + std::to_string(bytes)};
        }
        words_ = static_cast<std::size_t>(bytes / kWord);
        require_free(gpu, 2 * bytes, "the buffers of a copy");
        down_from_ = pinned_memory(gpu, this->bytes());
        up_to_ = pinned_memory(gpu, this->bytes());
        down_to_ = gpu_memory(gpu, this->bytes());
        up_from_ = gpu_memory(gpu, this->bytes());
        write_words(words(down_from_), kDownSalt);
        write_words(words(up_to_), kUpSalt);
        gpu.copy(up_from_.get(), up_to_.get(), this->bytes(), Queue::Main);
        gpu.wait();
        spoil();
    }

    void run() override {
        ran_ = true;
        if (copy_ == HostCopy::HostToDevice) return down(Queue::Main);
        if (copy_ == HostCopy::DeviceToHost) return up(Queue::Main);
        gpu_->fork();
        down(Queue::Main);
        up(Queue::Side);
        gpu_->join();
    }

    [[nodiscard]] Work work() const override {
        const double ways = copy_ == HostCopy::BothWays ? 2 : 1;
        return {.bytes = ways * static_cast<double>(bytes())};
    }

    void verify() override {
        if (!ran_) throw Error{"verify a copy", "it never ran"};
        gpu_->wait();
        if (copy_ != HostCopy::HostToDevice) compare(words(up_to_), kUpSalt, "device to host");
        if (copy_ != HostCopy::DeviceToHost) {
            gpu_->copy(up_to_.get(), down_to_.get(), bytes(), Queue::Main);
            gpu_->wait();
            compare(words(up_to_), kDownSalt, "host to device");
        }
        spoil();
    }

    [[nodiscard]] Variant variant() const override {
        Parameters parameters;
        parameters.set("bytes", static_cast<std::int64_t>(bytes()));
        const auto cores = gpu_->info().details.find("host_cores");
        if (cores != gpu_->info().details.end()) parameters.set("cores", cores->second);
        return {.parameters = parameters.json(),
                .algorithm = "copy engine, pinned memory",
                .library = "",
                .transport = ""};
    }

  private:
    static constexpr std::uint64_t kDownSalt = 0xD1342543DE82EF95U;
    static constexpr std::uint64_t kUpSalt = 0xA24BAED4963EE407U;

    [[nodiscard]] std::size_t bytes() const { return words_ * sizeof(std::uint64_t); }
    [[nodiscard]] std::span<std::uint64_t> words(const Memory& memory) const {
        return {static_cast<std::uint64_t*>(memory.get()), words_};
    }
    void down(Queue queue) { gpu_->copy(down_to_.get(), down_from_.get(), bytes(), queue); }
    void up(Queue queue) { gpu_->copy(up_to_.get(), up_from_.get(), bytes(), queue); }

    /// So that a later run cannot pass by doing nothing.
    void spoil() {
        std::memset(up_to_.get(), 0, bytes());
        gpu_->fill(down_to_.get(), 0, bytes());
        gpu_->wait();
    }

    static void compare(std::span<const std::uint64_t> words, std::uint64_t salt,
                        const std::string& way) {
        std::uint64_t value = salt;
        for (std::size_t i = 0; i < words.size(); ++i) {
            value += 0x9E3779B97F4A7C15U;
            if (words[i] == value) continue;
            throw WrongAnswer{"copy " + way, "byte " + std::to_string(8 * i) + " on holds " +
                                                 std::to_string(words[i]) + ", expected " +
                                                 std::to_string(value)};
        }
    }

    Gpu* gpu_;
    HostCopy copy_;
    std::size_t words_ = 0;
    Memory down_from_, up_to_, down_to_, up_from_;
    bool ran_ = false;
};

}  // namespace

std::unique_ptr<Workload> make_host_copy(Gpu& gpu, HostCopy copy, std::int64_t bytes) {
    return std::make_unique<GpuHostCopy>(gpu, copy, bytes);
}

}  // namespace rackproof::gpu
