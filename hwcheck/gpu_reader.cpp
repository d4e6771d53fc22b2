#include "hwcheck/gpu_reader.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <optional>

#include "core/number_text.hpp"

namespace rackproof {
namespace {

std::string words_for(GpuQuestion question) {
    switch (question) {
        case GpuQuestion::Count: return "count the GPUs with NVML";
        case GpuQuestion::Facts: return "ask NVML what the GPU is";
        case GpuQuestion::Sample: return "read the GPU's sensors with NVML";
        case GpuQuestion::State: return "read the GPU's counters with NVML";
    }
    return "ask NVML";
}

}  // namespace

GpuReader::GpuReader(GpuReaderProgram program) : program_{std::move(program)} {}

GpuReply GpuReader::ask(const GpuRequest& request, double patience_s) {
    const std::scoped_lock lock{mutex_};
    const std::string attempted = words_for(request.question);
    if (!silence_.empty()) throw GpuSilent{attempted, silence_};
    if (!child_) child_ = std::make_unique<Child>(program_);
    WireWriter writer;
    writer.put(request);
    const std::vector<std::byte> bytes = writer.take();
    if (::send(child_->channel(), bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) {
        const Error error = system_error(attempted, errno);
        child_.reset();
        throw error;
    }
    GpuReply reply = receive(patience_s, attempted);
    if (reply.outcome == GpuReadOutcome::NoLibrary) throw Unsupported{reply.problem};
    if (reply.outcome == GpuReadOutcome::Lost) throw GpuLost{attempted, reply.problem};
    if (reply.outcome == GpuReadOutcome::Failed) throw Error{attempted, reply.problem};
    return reply;
}

GpuReply GpuReader::receive(double patience_s, const std::string& attempted) {
    const std::optional<std::vector<std::byte>> packet =
        child_->receive(patience_s, kGpuPacketLimit);
    if (!packet) {
        silence_ = "NVML has not answered within " + number_text(patience_s) +
                   " s: a call to the driver hangs";
        child_.reset();
        throw GpuSilent{attempted, silence_};
    }
    if (packet->empty()) {
        child_.reset();
        throw Error{attempted, "the process that asks NVML has died"};
    }
    GpuReply reply;
    WireReader reader{*packet};
    reader.get(reply);
    return reply;
}

GpuReaderProgram own_gpu_reader() { return {"/proc/self/exe", {kGpuReaderCommand}}; }

std::string why_no_nvml() {
    try {
        (void)nvml::load(nvml::kLibrary);
        return "";
    } catch (const Unsupported& error) {
        return error.what();
    }
}

std::vector<GpuInventory> list_gpus(const GpuReaderProgram& program, double patience_s) {
    auto reader = std::make_unique<GpuReader>(program);
    const std::uint32_t count = reader->ask({GpuQuestion::Count, {}}, patience_s).count;
    constexpr std::uint32_t kMostGpus = 1024;
    if (count > kMostGpus)
        throw Error{"count the GPUs with NVML", "it says " + std::to_string(count)};
    std::vector<GpuInventory> gpus(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        try {
            const GpuName name{"", "", static_cast<std::int32_t>(i)};
            gpus[i].facts = reader->ask({GpuQuestion::Facts, name}, patience_s).facts;
        } catch (const Error& error) {
            gpus[i].problem = error.what();
            reader = std::make_unique<GpuReader>(program);
        }
    }
    return gpus;
}

}  // namespace rackproof
