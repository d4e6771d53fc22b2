#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/manifest.hpp"
#include "core/plan.hpp"
#include "core/record.hpp"

namespace rackproof::message {

// What travels over the back channel, one struct a message, in core/wire.hpp's form. A worker
// says Hello, is challenged, answers, is welcomed, and then obeys commands until it is told to
// quit. Both sides prove the run's secret (runners/handshake.hpp).

inline constexpr std::uint32_t kProtocolVersion = 3;
inline constexpr const char* kProtocolName = "rackproof-back-channel";

struct Hello {
    std::string protocol = kProtocolName;
    std::uint32_t protocol_version = kProtocolVersion;
    std::string tool_version;
    std::int32_t job = 0;
    std::int32_t rank = 0;
    std::int64_t pid = 0;
    std::string host;
    std::string nonce;  ///< 32 random bytes
};

struct Answer {
    std::string proof;
};

/// Sent twice a second, whatever the rank is at.
struct Heartbeat {
    std::string operation;  ///< the last one begun
};

/// A fatal signal has hit the worker; nothing follows.
struct Dying {
    std::int32_t signal = 0;
};

/// A record for the journal, as record::encode wrote it.
struct Report {
    std::string encoded;
};

struct Challenge {
    std::string nonce;  ///< 32 random bytes
    std::string proof;
};

/// The peer is not let in; the connection closes. `busy`: it may try again.
struct Refusal {
    std::string reason;
    bool busy = false;
};

/// Who the worker is, and what time it is.
struct Welcome {
    double now_s = 0;     ///< since the run started
    double steady_s = 0;  ///< the controller's steady clock at that moment
    std::string boot_id;  ///< of the controller's host: the same there means the same steady clock
    std::string run_id;   ///< the same for all jobs of the run, and after it was resumed
    std::int32_t node = 0;          ///< index into Manifest::nodes
    std::int32_t device = 0;        ///< index into Manifest::devices
    std::int32_t device_index = 0;  ///< within the node
    std::string device_pci;         ///< as the run's manifest has it; may be empty
    std::int32_t local_rank = 0;    ///< among this job's ranks of the node, from 0
    bool communicates = false;      ///< this job's ranks talk to each other (MPI)
    bool survey = false;            ///< no work: it says what it has, and leaves
    double silence_s = 0;           ///< a controller that acknowledges nothing for so long is gone
    DeviceOptions devices;
};

/// One case that a run of its lead yields.
struct CellOrder {
    std::int32_t cell = 0;
    bool wanted = true;  ///< false: it has ended already, and is not recorded again
    CaseSpec spec;
};

/// Run one lead case; `cells` are its own and its companions', the lead's first.
struct RunCell {
    std::int32_t attempt = 0;
    double deadline_s = 0;
    std::vector<CellOrder> cells;
};

struct Quit {};

/// What a surveyed host has; `problem` says why its devices could not be listed, if so.
struct Surveyed {
    std::vector<Device> devices;  ///< their `node` means nothing
    std::string problem;
    std::string hidden_gpus;  ///< of the node, kept from the process that looked, and by what
};

using ToController = std::variant<Hello, Answer, Heartbeat, Dying, Report, Surveyed>;
using ToWorker = std::variant<Challenge, Refusal, Welcome, RunCell, Quit>;

[[nodiscard]] std::vector<std::byte> encode(const ToController& message);
[[nodiscard]] std::vector<std::byte> encode(const ToWorker& message);

/// Each throws Error if `bytes` hold anything but one message of its kind.
[[nodiscard]] ToController decode_to_controller(std::span<const std::byte> bytes);
[[nodiscard]] ToWorker decode_to_worker(std::span<const std::byte> bytes);

[[nodiscard]] Report report(const record::Record& record);
[[nodiscard]] record::Record record_of(const Report& report);  ///< throws Error

}  // namespace rackproof::message
