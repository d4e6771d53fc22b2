#include "runners/run_estimate.hpp"

#include <algorithm>
#include <map>
#include <queue>
#include <set>

#include "core/pair_confirmation.hpp"
#include "runners/device_pairs.hpp"
#include "runners/start_pace.hpp"
#include "runners/task.hpp"

namespace rackproof {
namespace {

constexpr double kJobStart_s = 1;  ///< launcher, connections, device; and their end

struct PlannedJob {
    std::vector<std::int32_t> nodes;
    std::set<std::int32_t> devices;  ///< those with a rank
    double seconds = kJobStart_s;
};

struct AtWork {
    double until_s = 0;
    PlannedJob job;
    friend bool operator>(const AtWork& a, const AtWork& b) { return a.until_s > b.until_s; }
};

/// The devices that a cell sets to work: its own, or those of its case's kind on all its nodes. One
/// that stands in for a kind that its node lacks only says so.
std::vector<std::int32_t> devices_at_work(const Manifest& manifest, const CaseSpec& spec,
                                          const Cell& cell,
                                          const std::vector<std::int32_t>& nodes) {
    const std::string kind = device_kind(spec);
    std::vector<std::int32_t> devices;
    if (spec.scope == Scope::Device) devices = {cell.target.first};
    if (spec.scope == Scope::DevicePair) devices = {cell.target.first, cell.target.second};
    for (const std::int32_t node : nodes) {
        if (is_by_one_rank(spec.scope)) break;
        const std::vector<std::int32_t> of_node = devices_for(manifest.devices, node, kind);
        devices.insert(devices.end(), of_node.begin(), of_node.end());
    }
    std::erase_if(devices, [&](std::int32_t device) {
        return manifest.devices.at(static_cast<std::size_t>(device)).kind != kind;
    });
    return devices;
}

/// A stage's jobs in the order in which they start. A device's cases run on all devices of its node
/// at once, so that they count once; those of pairs of devices once a round.
std::vector<PlannedJob> jobs_of(const Manifest& manifest, std::int32_t stage) {
    std::vector<PlannedJob> jobs;
    std::map<std::vector<std::int32_t>, std::size_t> job_on;
    std::set<std::pair<std::size_t, std::int32_t>> counted;
    std::map<std::size_t, DeviceRounds> rounds;
    for (const Cell& cell : manifest.cells) {
        const CaseSpec& spec = manifest.cases.at(static_cast<std::size_t>(cell.case_index));
        if (spec.stage != stage || spec.lead != cell.case_index) continue;
        const std::vector<std::int32_t> nodes = nodes_of(manifest, spec.scope, cell.target);
        const auto [place, is_new] = job_on.emplace(nodes, jobs.size());
        if (is_new) jobs.push_back({nodes, {}});
        PlannedJob& job = jobs[place->second];
        const bool is_first_of_case = counted.emplace(place->second, cell.case_index).second;
        const bool counts = spec.scope == Scope::DevicePair
                                ? rounds[place->second].begins(cell.case_index, cell.target)
                                : is_first_of_case;
        if (counts) job.seconds += spec.expected_s;
        if (!is_by_one_rank(spec.scope) && !is_first_of_case) continue;
        const std::vector<std::int32_t> devices = devices_at_work(manifest, spec, cell, nodes);
        job.devices.insert(devices.begin(), devices.end());
    }
    return jobs;
}

/// One stage's jobs against the clock: which nodes are at work, and the most that ever are.
class Playing {
  public:
    explicit Playing(const Plan& plan)
        : pace_{PaceLimits{plan.max_concurrent_nodes, plan.max_nodes_starting_per_s}} {}

    void start(const PlannedJob& job) {
        while (is_busy(job) || !pace_.may_start(now_s_, job.nodes.size(), busy_.size())) wait();
        pace_.started(now_s_, job.nodes.size());
        at_work_.push({now_s_ + job.seconds, job});
        end_s_ = std::max(end_s_, now_s_ + job.seconds);
        busy_.insert(job.nodes.begin(), job.nodes.end());
        devices_ += std::ssize(job.devices);
        peak_nodes_ = std::max(peak_nodes_, static_cast<std::int64_t>(busy_.size()));
        peak_devices_ = std::max(peak_devices_, devices_);
        next_start_s_ = pace_.next_s().value_or(now_s_);
    }

    /// Nothing is at work any more.
    void finish() {
        while (!at_work_.empty()) wait();
    }

    [[nodiscard]] double end_s() const { return end_s_; }
    [[nodiscard]] std::int64_t peak_nodes() const { return peak_nodes_; }
    [[nodiscard]] std::int64_t peak_devices() const { return peak_devices_; }

  private:
    [[nodiscard]] bool is_busy(const PlannedJob& job) const {
        return std::ranges::any_of(job.nodes, [this](auto node) { return busy_.contains(node); });
    }

    /// Until the next start is due, or the next job ends, whichever is first.
    void wait() {
        const bool start_is_first =
            next_start_s_ > now_s_ && (at_work_.empty() || next_start_s_ < at_work_.top().until_s);
        if (start_is_first) {
            now_s_ = next_start_s_;
            return;
        }
        now_s_ = std::max(now_s_, at_work_.top().until_s);
        for (const std::int32_t node : at_work_.top().job.nodes) busy_.erase(node);
        devices_ -= std::ssize(at_work_.top().job.devices);
        at_work_.pop();
    }

    StartPace pace_;
    std::priority_queue<AtWork, std::vector<AtWork>, std::greater<>> at_work_;
    std::set<std::int32_t> busy_;
    double now_s_ = 0;
    double next_start_s_ = 0;
    double end_s_ = 0;
    std::int64_t devices_ = 0;
    std::int64_t peak_nodes_ = 0;
    std::int64_t peak_devices_ = 0;
};

/// Of a stage that confirms another: the most that are measured again. Beside others those are all
/// pairs of some rounds, and may be all.
std::vector<PlannedJob> most_again(const Stage& stage, std::vector<PlannedJob> jobs) {
    if (stage.confirms.empty() || stage.load != PairLoad::None) return jobs;
    const auto suspects = static_cast<std::size_t>(stage.most_suspects);
    const std::size_t most = kMostPairsOfASuspect * suspects + kMostPairsBeside;
    if (jobs.size() > most) jobs.resize(most);
    return jobs;
}

}  // namespace

std::vector<StageEstimate> estimate_run(const Plan& plan, const Manifest& manifest) {
    std::vector<StageEstimate> stages;
    for (std::size_t i = 0; i < plan.stages.size(); ++i) {
        const auto number = static_cast<std::int32_t>(i);
        StageEstimate stage;
        stage.name = plan.stages[i].name;
        stage.cells = std::ranges::count_if(manifest.cells, [&](const Cell& cell) {
            return manifest.cases.at(static_cast<std::size_t>(cell.case_index)).stage == number;
        });
        Playing playing{plan};
        const bool one_by_one =
            !plan.stages[i].confirms.empty() && plan.stages[i].load == PairLoad::None;
        for (const PlannedJob& job : most_again(plan.stages[i], jobs_of(manifest, number))) {
            if (one_by_one) playing.finish();
            playing.start(job);
            ++stage.jobs;
        }
        stage.seconds = playing.end_s();
        stage.peak_nodes = playing.peak_nodes();
        stage.peak_devices = playing.peak_devices();
        if (const auto device_w = plan.stages[i].device_power_w) {
            stage.peak_w = *device_w * static_cast<double>(stage.peak_devices);
        }
        stages.push_back(std::move(stage));
    }
    return stages;
}

}  // namespace rackproof
