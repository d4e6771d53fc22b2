#include "runners/worker.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <exception>
#include <iterator>
#include <utility>

#include "core/error.hpp"
#include "core/event_codes.hpp"
#include "core/utf8.hpp"
#include "runners/cell_watch.hpp"
#include "runners/gpu_lookout.hpp"
#include "runners/nic_binding.hpp"
#include "runners/node_lookout.hpp"
#include "runners/route.hpp"
#include "runners/worker_context.hpp"

namespace rackproof {
namespace {

constexpr double kJoinPatience_s = 20;
constexpr double kLastWordsPatience_s = 1;
constexpr int kTicksPerHeartbeat = 5;

const char* required(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr) {
        throw InputError{std::string{name} +
                         " is not set: 'rackproof worker' is started by 'rackproof run' only"};
    }
    return value;
}

std::int32_t number_from(const char* name, std::string_view text) {
    std::int32_t number = -1;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || rest != text.data() + text.size() || number < 0) {
        throw InputError{std::string{name} + " is '" + printable(text) +
                         "'; expected a whole number from 0"};
    }
    return number;
}

std::int32_t rank_from_environment() {
    for (const char* name : {"OMPI_COMM_WORLD_RANK", "PMIX_RANK", "SLURM_PROCID"}) {
        if (const char* value = std::getenv(name)) return number_from(name, value);
    }
    throw InputError{
        "no MPI launcher says which rank this is (OMPI_COMM_WORLD_RANK, PMIX_RANK, "
        "SLURM_PROCID)"};
}

/// One rank at work, from its welcome to its last command.
class Worker {
  public:
    Worker(const WorkerSeat& seat, const WorkerParts& parts, Admission admission)
        : seat_{&seat},
          parts_{&parts},
          welcome_{admission.welcome},
          clock_{welcome_, boot_id()},
          channel_{std::move(admission),
                   {[this] { tick(); }, [this] { parts_->leave(kLeftByLostController); }}} {
        placement_.rank = seat.rank;
        placement_.welcome = welcome_;
        placement_.device = [this]() -> ComputeDevice& { return device(); };
        placement_.communicator = [this]() -> Communicator& { return communicator(); };
        placement_.clock = &clock_;
        placement_.channel = &channel_;
        placement_.watch = &watch_;
    }

    int obey() {
        if (welcome_.survey) return survey();
        place();
        // After MPI has started, which would put handlers of its own into their place.
        const auto last_gasp = parts_->watch_signals ? parts_->watch_signals(channel_) : nullptr;
        while (const std::optional<message::ToWorker> command = channel_.next_command()) {
            if (std::holds_alternative<message::Quit>(*command)) return quit();
            const auto* order = std::get_if<message::RunCell>(&*command);
            if (order == nullptr || order->cells.empty()) {
                throw Error{"obey the controller", "it sent what is no command"};
            }
            if (!run(*order)) return kLeftByDeadline;
            if (device_ && device_->is_lost()) return leave_lost_device();
        }
        return kLeftByLostController;
    }

    /// After trouble: MPI is left as it is, since finalising waits for ranks that may be dead.
    void abandon_ranks() { (void)communicator_.release(); }

  private:
    int survey();
    void claim_device();
    void place();
    void require_place(const std::string& pci) const;
    void watch_own_gpu();
    void watch_own_node();
    void say_facts();
    void say(const char* key, std::string value);
    record::RankNics say_nics(std::string_view own_network);
    bool run(const message::RunCell& order);
    void require_kind(const std::string& kind);
    void end_cells(const message::RunCell& order, const WorkerContext& context,
                   const Ending& ending, double timed_s);
    int leave_lost_device();
    int quit();
    void tick();
    void say_time_is_out(const CellWatch::Run& run);
    ComputeDevice& device();
    Communicator& communicator();
    void send(const record::Record& record) { channel_.send(message::report(record)); }

    const WorkerSeat* seat_;
    const WorkerParts* parts_;
    message::Welcome welcome_;
    RunClock clock_;
    CellWatch watch_;
    int ticks_ = 0;
    DeviceClaim claim_;
    std::unique_ptr<ComputeDevice> device_;
    std::exception_ptr device_problem_;
    std::string suite_;  ///< of the last cell
    std::unique_ptr<Communicator> communicator_;
    Placement placement_;
    std::unique_ptr<GpuLookout> gpu_;
    std::unique_ptr<NodeLookout> node_;
    WorkerChannel channel_;  ///< last: its thread uses the others
};

int Worker::survey() {
    message::Surveyed found;
    try {
        for (const DeviceInfo& info : parts_->list_devices(welcome_.devices)) {
            found.devices.push_back(info.facts);
        }
        if (welcome_.devices.with_gpus && parts_->hidden_gpus) {
            found.hidden_gpus = parts_->hidden_gpus();
        }
    } catch (const std::exception& error) {
        found.problem = error.what();
    }
    channel_.send(found);
    channel_.flush(kLastWordsPatience_s);
    return 0;
}

/// A device that is not to be had is said at once, and its node told of: the process ends with it.
void Worker::claim_device() {
    if (!parts_->claim_device) return;
    watch_.say("claiming the device");
    try {
        claim_ = parts_->claim_device(welcome_.run_id, welcome_.device_index);
    } catch (const Error& error) {
        send(record::Happened{{clock_.now_s(), welcome_.node, welcome_.device, "error",
                               std::string{event_code::kDeviceHeld}, error.what()}});
        channel_.send(message::Heartbeat{error.what()});
        channel_.flush(kLastWordsPatience_s);
        throw;
    }
}

void Worker::place() {
    claim_device();
    watch_.say("opening the device");
    try {
        auto opened = parts_->open_device(welcome_.devices, welcome_.device_index);
        require_place(opened->info().facts.pci);
        device_ = std::move(opened);
    } catch (const std::exception&) {
        device_problem_ = std::current_exception();  // every case that needs it will say so
    }
    placement_.sensors = parts_->find_sensors();
    watch_own_gpu();
    watch_own_node();
    if (welcome_.communicates) {
        watch_.say("starting MPI");
        communicator_ = parts_->make_communicator();
        if (communicator_->rank() != seat_->rank) {
            throw Error{"start MPI", "it gives rank " + std::to_string(communicator_->rank()) +
                                         " to what was started as rank " +
                                         std::to_string(seat_->rank)};
        }
    }
    record::RankPlaced placed{seat_->job, seat_->rank,         welcome_.device,
                              ::getpid(), parts_->host_name(), ""};
    if (device_) {
        say_facts();
        placed.cores = device_->info().cores;
        const std::optional<Interface> own = interface_of(channel_.own_address());
        placed.nics = say_nics(own ? own->network : "");
    }
    watch_.say("waiting for work");
    send(placed);
}

/// Another rank may see other GPUs under the same numbers: no number is to be told of the wrong
/// one.
void Worker::require_place(const std::string& pci) const {
    if (welcome_.device_pci.empty() || pci == welcome_.device_pci) return;
    throw Error{"open the GPU at " + welcome_.device_pci,
                "device " + std::to_string(welcome_.device_index) +
                    " of this process is the one at " + (pci.empty() ? "no address" : pci) +
                    ": the ranks of the node do not all see the same GPUs"};
}

/// Its sensors join the host's, and what it is becomes facts of the device.
void Worker::watch_own_gpu() {
    if (!device_ || device_->info().facts.kind != "gpu" || !parts_->watch_gpu) return;
    watch_.say("asking NVML for the GPU");
    gpu_ = std::make_unique<GpuLookout>(GpuLookout::Place{welcome_.node, welcome_.device}, &clock_,
                                        [this](const record::Record& record) { send(record); });
    gpu_->begin([this] { return parts_->watch_gpu(device_->info().facts); });
    std::ranges::copy(gpu_->sensors(), std::back_inserter(placement_.sensors));
}

/// One rank of a node tells of its counters.
void Worker::watch_own_node() {
    if (welcome_.local_rank != 0 || !parts_->read_counters) return;
    watch_.say("reading the node's counters");
    node_ = std::make_unique<NodeLookout>(welcome_.node, &clock_, parts_->read_counters,
                                          [this](const record::Record& record) { send(record); });
    node_->begin();
}

void Worker::say_facts() {
    const DeviceInfo& info = device_->info();
    say("worker.cores", info.cores);
    say("worker.core_count", std::to_string(info.core_count));
    say("worker.vector_unit", info.vector_unit);
    say("worker.last_level_cache_bytes", std::to_string(info.last_level_cache_bytes));
    say("worker.rank", std::to_string(seat_->rank));
    const std::string address = channel_.own_address();
    const std::optional<Interface> own = interface_of(address);
    if (own) say("worker.interface", own->name + " (" + address + ")");
}

void Worker::say(const char* key, std::string value) {
    send(record::Fact{key, Scope::Device, welcome_.device, "rackproof worker", std::move(value)});
}

/// Which network card the rank has, and what is wrong with that. A node whose cards cannot be read
/// says so, and works all the same.
record::RankNics Worker::say_nics(std::string_view own_network) {
    if (!parts_->read_nics || !parts_->place_of) return {};
    watch_.say("reading the network cards");
    NodeNics node;
    try {
        node = parts_->read_nics();
    } catch (const Error& error) {
        node.problem = error.what();
    }
    NicBinding binding = bind_nics(
        node, parts_->place_of(device_->info()),
        nic_pins([](const char* name) { return std::getenv(name); }, own_network), interfaces_in);
    say("worker.nic", binding.nics);
    say("worker.nic_nearest", binding.nearest);
    if (!binding.pins.empty()) say("worker.nic_pins", binding.pins);
    for (const std::string& problem : binding.problems) {
        send(record::Happened{{clock_.now_s(), welcome_.node, welcome_.device, "error",
                               std::string{event_code::kBinding}, problem}});
    }
    return std::move(binding.record);
}

/// False if the watchdog ended it: then nothing more may be said.
bool Worker::run(const message::RunCell& order) {
    const CaseSpec& lead = order.cells.front().spec;
    CellWatch::Run watched{{}, order.attempt, order.deadline_s, 0};
    for (const message::CellOrder& cell : order.cells) {
        if (cell.wanted) watched.cells.push_back(cell.cell);
    }
    watch_.say("begin " + lead.name);
    if (device_ && std::exchange(suite_, lead.suite) != lead.suite) device_->drop_spare();
    watch_.begin(std::move(watched));
    for (const message::CellOrder& cell : order.cells) {
        if (!cell.wanted) continue;
        send(record::CellBegun{cell.cell, order.attempt, seat_->rank, clock_.now_s()});
    }
    WorkerContext context{placement_, order};
    const Ending ending = ending_of([&] {
        const Suite* suite = parts_->find_suite(lead.suite);
        if (suite == nullptr) throw Unsupported{"this build has no suite '" + lead.suite + "'"};
        require_kind(device_kind(lead));
        suite->run(lead, context);
    });
    const std::optional<double> timed_s = watch_.end();
    if (!timed_s) return false;
    end_cells(order, context, ending, *timed_s);
    if (gpu_) {
        watch_.say("reading the GPU's counters after " + lead.name);
        gpu_->look(lead.name);
    }
    if (node_) {
        watch_.say("reading the node's counters after " + lead.name);
        node_->look(lead.name);
    }
    watch_.say("waiting after " + lead.name);
    return true;
}

/// Where a node has no device of the kind, the rank of another stands in, to say so.
void Worker::require_kind(const std::string& kind) {
    if (!device_) return;  // the case that needs it says why it did not open
    const std::string& own = device_->info().facts.kind;
    if (own == kind) return;
    const std::string why = kind == "gpu" && parts_->why_no_gpus ? parts_->why_no_gpus() : "";
    throw Unsupported{"this node has no " + kind + (why.empty() ? "" : ": " + why)};
}

void Worker::end_cells(const message::RunCell& order, const WorkerContext& context,
                       const Ending& run_ending, double timed_s) {
    for (std::size_t i = 0; i < order.cells.size(); ++i) {
        const message::CellOrder& cell = order.cells[i];
        if (!cell.wanted) continue;
        const Ending ending = i == 0 ? ending_of_lead(run_ending, context.trace(i))
                                     : ending_of_companion(run_ending, context.trace(i));
        send(record::RankEnded{cell.cell, order.attempt, seat_->rank, ending.outcome,
                               shortened(ending.reason, 2000), clock_.now_s(),
                               std::exchange(timed_s, 0.0)});
    }
}

/// What was said stands; the tasks that are left go to a new process.
int Worker::leave_lost_device() {
    channel_.send(message::Heartbeat{"its device is lost to this process"});
    channel_.flush(kLastWordsPatience_s);
    return kLeftByLostDevice;
}

int Worker::quit() {
    communicator_.reset();  // all is well on every rank, so MPI may be finalised
    channel_.flush(kLastWordsPatience_s);
    return 0;
}

void Worker::tick() {
    if (const std::optional<CellWatch::Run> expired = watch_.expire()) {
        say_time_is_out(*expired);
        parts_->leave(kLeftByDeadline);
        return;
    }
    if (ticks_++ % kTicksPerHeartbeat == 0) {
        channel_.send_now(message::Heartbeat{watch_.last_words()});
    }
}

void Worker::say_time_is_out(const CellWatch::Run& run) {
    double timed_s = run.timed_s;
    const std::string reason =
        fmt::format("not done within {:g} s; last words: {}", run.deadline_s, watch_.last_words());
    for (const std::int32_t cell : run.cells) {
        channel_.send_now(message::report(
            record::RankEnded{cell, run.attempt, seat_->rank, Outcome::TimedOut, reason,
                              clock_.now_s(), std::exchange(timed_s, 0.0)}));
    }
    channel_.flush(kLastWordsPatience_s);
}

ComputeDevice& Worker::device() {
    if (device_problem_) std::rethrow_exception(device_problem_);
    return *device_;
}

Communicator& Worker::communicator() {
    if (!communicator_) throw Unsupported{"the ranks of this job do not talk to each other"};
    return *communicator_;
}

}  // namespace

std::string own_host_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return "unknown";
    return valid_utf8(name.data());
}

WorkerSeat seat_from_environment() {
    WorkerSeat seat{endpoint_from(required(kControllerVariable)),
                    Secret::from_hex(required(kSecretVariable)),
                    number_from(kJobVariable, required(kJobVariable)), rank_from_environment()};
    ::unsetenv(kSecretVariable);
    return seat;
}

int serve(const WorkerSeat& seat, const WorkerParts& parts) {
    message::Hello hello;
    hello.job = seat.job;
    hello.rank = seat.rank;
    hello.pid = ::getpid();
    hello.host = parts.host_name();
    Worker worker{seat, parts, join(seat.controller, seat.secret, hello, kJoinPatience_s)};
    try {
        return worker.obey();
    } catch (const std::exception&) {
        worker.abandon_ranks();
        throw;
    }
}

}  // namespace rackproof
