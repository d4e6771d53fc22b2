#include "core/record.hpp"

#include "core/utf8.hpp"
#include "core/wire.hpp"
#include "core/wire_types.hpp"

namespace rackproof::record {

// Static, not in an unnamed namespace: argument-dependent lookup would not find them there.
template <class Visit>
static void wire_members(RunStarted& r, Visit visit) {
    visit(r.run_id, r.started, r.tool_version, r.plan_name, r.plan_toml, r.fleet_toml, r.launcher,
          r.environment, r.manifest);
}
template <class Visit>
static void wire_members(JobStarted& r, Visit visit) {
    visit(r.job, r.ranks, r.time_s, r.command);
}
template <class Visit>
static void wire_members(JobEnded& r, Visit visit) {
    visit(r.job, r.time_s, r.ending);
}
template <class Visit>
static void wire_members(RankNics& nics, Visit visit) {
    visit(nics.nearest, nics.pinned);
}
template <class Visit>
static void wire_members(RankPlaced& r, Visit visit) {
    visit(r.job, r.rank, r.device, r.pid, r.host, r.cores, r.nics);
}
template <class Visit>
static void wire_members(CellBegun& r, Visit visit) {
    visit(r.cell, r.attempt, r.rank, r.time_s);
}
template <class Visit>
static void wire_members(Operation& r, Visit visit) {
    visit(r.rank, r.cell, r.time_s, r.text);
}
template <class Visit>
static void wire_members(Samples& r, Visit visit) {
    visit(r.cell, r.attempt, r.values, r.time_s, r.variant);
}
template <class Visit>
static void wire_members(RankTimes& r, Visit visit) {
    visit(r.cell, r.attempt, r.rank, r.entry_s, r.exit_s, r.clock_error_s);
}
template <class Visit>
static void wire_members(RankEnded& r, Visit visit) {
    visit(r.cell, r.attempt, r.rank, r.outcome, r.reason, r.time_s, r.timed_s);
}
template <class Visit>
static void wire_members(CellEnded& r, Visit visit) {
    visit(r.cell, r.attempt, r.outcome, r.reason, r.time_s);
}
template <class Visit>
static void wire_members(Reading& r, Visit visit) {
    visit(r.sensor, r.unit, r.scope, r.target, r.resolution, r.time_s, r.value);
}
template <class Visit>
static void wire_members(Fact& r, Visit visit) {
    visit(r.key, r.scope, r.target, r.source, r.value);
}
template <class Visit>
static void wire_members(Happened& r, Visit visit) {
    visit(r.event);
}
template <class Visit>
static void wire_members(RunFinished& r, Visit visit) {
    visit(r.finished, r.complete);
}
template <class Visit>
static void wire_members(Resumed& r, Visit visit) {
    visit(r.resumed, r.time_s, r.idle_s, r.dropped_bytes);
}

template <class Visit>
static void wire_members(Readings& r, Visit visit) {
    visit(r.series, r.time_s, r.after_s, r.values);
}

bool is_name(std::string_view name) {
    return !name.empty() && name != "." && name.find('/') == std::string::npos &&
           printable(name) == name;
}

std::vector<std::byte> encode(const Record& record) {
    WireWriter writer;
    writer.put(record);
    return writer.take();
}

Record decode(std::span<const std::byte> bytes) {
    WireReader reader{bytes};
    Record record;
    reader.get(record);
    if (!reader.at_end()) throw Error{"read a record", "bytes are left over at its end"};
    return record;
}

}  // namespace rackproof::record
