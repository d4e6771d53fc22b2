#include "runners/message.hpp"

#include "core/wire.hpp"
#include "core/wire_types.hpp"

namespace rackproof {

// Static, not in an unnamed namespace: argument-dependent lookup would not find them there.
template <class Visit>
static void wire_members(DeviceOptions& m, Visit visit) {
    visit(m.devices_per_node, m.share_cores, m.with_gpus);
}

namespace message {

template <class Visit>
static void wire_members(Hello& m, Visit visit) {
    visit(m.protocol, m.protocol_version, m.tool_version, m.job, m.rank, m.pid, m.host, m.nonce);
}
template <class Visit>
static void wire_members(Answer& m, Visit visit) {
    visit(m.proof);
}
template <class Visit>
static void wire_members(Heartbeat& m, Visit visit) {
    visit(m.operation);
}
template <class Visit>
static void wire_members(Dying& m, Visit visit) {
    visit(m.signal);
}
template <class Visit>
static void wire_members(Report& m, Visit visit) {
    visit(m.encoded);
}
template <class Visit>
static void wire_members(Challenge& m, Visit visit) {
    visit(m.nonce, m.proof);
}
template <class Visit>
static void wire_members(Refusal& m, Visit visit) {
    visit(m.reason, m.busy);
}
template <class Visit>
static void wire_members(Welcome& m, Visit visit) {
    visit(m.now_s, m.steady_s, m.boot_id, m.run_id, m.node, m.device, m.device_index, m.device_pci,
          m.local_rank, m.communicates, m.survey, m.silence_s, m.devices);
}
template <class Visit>
static void wire_members(Surveyed& m, Visit visit) {
    visit(m.devices, m.problem, m.hidden_gpus);
}
template <class Visit>
static void wire_members(CellOrder& m, Visit visit) {
    visit(m.cell, m.wanted, m.spec);
}
template <class Visit>
static void wire_members(RunCell& m, Visit visit) {
    visit(m.attempt, m.deadline_s, m.cells);
}
template <class Visit>
static void wire_members(Quit&, Visit visit) {
    visit();
}

namespace {

template <class Message>
std::vector<std::byte> encoded(const Message& message) {
    WireWriter writer;
    writer.put(message);
    return writer.take();
}

template <class Message>
Message decoded(std::span<const std::byte> bytes) {
    WireReader reader{bytes};
    Message message;
    reader.get(message);
    if (!reader.at_end()) throw Error{"read a message", "bytes are left over at its end"};
    return message;
}

}  // namespace

std::vector<std::byte> encode(const ToController& message) { return encoded(message); }
std::vector<std::byte> encode(const ToWorker& message) { return encoded(message); }

ToController decode_to_controller(std::span<const std::byte> bytes) {
    return decoded<ToController>(bytes);
}
ToWorker decode_to_worker(std::span<const std::byte> bytes) { return decoded<ToWorker>(bytes); }

Report report(const record::Record& record) {
    const std::vector<std::byte> bytes = record::encode(record);
    return {{reinterpret_cast<const char*>(bytes.data()), bytes.size()}};
}

record::Record record_of(const Report& report) {
    return record::decode(std::as_bytes(std::span{report.encoded}));
}

}  // namespace message
}  // namespace rackproof
