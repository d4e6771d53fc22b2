#include "runners/job_run.hpp"

#include <poll.h>
#include <signal.h>

#include <array>
#include <cstdio>

#include "runners/worker.hpp"

namespace rackproof {
namespace {

constexpr int kTurn_ms = 100;

std::string log_name(std::int32_t job) {
    std::array<char, 32> name{};
    std::snprintf(name.data(), name.size(), "job-%03d.log", job);
    return name.data();
}

}  // namespace

JobRun::JobRun(const JobSurroundings& surroundings, JobPlan plan)
    : around_{&surroundings},
      number_{plan.job},
      ranks_{static_cast<std::int32_t>(plan.devices.size())},
      ranks_talk_{plan.ranks_talk},
      log_{surroundings.logs / log_name(plan.job)},
      job_{std::move(plan), *surroundings.book, *this, surroundings.patience, surroundings.cpu},
      command_{command()} {}

JobRun::~JobRun() {
    around_->channel->forget(number_);
    kill_ranks();
}

Command JobRun::command() const {
    JobRequest request;
    request.job = number_;
    request.ranks = ranks_;
    request.talk = ranks_talk_ ? RanksTalk::Yes : RanksTalk::No;
    request.executable = around_->executable;
    request.scratch = scratch_.path();
    request.environment = around_->environment;
    request.environment[kControllerVariable] = to_string(around_->channel->endpoint());
    request.environment[kJobVariable] = std::to_string(number_);
    return around_->launcher->command(request);
}

bool JobRun::run() {
    RunBook& book = *around_->book;
    book.write(record::JobStarted{number_, ranks_, book.now_s(), shown(command_.arguments)});
    around_->channel->expect(number_, ranks_);
    launcher_.emplace(command_);
    bool wanted = true;
    while (job_.state() == Job::State::Running) {
        turn(kTurn_ms);
        job_.tick();
        wanted = around_->go_on(job_);
        if (!wanted) break;
    }
    wind_down(wanted && job_.state() == Job::State::Done);
    if (wanted) job_.settle_accounts();
    const std::optional<std::string> ending = launcher_->ending();
    book.write(record::JobEnded{number_, book.now_s(), ending.value_or("it could not be ended")});
    return wanted;
}

void JobRun::turn(int wait_ms) {
    std::array<pollfd, 2> polled{{{around_->channel->descriptor(), POLLIN, 0},
                                  {output_open_ ? launcher_->output() : -1, POLLIN, 0}}};
    (void)::poll(polled.data(), polled.size(), wait_ms);
    for (const Arrival& arrival : around_->channel->handle(around_->book->now_s())) take(arrival);
    if (output_open_) output_open_ = log_.drain(launcher_->output());
    watch_launcher();
    around_->book->sync_if_due();
}

void JobRun::take(const Arrival& arrival) {
    if (const auto* refused = std::get_if<arrival::Refused>(&arrival)) {
        around_->on_refused(refused->text);
    } else if (const auto* joined = std::get_if<arrival::Joined>(&arrival)) {
        processes_[joined->id.rank] =
            ProcessHandle::of_descendant(static_cast<pid_t>(joined->hello.pid), launcher_->pid());
        job_.rank_joined(joined->id.rank, joined->hello);
    } else if (const auto* said = std::get_if<arrival::Said>(&arrival)) {
        job_.rank_said(said->id.rank, said->message);
    } else if (const auto* closed = std::get_if<arrival::Closed>(&arrival)) {
        job_.rank_closed(closed->id.rank, closed->problem);
    }
}

void JobRun::watch_launcher() {
    if (launcher_end_told_ || !launcher_->ending()) return;
    launcher_end_told_ = true;
    (void)log_.drain(launcher_->output());
    const auto how =
        launcher_->was_killed() ? Job::LauncherEnd::Killed : Job::LauncherEnd::ByItself;
    job_.launcher_ended(how, log_.last_words());
}

void JobRun::send(std::int32_t rank, const message::ToWorker& message) {
    around_->channel->send({number_, rank}, message);
}

void JobRun::give_up(std::int32_t rank) {
    around_->channel->close({number_, rank});
    const auto process = processes_.find(rank);
    if (process != processes_.end()) process->second.kill();
}

/// Ends whatever of the job still runs. In peace: the ranks are told to quit and may take their
/// leave of MPI. Else they go as soon as they see their connection closed, if they can see at all.
void JobRun::wind_down(bool in_peace) {
    if (in_peace) {
        for (std::int32_t rank = 0; rank < ranks_; ++rank) send(rank, message::Quit{});
        if (launcher_gone_within(around_->patience.quit_s)) return;
    }
    around_->channel->forget(number_);
    launcher_->signal_group(SIGTERM);
    const bool gone = launcher_gone_within(around_->patience.term_s);
    if (!gone) launcher_->signal_group(SIGKILL);
    kill_ranks();
    if (!gone) (void)launcher_gone_within(around_->patience.term_s);
}

bool JobRun::launcher_gone_within(double patience_s) {
    const auto start = SteadyClock::now();
    while (!launcher_->ending()) {
        if (seconds_since(start) > patience_s) return false;
        turn(kTurn_ms / 10);
        (void)around_->go_on(job_);
    }
    if (output_open_) (void)log_.drain(launcher_->output());
    return true;
}

void JobRun::kill_ranks() {
    for (const auto& [rank, process] : processes_) process.kill();
}

}  // namespace rackproof
