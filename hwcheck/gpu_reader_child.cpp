#include "hwcheck/gpu_reader_child.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <span>

#include "core/error.hpp"
#include "hwcheck/gpu_protocol.hpp"

namespace rackproof {
namespace {

using nvml::DeviceHandle;
using nvml::Library;

constexpr int kNoQuestion = 1;

Answer<DeviceHandle> find_gpu(const Library& library, const GpuName& name) {
    if (!name.pci.empty()) return library.by_pci(name.pci);
    if (!name.uuid.empty()) return library.by_uuid(name.uuid);
    return library.by_index(static_cast<unsigned>(name.index));
}

void answer_of_one(const Library& library, const GpuRequest& request, GpuReply& reply) {
    const Answer<DeviceHandle> gpu = find_gpu(library, request.gpu);
    if (!gpu) {
        reply.problem = "open the GPU with NVML: " + gpu.why();
        const bool lost = gpu.code() == nvml::kGpuIsLost || gpu.code() == nvml::kResetRequired;
        reply.outcome = lost ? GpuReadOutcome::Lost : GpuReadOutcome::Failed;
        return;
    }
    switch (request.question) {
        case GpuQuestion::Count: break;
        case GpuQuestion::Facts:
            reply.facts = nvml::read_facts(library, *gpu.value());
            reply.facts.merge(nvml::read_system_facts(library));
            break;
        case GpuQuestion::Sample: reply.sample = nvml::read_sample(library, *gpu.value()); break;
        case GpuQuestion::State: reply.state = nvml::read_state(library, *gpu.value()); break;
    }
    reply.outcome = GpuReadOutcome::Fine;
}

/// One process's answers; NVML is started with the first that works.
class Answering {
  public:
    explicit Answering(std::string file) : file_{std::move(file)} {}

    GpuReply answer(const GpuRequest& request) {
        GpuReply reply;
        try {
            if (!library_) library_ = std::make_unique<Library>(file_);
            if (request.question == GpuQuestion::Count) {
                const Answer<unsigned> count = library_->count();
                if (!count) throw Error{"count the GPUs with NVML", count.why()};
                reply.count = *count.value();
                reply.outcome = GpuReadOutcome::Fine;
            } else {
                answer_of_one(*library_, request, reply);
            }
        } catch (const Unsupported& error) {
            reply.outcome = GpuReadOutcome::NoLibrary;
            reply.problem = error.what();
        } catch (const std::exception& error) {
            reply.problem = error.what();
        }
        return reply;
    }

  private:
    std::string file_;
    std::unique_ptr<Library> library_;
};

GpuRequest request_in(std::span<const std::byte> packet) {
    WireReader reader{packet};
    GpuRequest request;
    reader.get(request);
    return request;
}

}  // namespace

int serve_gpu_reader(int channel, const std::string& library) {
    Answering answering{library};
    std::vector<std::byte> packet(kGpuPacketLimit);
    for (;;) {
        const ssize_t got = ::recv(channel, packet.data(), packet.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return kNoQuestion;
        if (got == 0) return 0;
        const GpuRequest request =
            request_in(std::span{packet}.first(static_cast<std::size_t>(got)));
        WireWriter writer;
        writer.put(answering.answer(request));
        const std::vector<std::byte> bytes = writer.take();
        if (::send(channel, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) return kNoQuestion;
    }
}

}  // namespace rackproof
