#include "runners/inquiry.hpp"

#include <algorithm>

namespace rackproof {

Inquiry::Inquiry(std::int32_t number, const Job& job)
    : job_{number}, clues_{job.clues()}, held_{job.held_endings()}, waiting_{suspects_of(clues_)} {}

std::optional<std::int32_t> Inquiry::next_to_probe() const {
    if (waiting_.empty()) return std::nullopt;
    return waiting_.front();
}

void Inquiry::probe_begun(std::int32_t node, std::int32_t job) {
    std::erase(waiting_, node);
    running_[job] = node;
}

bool Inquiry::is_about(const Task& task) const {
    return std::ranges::find(held_, &task, &HeldEnding::task) != held_.end();
}

bool Inquiry::take_result(std::int32_t number, const Job& job) {
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

}  // namespace rackproof
