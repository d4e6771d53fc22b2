#include "runners/job_run.hpp"

#include "core/event_codes.hpp"
#include "core/fleet.hpp"
#include "runners/worker.hpp"

namespace rackproof {
namespace {

/// The hosts of a job's ranks, each once, as long as the ranks of a host follow each other.
std::vector<HostShare> shares_of(const JobPlan& plan, const Manifest& manifest) {
    std::vector<HostShare> shares;
    std::optional<std::int32_t> last;
    for (const std::int32_t device : plan.devices) {
        const std::int32_t node = manifest.devices.at(static_cast<std::size_t>(device)).node;
        if (node != last) {
            shares.push_back({manifest.nodes.at(static_cast<std::size_t>(node)).name, 0});
        }
        last = node;
        ++shares.back().ranks;
    }
    return shares;
}

std::int32_t first_node_of(const JobPlan& plan, const Manifest& manifest) {
    return manifest.devices.at(static_cast<std::size_t>(plan.devices.at(0))).node;
}

}  // namespace

JobRun::JobRun(const JobSurroundings& surroundings, JobPlan plan)
    : around_{&surroundings},
      number_{plan.job},
      ranks_{static_cast<std::int32_t>(plan.devices.size())},
      holds_endings_{plan.holds_endings},
      first_node_{first_node_of(plan, surroundings.book->manifest())},
      command_{command(plan)},
      job_{std::move(plan), *surroundings.book, *this, surroundings.patience,
           surroundings.device_options} {
    RunBook& book = *around_->book;
    book.write(record::JobStarted{number_, ranks_, book.now_s(), shown(command_.arguments)});
    around_->channel->expect(number_, ranks_);
    const Patience& patience = around_->patience;
    process_.emplace(command_, around_->logs / job_log_name(number_),
                     EndPatience{patience.quit_s, patience.term_s});
}

JobRun::~JobRun() {
    around_->channel->forget(number_);
    kill_ranks();
}

Command JobRun::command(const JobPlan& plan) {
    JobRequest request;
    request.job = number_;
    request.hosts = shares_of(plan, around_->book->manifest());
    for (const HostShare& share : request.hosts) hosts_.push_back(share.host);
    request.talk = plan.ranks_talk ? RanksTalk::Yes : RanksTalk::No;
    request.share_cores = around_->device_options.share_cores;
    request.wrap = around_->wrap;
    request.executable = around_->executable;
    request.scratch = scratch_.path();
    request.environment = around_->environment;
    request.environment[kControllerVariable] = to_string(around_->channel->endpoint());
    request.environment[kJobVariable] = std::to_string(number_);
    return around_->launcher->command(request);
}

void JobRun::take(const Arrival& arrival) {
    if (const auto* joined = std::get_if<arrival::Joined>(&arrival)) {
        // A rank's number of another host may be anybody's here.
        if (same_host(joined->hello.host, own_host_name())) {
            processes_[joined->id.rank] = ProcessHandle::of_descendant(
                static_cast<pid_t>(joined->hello.pid), process_->pid());
        }
        job_.rank_joined(joined->id.rank, joined->hello);
    } else if (const auto* said = std::get_if<arrival::Said>(&arrival)) {
        job_.rank_said(said->id.rank, said->message);
    } else if (const auto* closed = std::get_if<arrival::Closed>(&arrival)) {
        if (!process_->is_ending()) lost_ = SteadyClock::now();
        job_.rank_closed(closed->id.rank, closed->problem);
    }
}

void JobRun::turn() {
    if (finished_ || waits_for_slurm()) return;
    watch_launcher();
    if (!process_->is_ending()) {
        job_.tick();
        if (job_.state() != Job::State::Running && !waits_for_launcher()) wind_down();
    }
    process_->turn();
    if (process_->is_gone()) finish();
}

/// After a loss, until it is known whether Slurm is ending all of us: then what was lost is held
/// against nobody, and stays open. What the ranks say meanwhile is taken; nothing follows from it.
bool JobRun::waits_for_slurm() {
    if (!launcher_has_ended_ && !process_->is_ending() && process_->ending()) {
        launcher_has_ended_ = true;
        lost_ = SteadyClock::now();
    }
    if (!lost_) return false;
    const std::optional<bool> ends = around_->allocation->ends(*lost_);
    if (!ends) return true;
    lost_.reset();
    const std::string complaint = around_->allocation->take_complaint();
    if (!complaint.empty()) around_->book->event("warning", "slurm_silent", complaint);
    if (*ends) stop();
    return false;
}

/// Where a death has taken the others along, the launcher soon says whose it was.
bool JobRun::waits_for_launcher() {
    if (!holds_endings_ || !job_.lost_a_connection() || process_->ending()) return false;
    if (!cut_) cut_ = SteadyClock::now();
    return seconds_since(*cut_) < around_->patience.words_s;
}

void JobRun::watch_launcher() {
    if (launcher_end_told_ || !process_->ending()) return;
    launcher_end_told_ = true;
    process_->drain();
    // Killed by another hand than ours.
    const bool killed = process_->was_killed() && !process_->is_ending();
    const auto how = killed ? Job::LauncherEnd::Killed : Job::LauncherEnd::ByItself;
    // Its daemon on the node died, say, and the ranks do not need it. Of several nodes the inquiry
    // finds out which; a signal came from this machine, and says nothing of the node.
    if (!killed && !process_->is_ending() && hosts_.size() == 1 && job_.is_at_work()) {
        around_->book->event("error", "launcher_ended",
                             hosts_.front() + ": the launcher of job " + std::to_string(number_) +
                                 " ended under ranks at work; its words: " + process_->words(),
                             first_node_);
    }
    job_.launcher_ended(how, process_->words());
}

void JobRun::send(std::int32_t rank, const message::ToWorker& message) {
    around_->channel->send({number_, rank}, message);
}

void JobRun::give_up(std::int32_t rank) {
    around_->channel->close({number_, rank});
    const auto process = processes_.find(rank);
    if (process != processes_.end()) process->second.kill();
}

/// In peace, the ranks are told to quit and may take their leave of MPI. Else they go as soon as
/// they see their connection closed, if they can see at all.
void JobRun::wind_down() {
    if (job_.state() == Job::State::Done) {
        for (std::int32_t rank = 0; rank < ranks_; ++rank) send(rank, message::Quit{});
        process_->let_quit();
        return;
    }
    process_->drain();
    // Before we end it ourselves: what it says of that names hosts as well.
    if (holds_endings_) job_.nodes_named_lost(hosts_named_lost(process_->printed(), hosts_));
    around_->channel->forget(number_);
    process_->force_end();
}

void JobRun::stop() {
    if (finished_) return;
    stopped_ = true;
    lost_.reset();
    around_->channel->forget(number_);
    process_->force_end();
}

void JobRun::finish() {
    finished_ = true;
    around_->channel->forget(number_);
    kill_ranks();
    if (!stopped_) job_.settle_accounts();
    tell_of_babble();
    tell_of_written_off();
    RunBook& book = *around_->book;
    const std::optional<std::string> ending = process_->ending();
    tell_of_bad_parting(ending.value_or(""));
    book.write(record::JobEnded{number_, book.now_s(), ending.value_or("it could not be ended")});
}

/// The ranks of one node had done their work and were to quit, and yet the launcher did not end
/// well: its daemon there died meanwhile, say.
void JobRun::tell_of_bad_parting(const std::string& ending) const {
    constexpr const char* kWell = "exit status 0";
    if (hosts_.size() != 1 || stopped_ || ending.empty() || ending == kWell) return;
    if (job_.state() != Job::State::Done || process_->was_killed()) return;
    around_->book->event("warning", "launcher_ended",
                         hosts_.front() + ": the launcher of job " + std::to_string(number_) +
                             ", whose work was done, ended with " + ending +
                             "; its words: " + process_->words(),
                         first_node_);
}

/// What ranks print is nothing but a log; who prints without end is named all the same.
void JobRun::tell_of_babble() const {
    if (process_->discarded() == 0) return;
    const bool one_host = hosts_.size() == 1;
    const std::string who =
        one_host ? hosts_.front() : "one of " + std::to_string(hosts_.size()) + " nodes";
    around_->book->event("warning", "job_babbled",
                         who + " printed without end in job " + std::to_string(number_) + ": " +
                             job_log_name(number_) + " holds the first " +
                             std::to_string(JobLog::kMostBytes) + " bytes, " +
                             std::to_string(process_->discarded()) + " more were discarded",
                         one_host ? first_node_ : -1);
}

/// Not even SIGKILL ends what sleeps in the kernel for good.
void JobRun::tell_of_written_off() {
    if (process_->ending()) return;
    written_off_ = "process " + std::to_string(process_->pid()) + ", the launcher of job " +
                   std::to_string(number_) + ", could not be ended and was written off";
    const bool one_host = hosts_.size() == 1;
    around_->book->event("error", event_code::kLauncherNotEnded, written_off_,
                         one_host ? first_node_ : -1);
}

std::map<std::int32_t, std::string> JobRun::held_nodes() const {
    std::map<std::int32_t, std::string> nodes = job_.held_devices();
    // A launcher of several nodes is a process of this host, and says nothing of any of them.
    if (!written_off_.empty() && hosts_.size() == 1) nodes.emplace(first_node_, written_off_);
    return nodes;
}

void JobRun::kill_ranks() {
    for (const auto& [rank, process] : processes_) process.kill();
}

}  // namespace rackproof
