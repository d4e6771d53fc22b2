#include "runners/inquiry.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace rackproof {

namespace {

/// Of a job that went well, how its ranks left says nothing.
std::vector<Clue> clues_of(const Job& job) {
    return job.state() == Job::State::Done ? std::vector<Clue>{} : job.clues();
}

}  // namespace

Inquiry::Inquiry(std::int32_t number, const Job& job, Trials trials)
    : job_{number},
      clues_{clues_of(job)},
      held_{job.held_endings()},
      slow_{job.slow_tasks()},
      waiting_{suspects_of(clues_)} {
    if (slow_.empty() || trials == Trials::None) return;
    std::vector<std::int32_t> nodes = members(*slow_.front().task);
    if (nodes.size() >= SlowSearch::kFewestNodes) search_.emplace(std::move(nodes));
}

std::optional<std::int32_t> Inquiry::next_to_probe() const {
    if (waiting_.empty()) return std::nullopt;
    return waiting_.front();
}

void Inquiry::probe_begun(std::int32_t node, std::int32_t job) {
    std::erase(waiting_, node);
    running_[job] = node;
}

/// Once nobody is known to be guilty by the clues and probes alone.
std::vector<std::int32_t> Inquiry::next_trial() const {
    const bool is_due = search_ && !trial_ && waiting_.empty() && running_.empty() &&
                        blame_of(clues_).guilty.empty();
    return is_due ? search_->next() : std::vector<std::int32_t>{};
}

Task& Inquiry::trial_task(const std::vector<std::int32_t>& nodes) {
    trial_task_ = std::make_unique<Task>(*slow_.front().task);
    trial_task_->wanted = trial_task_->cells;
    trial_task_->without.clear();
    for (const std::int32_t node : trial_task_->nodes) {
        if (std::ranges::find(nodes, node) == nodes.end()) trial_task_->without.insert(node);
    }
    return *trial_task_;
}

void Inquiry::trial_begun(std::int32_t job) { trial_ = job; }

bool Inquiry::is_about(const Task& task) const {
    return std::ranges::find(held_, &task, &HeldEnding::task) != held_.end();
}

bool Inquiry::is_proved_slow(const Task& task) const {
    return search_ && search_->guilty() && !is_about(task) &&
           std::ranges::find(slow_, &task, &SlowTask::task) != slow_.end();
}

std::size_t Inquiry::nodes_at_work() const {
    return running_.size() + (trial_ ? members(*trial_task_).size() : 0);
}

bool Inquiry::take_result(std::int32_t number, const Job& job) {
    if (trial_ == number) {
        take_trial(job);
        return true;
    }
    const auto probe = running_.find(number);
    if (probe == running_.end()) return false;
    const bool well = job.state() == Job::State::Done && job.problem().empty();
    if (!well) {
        const std::string why = job.problem().empty() ? "it did not hold out" : job.problem();
        clues_.push_back({probe->second, ClueKind::ProbeFailed, "probed alone: " + why});
    }
    running_.erase(probe);
    return true;
}

void Inquiry::take_trial(const Job& job) {
    trial_.reset();
    search_->take(job.trial_end());
    if (const std::optional<std::int32_t> guilty = search_->guilty()) {
        const SlowTask& slow = slow_.front();
        clues_.push_back({*guilty, ClueKind::SlowOnlyWithIt,
                          fmt::format("{} took {:.1f} s, where more than {:.1f} s are too "
                                      "slow; {}",
                                      slow.name, slow.seconds, slow.bound_s, search_->words())});
    }
}

Blame Inquiry::blame() const {
    Blame blame = blame_of(clues_);
    if (search_ && blame.guilty.empty()) {
        blame.evidence += (blame.evidence.empty() ? "" : "; ") + search_->words();
    }
    return blame;
}

}  // namespace rackproof
