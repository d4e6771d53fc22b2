#include "devices/nccl/collective.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/number_text.hpp"

namespace rackproof::nccl {
namespace {

/// Below it the launch costs more than the message.
constexpr std::int64_t kRecordedBytes = std::int64_t{64} << 10;
/// What any connection of GPUs carries; slower than that is a hang.
constexpr double kSlowest = 1e8;       // B/s
constexpr std::uint8_t kWiped = 0xFF;  ///< bytes that are no number of the pattern in any type

int type_of(ElementType type) {
    switch (type) {
        case ElementType::Fp64: return kFloat64;
        case ElementType::Fp32: return kFloat32;
        case ElementType::Bf16: return kBfloat16;
        case ElementType::Int64: return kInt64;
    }
    throw Error{"run a collective with NCCL", "its type is none of the four"};
}

bool is_moved_peer_to_peer(Collective collective) {
    return collective == Collective::AllToAll || collective == Collective::SendReceive;
}

gpu::NumberRun numbers(const CollectivePattern::Run& run) {
    return {run.count, run.first, run.factor, run.offset};
}

}  // namespace

NcclCollective::NcclCollective(const Connection& connection, const CollectiveShape& shape)
    : connection_{connection},
      shape_{shape},
      pattern_{shape.collective, shape.bytes, connection.rank, connection.ranks,
               bytes_of(shape.type)} {
    if (shape.buffers == Buffers::InPlace && is_moved_peer_to_peer(shape.collective)) {
        throw Unsupported{"NCCL has no " + std::string{to_string(shape.collective)} + " in place"};
    }
    allocate();
    run_alone();
    prepare();
    if (pattern_.bytes() > kRecordedBytes) return;
    connection_.gpu->begin_recording();
    enqueue();
    recording_ = connection_.gpu->end_recording();
}

NcclCollective::~NcclCollective() {
    if (recording_ != nullptr) connection_.gpu->release_recording(recording_);
}

void NcclCollective::allocate() {
    gpu::Gpu& gpu = *connection_.gpu;
    const std::size_t size = bytes_of(shape_.type);
    const auto own = static_cast<std::size_t>(pattern_.rank()) * pattern_.count();
    const std::size_t sent = std::max(pattern_.send_elements(), pattern_.contribution().count);
    if (shape_.buffers == Buffers::InPlace) {
        receive_memory_ = gpu::gpu_memory(gpu, std::max(sent, pattern_.receive_elements()) * size);
        send_ = receive_ = receive_memory_.get();
        if (shape_.collective == Collective::AllGather) send_ = element(receive_, own);
        if (shape_.collective == Collective::ReduceScatter) receive_ = element(send_, own);
        return;
    }
    receive_memory_ = gpu::gpu_memory(gpu, pattern_.receive_elements() * size);
    receive_ = receive_memory_.get();
    if (sent > 0) send_memory_ = gpu::gpu_memory(gpu, sent * size);
    send_ = sent > 0 ? send_memory_.get() : receive_;  // a broadcast's others send nothing
}

std::byte* NcclCollective::element(void* buffer, std::size_t index) const {
    return static_cast<std::byte*>(buffer) + index * bytes_of(shape_.type);
}

/// Wipes what is to arrive, so that a call that does nothing is seen, and fills in what is sent.
void NcclCollective::prepare() {
    gpu::Gpu& gpu = *connection_.gpu;
    gpu.fill(receive_, kWiped, pattern_.receive_elements() * bytes_of(shape_.type));
    const CollectivePattern::Run sent = pattern_.contribution();
    if (sent.count > 0) gpu.fill_numbers(send_, shape_.type, numbers(sent));
}

void NcclCollective::enqueue() {
    const Library& nccl = *connection_.library;
    void* const stream = connection_.gpu->native_queue();
    const Library::Buffers buffers{send_, receive_, pattern_.count(), type_of(shape_.type)};
    switch (shape_.collective) {
        case Collective::AllReduce: return nccl.all_reduce(buffers, connection_.comm, stream);
        case Collective::AllGather: return nccl.all_gather(buffers, connection_.comm, stream);
        case Collective::ReduceScatter:
            return nccl.reduce_scatter(buffers, connection_.comm, stream);
        case Collective::Broadcast: return nccl.broadcast(buffers, 0, connection_.comm, stream);
        case Collective::AllToAll:
        case Collective::SendReceive: return enqueue_sends();
    }
}

void NcclCollective::enqueue_sends() {
    const Library& nccl = *connection_.library;
    void* const stream = connection_.gpu->native_queue();
    const int type = type_of(shape_.type);
    const std::size_t count = pattern_.count();
    const int ranks = connection_.ranks;
    nccl.group_start();
    if (shape_.collective == Collective::SendReceive) {
        nccl.send(send_, count, type, (connection_.rank + 1) % ranks, connection_.comm, stream);
        nccl.receive(receive_, count, type, (connection_.rank + ranks - 1) % ranks,
                     connection_.comm, stream);
    } else {
        for (int peer = 0; peer < ranks; ++peer) {
            const std::size_t at = static_cast<std::size_t>(peer) * count;
            nccl.send(element(send_, at), count, type, peer, connection_.comm, stream);
            nccl.receive(element(receive_, at), count, type, peer, connection_.comm, stream);
        }
    }
    nccl.group_end();
}

std::string NcclCollective::what() const {
    return std::string{to_string(shape_.collective)} + " of " + std::to_string(pattern_.bytes()) +
           " bytes";
}

void NcclCollective::run() {
    connection_.guard->check();
    connection_.guard->begin(
        what(), connection_.patience_s + static_cast<double>(pattern_.bytes()) / kSlowest);
    if (recording_ != nullptr) {
        connection_.gpu->launch(recording_);
    } else {
        enqueue();
    }
    fresh_ = true;
}

Work NcclCollective::work() const {
    Work work;
    work.bytes = static_cast<double>(pattern_.bytes());
    return work;
}

/// From fresh numbers, once, and until it is done.
void NcclCollective::run_alone() {
    prepare();
    connection_.guard->begin(
        what(), connection_.patience_s + static_cast<double>(pattern_.bytes()) / kSlowest);
    enqueue();
    connection_.gpu->wait();
    connection_.guard->end();
}

bool NcclCollective::overwrites_its_input() const {
    return shape_.buffers == Buffers::InPlace && (shape_.collective == Collective::AllReduce ||
                                                  shape_.collective == Collective::ReduceScatter);
}

void NcclCollective::verify() {
    if (!fresh_) return;  // this result has been checked, and wiped out
    connection_.gpu->wait();
    connection_.guard->end();
    fresh_ = false;
    if (overwrites_its_input()) run_alone();  // sums of sums are no number that is known
    check_arrivals();
}

/// Of a sum of `ranks` positive numbers, each rounded to the type; what is only moved is exact, and
/// so are whole numbers and sums that the type holds exactly.
double NcclCollective::tolerance() const {
    const bool sums = shape_.collective == Collective::AllReduce ||
                      shape_.collective == Collective::ReduceScatter;
    constexpr double kBf16Step = 0x1p-8;
    constexpr double kFp32Step = 0x1p-23;
    constexpr double kExactInFp32 = 0x1p24;
    if (!sums) return 0;
    if (shape_.type == ElementType::Bf16) return connection_.ranks * kBf16Step;
    if (shape_.type != ElementType::Fp32) return 0;
    const CollectivePattern::Run run = pattern_.arrivals().front();
    const double largest = CollectivePattern::kLargestPosition * run.factor + run.offset;
    return largest < kExactInFp32 ? 0 : connection_.ranks * kFp32Step;
}

void NcclCollective::check_arrivals() {
    std::string wrong;
    for (const CollectivePattern::Run& run : pattern_.arrivals()) {
        const gpu::NumberFaults faults = connection_.gpu->check_numbers(
            element(receive_, run.at), shape_.type, numbers(run), tolerance());
        if (faults.wrong == 0) continue;
        wrong = "rank " + std::to_string(connection_.rank) + " got " +
                std::to_string(faults.wrong) + " wrong numbers of " + std::to_string(run.count) +
                ", the first as element " + std::to_string(run.at + faults.first) + ": " +
                number_text(faults.seen) + ", expected " + number_text(faults.expected);
        break;
    }
    prepare();
    if (!wrong.empty()) throw WrongAnswer{what(), wrong};
}

const char* NcclCollective::function() const {
    switch (shape_.collective) {
        case Collective::AllReduce: return "AllReduce";
        case Collective::AllGather: return "AllGather";
        case Collective::ReduceScatter: return "ReduceScatter";
        case Collective::Broadcast: return "Broadcast";
        case Collective::AllToAll:
        case Collective::SendReceive: return "SendRecv";
    }
    return "unknown";
}

}  // namespace rackproof::nccl
