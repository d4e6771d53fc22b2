#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/manifest.hpp"
#include "core/outcome.hpp"
#include "core/run.hpp"

namespace rackproof::record {

// What happens in a run, one struct each. All of these stand in the journal; those marked (rank)
// arrive over the back channel. `time_s` is seconds since the run started; `cell` indexes
// Manifest::cells; `attempt` counts from 0.

/// The first record of a journal: all that is known before anything starts.
struct RunStarted {
    std::string run_id;
    std::string started;
    std::string tool_version;
    std::string plan_name;
    std::string plan_toml;
    std::string fleet_toml;
    std::string launcher;
    std::map<std::string, std::string> environment;
    Manifest manifest;
    friend bool operator==(const RunStarted&, const RunStarted&) = default;
};

struct JobStarted {
    std::int32_t job = 0;
    std::int32_t ranks = 0;
    double time_s = 0;
    std::string command;  ///< for people; never run again from here
    friend bool operator==(const JobStarted&, const JobStarted&) = default;
};

struct JobEnded {
    std::int32_t job = 0;
    double time_s = 0;
    std::string ending;  ///< "exit status 0", "killed by signal 9", "ended by its deadline", ...
    friend bool operator==(const JobEnded&, const JobEnded&) = default;
};

/// The network cards of a rank; both are empty where they are not known.
struct RankNics {
    std::vector<std::string> nearest;  ///< of its device: all at the same distance
    /// By the variable of its environment that pins it: the cards that this leaves.
    std::map<std::string, std::vector<std::string>> pinned;
    friend bool operator==(const RankNics&, const RankNics&) = default;
};

/// (rank) Where a rank runs.
struct RankPlaced {
    std::int32_t job = 0;
    std::int32_t rank = 0;
    std::int32_t device = 0;  ///< index into Manifest::devices
    std::int64_t pid = 0;
    std::string host;
    std::string cores;  ///< list format, e.g. "0-3,8"
    RankNics nics{};
    friend bool operator==(const RankPlaced&, const RankPlaced&) = default;
};

/// (rank) Sent before the work: a killed rank leaves its last words.
struct CellBegun {
    std::int32_t cell = 0;
    std::int32_t attempt = 0;
    std::int32_t rank = 0;
    double time_s = 0;
    friend bool operator==(const CellBegun&, const CellBegun&) = default;
};

/// (rank) The operation that comes next, within a cell.
struct Operation {
    std::int32_t rank = 0;
    std::int32_t cell = -1;
    double time_s = 0;
    std::string text;
    friend bool operator==(const Operation&, const Operation&) = default;
};

/// (rank) A cell's samples, in base units, in order; `time_s` as many, or none.
struct Samples {
    std::int32_t cell = 0;
    std::int32_t attempt = 0;
    std::vector<double> values;
    std::vector<double> time_s;
    Variant variant;
    friend bool operator==(const Samples&, const Samples&) = default;
};

/// (rank) One rank's way through a collective cell, an entry and an exit a sample.
struct RankTimes {
    std::int32_t cell = 0;
    std::int32_t attempt = 0;
    std::int32_t rank = 0;
    std::vector<double> entry_s;
    std::vector<double> exit_s;
    double clock_error_s = 0;
    friend bool operator==(const RankTimes&, const RankTimes&) = default;
};

/// (rank) How a cell ended on this rank.
struct RankEnded {
    std::int32_t cell = 0;
    std::int32_t attempt = 0;
    std::int32_t rank = 0;
    Outcome outcome = Outcome::Failed;
    std::string reason;
    double time_s = 0;
    double timed_s = 0;  ///< time inside the timer
    friend bool operator==(const RankEnded&, const RankEnded&) = default;
};

/// The controller's last word on a cell's attempt; exactly one for each.
struct CellEnded {
    std::int32_t cell = 0;
    std::int32_t attempt = 0;
    Outcome outcome = Outcome::Failed;
    std::string reason;
    double time_s = 0;
    friend bool operator==(const CellEnded&, const CellEnded&) = default;
};

/// (rank) One reading of one sensor.
struct Reading {
    std::string sensor;
    std::string unit;
    Scope scope = Scope::Node;
    std::int32_t target = 0;
    double resolution = 0;
    double time_s = 0;
    double value = 0;
    friend bool operator==(const Reading&, const Reading&) = default;
};

/// (rank) A fact about a node or device.
struct Fact {
    std::string key;
    Scope scope = Scope::Node;
    std::int32_t target = 0;
    std::string source;
    std::string value;
    friend bool operator==(const Fact&, const Fact&) = default;
};

/// (rank) Something that happened; a rank tells of its own device alone.
struct Happened {
    Event event;
    friend bool operator==(const Happened&, const Happened&) = default;
};

/// The last record of a run that ended by itself.
struct RunFinished {
    std::string finished;
    bool complete = false;
    friend bool operator==(const RunFinished&, const RunFinished&) = default;
};

/// A new controller goes on with the run. Attempts that had not ended run again from their
/// beginning; jobs that had not ended are no more.
struct Resumed {
    std::string resumed;  ///< ISO 8601, UTC
    double time_s = 0;
    double idle_s = 0;                ///< before that, no controller was there for so long
    std::uint64_t dropped_bytes = 0;  ///< of the journal's torn end, before this
    friend bool operator==(const Resumed&, const Resumed&) = default;
};

/// Readings that the journal keeps together, which ranks tell one by one: each of a series that a
/// Reading has begun. Columns of equal length.
struct Readings {
    std::vector<std::uint32_t> series;  ///< its number among the Readings since the last Resumed
    double time_s = 0;
    std::vector<float> after_s;  ///< since then; some seconds at the most
    std::vector<float> values;
    friend bool operator==(const Readings&, const Readings&) = default;
};

using Record = std::variant<RunStarted, JobStarted, JobEnded, RankPlaced, CellBegun, Operation,
                            Samples, RankTimes, RankEnded, CellEnded, Reading, Fact, Happened,
                            RunFinished, Resumed, Readings>;

/// True if a sensor, a fact or an event's code may be called so: the run file can have an object of
/// this name, and a terminal can show it.
[[nodiscard]] bool is_name(std::string_view name);

/// A record as bytes: its type's number, then its members in order (core/wire.hpp).
[[nodiscard]] std::vector<std::byte> encode(const Record& record);

/// The record that `bytes` hold. Throws Error if they hold anything else, or more than one.
[[nodiscard]] Record decode(std::span<const std::byte> bytes);

}  // namespace rackproof::record
