#include "runners/job_pool.hpp"

#include <poll.h>

#include <algorithm>

namespace rackproof {
namespace {

constexpr double kRound_s = 0.05;  ///< how often every job has its turn, whatever happens
constexpr int kPause_ms = 3;
constexpr int kStopTurn_ms = 20;

std::int32_t job_of(const Arrival& arrival) {
    if (const auto* joined = std::get_if<arrival::Joined>(&arrival)) return joined->id.job;
    if (const auto* said = std::get_if<arrival::Said>(&arrival)) return said->id.job;
    if (const auto* closed = std::get_if<arrival::Closed>(&arrival)) return closed->id.job;
    return -1;
}

}  // namespace

const JobRun& JobPool::start(JobPlan plan) {
    const std::int32_t number = plan.job;
    auto run = std::make_unique<JobRun>(*around_, std::move(plan));
    return *(jobs_[number] = std::move(run));
}

std::vector<std::unique_ptr<JobRun>> JobPool::turn(int most_ms) {
    wait(touched_.empty() ? most_ms : std::min(most_ms, kPause_ms));
    for (const Arrival& arrival : around_->channel->handle(around_->book->now_s())) take(arrival);
    const std::vector<JobRun*> whose_turn = due();
    for (JobRun* job : whose_turn) job->turn();
    std::vector<std::unique_ptr<JobRun>> finished;
    for (const JobRun* job : whose_turn) {
        const auto found = jobs_.find(job->number());
        if (!found->second->is_finished()) continue;
        finished.push_back(std::move(found->second));
        jobs_.erase(found);
    }
    around_->book->sync_if_due();
    return finished;
}

/// All jobs now and then; those whose ranks have spoken sooner, but not for each word anew: there
/// may be thousands a second.
std::vector<JobRun*> JobPool::due() {
    std::vector<JobRun*> jobs;
    const bool round = seconds_since(last_round_) >= kRound_s;
    if (!round && seconds_since(last_turns_) * 1000 < kPause_ms) return jobs;
    for (const auto& [number, job] : jobs_) {
        if (round || touched_.contains(number)) jobs.push_back(job.get());
    }
    touched_.clear();
    last_turns_ = SteadyClock::now();
    if (round) last_round_ = last_turns_;
    return jobs;
}

void JobPool::wait(int most_ms) {
    std::vector<pollfd> polled{{around_->channel->descriptor(), POLLIN, 0}};
    std::vector<JobRun*> of;
    for (const auto& [number, job] : jobs_) {
        if (job->output() < 0) continue;
        polled.push_back({job->output(), POLLIN, 0});
        of.push_back(job.get());
    }
    (void)::poll(polled.data(), polled.size(), most_ms);
    for (std::size_t i = 0; i < of.size(); ++i) {
        if (polled[i + 1].revents != 0) of[i]->drain();
    }
}

void JobPool::take(const Arrival& arrival) {
    if (const auto* refused = std::get_if<arrival::Refused>(&arrival)) {
        around_->on_refused(refused->text);
        return;
    }
    const auto job = jobs_.find(job_of(arrival));
    if (job == jobs_.end()) return;
    job->second->take(arrival);
    touched_.insert(job->first);
}

void JobPool::finish_steps() {
    for (const auto& [number, job] : jobs_) job->finish_step();
}

void JobPool::stop() {
    for (const auto& [number, job] : jobs_) job->stop();
    while (!jobs_.empty()) (void)turn(kStopTurn_ms);
}

}  // namespace rackproof
