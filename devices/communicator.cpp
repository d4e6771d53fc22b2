#include "devices/communicator.hpp"

#include <limits>
#include <string>

#include "core/error.hpp"

namespace rackproof {
namespace {

constexpr std::int64_t kElementBytes = 8;

void require_ranks(int ranks) {
    if (ranks < 1) {
        throw Error{"size a collective", "expected 1 rank or more, got " + std::to_string(ranks)};
    }
}

}  // namespace

bool is_shared_out(Collective collective) {
    return collective == Collective::AllGather || collective == Collective::ReduceScatter ||
           collective == Collective::AllToAll;
}

std::string_view to_string(Collective collective) noexcept {
    switch (collective) {
        case Collective::AllReduce: return "all_reduce";
        case Collective::AllGather: return "all_gather";
        case Collective::ReduceScatter: return "reduce_scatter";
        case Collective::Broadcast: return "broadcast";
        case Collective::AllToAll: return "all_to_all";
        case Collective::SendReceive: return "send_receive";
    }
    return "unknown";
}

std::string_view to_string(ElementType type) noexcept {
    switch (type) {
        case ElementType::Fp64: return "fp64";
        case ElementType::Fp32: return "fp32";
        case ElementType::Bf16: return "bf16";
        case ElementType::Int64: return "int64";
    }
    return "unknown";
}

std::string_view to_string(Buffers buffers) noexcept {
    return buffers == Buffers::InPlace ? "in_place" : "out_of_place";
}

double bus_bandwidth_factor(Collective collective, int ranks) {
    require_ranks(ranks);
    const double share = static_cast<double>(ranks - 1) / static_cast<double>(ranks);
    if (collective == Collective::AllReduce) return 2 * share;
    return is_shared_out(collective) ? share : 1.0;
}

std::int64_t effective_bytes(Collective collective, std::int64_t bytes, int ranks) {
    require_ranks(ranks);
    if (bytes < 1) {
        throw Error{"size a collective", "expected 1 byte or more, got " + std::to_string(bytes)};
    }
    const std::int64_t granule = kElementBytes * (is_shared_out(collective) ? ranks : 1);
    const std::int64_t beyond = bytes % granule;
    if (beyond == 0) return bytes;
    if (bytes > std::numeric_limits<std::int64_t>::max() - (granule - beyond)) {
        throw Error{"size a collective", std::to_string(bytes) + " bytes cannot be rounded up"};
    }
    return bytes + (granule - beyond);
}

}  // namespace rackproof
