#pragma once

#include <cstdint>
#include <string>

#include "core/wire.hpp"
#include "hwcheck/nvml/gpu_reading.hpp"

namespace rackproof {

// What travels between a GpuReader and its child, one message a packet, in core/wire.hpp's form.

/// Which GPU: by its PCI bus id, else by its UUID, else by its place in NVML's list. By its bus id
/// NVML has to look at no other, which may be sick.
struct GpuName {
    std::string pci;
    std::string uuid;
    std::int32_t index = -1;
};

enum class GpuQuestion : std::uint8_t { Count, Facts, Sample, State };

struct GpuRequest {
    GpuQuestion question = GpuQuestion::Count;
    GpuName gpu;
};

enum class GpuReadOutcome : std::uint8_t { Fine, NoLibrary, Lost, Failed };

struct GpuReply {
    GpuReadOutcome outcome = GpuReadOutcome::Failed;
    std::string problem;      ///< why not, unless all is fine
    std::uint32_t count = 0;  ///< of GPUs
    GpuFacts facts;           ///< of the GPU and of the driver
    GpuSample sample;
    GpuState state;
};

inline bool wire_valid(GpuQuestion value) { return value <= GpuQuestion::State; }
inline bool wire_valid(GpuReadOutcome value) { return value <= GpuReadOutcome::Failed; }

template <class Visit>
void wire_members(GpuName& name, Visit visit) {
    visit(name.pci, name.uuid, name.index);
}
template <class Visit>
void wire_members(GpuRequest& request, Visit visit) {
    visit(request.question, request.gpu);
}
template <class Visit>
void wire_members(GpuReply& reply, Visit visit) {
    visit(reply.outcome, reply.problem, reply.count, reply.facts, reply.sample, reply.state);
}

/// A packet holds no more: 36 NVLinks with eight counters each take 30 KB.
inline constexpr std::size_t kGpuPacketLimit = std::size_t{160} << 10;

}  // namespace rackproof
