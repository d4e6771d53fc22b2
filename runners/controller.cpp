#include "runners/controller.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/error.hpp"
#include "core/event_codes.hpp"
#include "core/fleet.hpp"
#include "core/version.hpp"
#include "runners/pins.hpp"
#include "runners/worker.hpp"

namespace rackproof {
namespace {

constexpr std::int64_t kStrangersTold = 20;
constexpr double kProgressEvery_s = 0.1;

constexpr int kPoolTurn_ms = 100;
constexpr std::int32_t kMostUnreached = 2;

std::string_view measured_over(Over over) {
    switch (over) {
        case Over::Pairs: return "pairs of nodes";
        case Over::Group: return "all nodes together";
        case Over::Rack: return "the nodes of a rack together";
        case Over::Node: break;
    }
    return "each node";
}

/// What would end the run half-way is refused before there is one.
const record::RunStarted& checked(const record::RunStarted& start, const ControllerParts& parts,
                                  const RunOptions& options) {
    if (std::ranges::any_of(start.manifest.nodes, takes_part)) {
        parts.launcher->check();
        const std::string why_no_talk = parts.launcher->why_no_talk();
        const auto talking = std::ranges::find_if(
            start.manifest.cases, [&](const CaseSpec& spec) { return parts.talks(spec.suite); });
        if (!why_no_talk.empty() && talking != start.manifest.cases.end()) {
            throw Error{"start the ranks of " + talking->name + ", which talk to each other",
                        why_no_talk};
        }
    }
    std::filesystem::create_directories(options.directory / "logs");
    return start;
}

RunBook open_book(const record::RunStarted& start, const RunOptions& options) {
    if (!options.resumption) return {start, options.directory / "journal"};
    return {options.resumption->so_far, std::move(options.resumption->claim)};
}

}  // namespace

Controller::Controller(const Plan& plan, const record::RunStarted& start, const RunOptions& options,
                       const ControllerParts& parts)
    : plan_{&plan},
      options_{&options},
      parts_{&parts},
      book_{open_book(checked(start, parts, options), options)},
      channel_{parts.launcher->listen_address(), secret_, kVersion},
      allocation_{parts.question_of_allocation},
      pace_{parts.pace} {
    if (options.resumption) jobs_ = options.resumption->so_far.next_job;
    around_.launcher = parts.launcher;
    around_.channel = &channel_;
    around_.allocation = &allocation_;
    around_.book = &book_;
    around_.executable = options.executable;
    around_.logs = options.directory / "logs";
    around_.wrap = parts.wrap;
    around_.environment[kSecretVariable] = secret_.hex();
    around_.patience = parts.patience;
    around_.device_options = plan.devices;
    around_.on_refused = [this](const std::string& text) { note_stranger(text); };
    for (const Event& event : options.events) {
        book_.event(event.severity, event.code, event.text, event.node, event.device);
    }
    tell_of_stages_left_out(plan);
}

/// Stages of the plan that have no case in the manifest.
void Controller::tell_of_stages_left_out(const Plan& plan) {
    const std::vector<CaseSpec>& cases = book_.manifest().cases;
    for (std::size_t stage = 0; stage < plan.stages.size(); ++stage) {
        const auto number = static_cast<std::int32_t>(stage);
        const bool has_cases =
            std::ranges::any_of(cases, [&](const CaseSpec& spec) { return spec.stage == number; });
        if (has_cases || !plan.stages[stage].skip_alone) continue;
        book_.event("info", event_code::kStageLeftOut,
                    fmt::format("stage {} was not run: it measures {}, and there are no two nodes "
                                "for it",
                                plan.stages[stage].name, measured_over(plan.stages[stage].over)));
    }
}

/// Nodes that were out before the run began: each of their cells says why it has no number.
void Controller::exclude_absent_nodes() {
    const Manifest& manifest = book_.manifest();
    for (std::size_t i = 0; i < manifest.nodes.size(); ++i) {
        if (takes_part(manifest.nodes[i])) continue;
        book_.event("warning", event_code::kNodeOut, why_no_part(manifest.nodes[i]),
                    static_cast<std::int32_t>(i));
    }
    for (std::size_t cell = 0; cell < manifest.cells.size(); ++cell) {
        const Cell& at = manifest.cells[cell];
        const Scope scope = manifest.cases.at(static_cast<std::size_t>(at.case_index)).scope;
        for (const std::int32_t node : nodes_of(manifest, scope, at.target)) {
            const Node& where = manifest.nodes.at(static_cast<std::size_t>(node));
            const auto number = static_cast<std::int32_t>(cell);
            if (takes_part(where) || book_.has_ended(number, 0)) continue;
            book_.end_cell(number, 0, {Outcome::Excluded, why_no_part(where)});
        }
    }
}

void Controller::run() {
    exclude_absent_nodes();
    const auto stages = static_cast<std::int32_t>(book_.manifest().stages.size());
    for (stage_ = 0; stage_ < stages && interruption_ == Interruption::None; ++stage_) {
        if (may_begin_stage()) run_stage();
        if (interruption_ == Interruption::None) tell_pins(stage_, book_);
        if (interruption_ == Interruption::None) apply_gate();
    }
    if (strangers_ > kStrangersTold) {
        book_.event("warning", "strangers",
                    std::to_string(strangers_) + " connections were refused in all; the first " +
                        std::to_string(kStrangersTold) + " are listed");
    }
    if (interruption_ == Interruption::OutOfTime) end_what_is_open();
    if (interruption_ == Interruption::Stopped) {
        book_.event("warning", "stopped", "the run was stopped before its end");
    }
    book_.finish(interruption_ == Interruption::None);
}

void Controller::run_stage() {
    tasks_ = tasks_of_stage(book_.manifest(), stage_);
    searched_.clear();
    run_tasks(Company::WholeNode);
    if (stage_needs_consent()) return;
    for (std::int32_t attempt = 1; attempt <= plan_->retests; ++attempt) {
        if (interruption_ != Interruption::None) return;
        tasks_ = retests(tasks_, book_);
        drop_excluded_pairs();
        const auto open = std::ranges::count_if(
            tasks_, [this](const Task& task) { return !is_done(task, book_); });
        if (open == 0) continue;  // a run that goes on may have done them
        book_.event("info", "retest",
                    "stage " + book_.manifest().stages.at(static_cast<std::size_t>(stage_)) + ": " +
                        std::to_string(open) + " runs again, alone; attempt " +
                        std::to_string(attempt));
        run_tasks(Company::Alone);
    }
}

/// Every lane goes its own way through its tasks, all at the same time as far as the pace allows.
void Controller::run_tasks(Company company) {
    std::vector<Lane> lanes = lanes_for(company);
    while (go_on()) {
        if (finishing_ && pool_.size() == 0) interruption_ = Interruption::Stopped;
        if (!finishing_ && is_search_over()) cut_search(lanes);
        if (!finishing_) start_what_may(lanes);
        if (std::ranges::all_of(lanes, &Lane::is_over)) return;
        for (const std::unique_ptr<JobRun>& run : pool_.turn(kPoolTurn_ms)) {
            if (!allocation_.is_known_to_end()) take_ended(lanes, *run);
        }
    }
    pool_.stop();
    if (interruption_ == Interruption::OutOfTime) break_off_inquiries(lanes);
}

/// What a node, or some nodes together, do in one job is a part; devices that are to be alone on
/// their node have one each.
std::vector<Controller::Lane> Controller::lanes_for(Company company) {
    std::map<std::vector<std::int32_t>, std::size_t> places;
    std::vector<Lane> lanes;
    std::map<std::pair<std::size_t, std::int32_t>, std::vector<Task*>> parts;
    for (Task& task : tasks_) {
        const auto [place, is_new] = places.emplace(task.nodes, lanes.size());
        if (is_new) {
            lanes.emplace_back();
            lanes.back().nodes = task.nodes;
            const bool was_unreached = unreached_.contains(task.nodes.front());
            lanes.back().unreached = was_unreached ? kMostUnreached - 1 : 0;
        }
        const bool apart = company == Company::Alone && is_by_one_rank(task.scope);
        parts[{place->second, apart ? task.target.first : -1}].push_back(&task);
    }
    for (auto& [place, part] : parts) lanes[place.first].parts.push_back(std::move(part));
    return lanes;
}

/// In the order of the manifest: a lane that waits for its nodes keeps them from those behind it.
void Controller::start_what_may(std::vector<Lane>& lanes) {
    std::set<std::int32_t> taken;
    for (const Lane& lane : lanes) {
        if (lane.is_at_work()) taken.insert(lane.nodes.begin(), lane.nodes.end());
    }
    for (Lane& lane : lanes) {
        if (lane.inquiry) {
            probe_suspects(lane);
            start_trial(lane, nodes_at_work(lanes));
        }
        if (lane.is_at_work() || lane.parts.empty()) continue;
        const bool free = std::ranges::none_of(
            lane.nodes, [&](std::int32_t node) { return taken.contains(node); });
        taken.insert(lane.nodes.begin(), lane.nodes.end());
        const std::size_t count = lane.nodes.size();
        if (!free) continue;
        if (has_to_wait_alone(lanes)) return;
        if (!pace_.may_start(book_.now_s(), count, nodes_at_work(lanes))) return;
        if (start_next(lane)) pace_.started(book_.now_s(), count);
    }
}

std::size_t Controller::nodes_at_work(const std::vector<Lane>& lanes) const {
    std::size_t nodes = 0;
    for (const Lane& lane : lanes) {
        if (lane.job) nodes += lane.nodes.size();
        if (lane.inquiry) nodes += lane.inquiry->nodes_at_work();
    }
    return nodes;
}

/// Job after job, until every task of a part is done. Each job ends a cell or counts against those
/// that it leaves open (Job::settle_accounts), so that this comes to an end.
bool Controller::start_next(Lane& lane) {
    if (is_halted(lane)) return false;
    for (; !lane.parts.empty(); lane.parts.pop_front()) {
        std::vector<Task*> open;
        for (Task* task : lane.parts.front()) {
            keep_out_excluded(*task);
            if (!is_done(*task, book_)) open.push_back(task);
        }
        if (open.empty()) continue;
        lane.job = pool_.start(plan_job(one_company(open))).number();
        return true;
    }
    return false;
}

void Controller::take_ended(std::vector<Lane>& lanes, const JobRun& run) {
    for (const auto& [node, why] : run.held_nodes()) exclude(node, why);
    for (Lane& lane : lanes) {
        if (lane.job == run.number()) return job_ended(lane, run);
        if (!lane.inquiry || !lane.inquiry->take_result(run.number(), run.job())) continue;
        return inquiry_goes_on(lane, run);
    }
}

void Controller::job_ended(Lane& lane, const JobRun& run) {
    lane.job.reset();
    if (stage_needs_consent()) {
        end_lane(lane, run);
    } else if (lane.nodes.size() > 1) {
        begin_inquiry(lane, run);
    } else if (run.job().was_reached()) {
        lane.unreached = 0;
        unreached_.erase(lane.nodes.front());
    } else if (++lane.unreached >= kMostUnreached) {
        give_up(lane, run);
    }
}

/// Nothing has come up on the node, time and again: what it was to do in this attempt is lost, and
/// the next attempt or stage tries it once.
void Controller::give_up(Lane& lane, const JobRun& run) {
    const std::int32_t node = lane.nodes.front();
    std::string reason =
        name_of(node) + " could not be reached (job " + std::to_string(run.number()) + ")";
    if (!run.job().launcher_words().empty()) {
        reason += "; the launcher: " + run.job().launcher_words();
    }
    if (unreached_.emplace(node, reason).second) {
        book_.event("error", event_code::kNodeUnreached, reason, node);
        exclude(node, reason);
    }
    for (const std::vector<Task*>& part : lane.parts) {
        for (const Task* task : part) end_open_cells(*task, {Outcome::Lost, reason}, book_);
    }
    lane.parts.clear();
}

/// The kind of device that the stage at work runs on: a stage has one.
std::string Controller::stage_kind() const {
    const Manifest& manifest = book_.manifest();
    const auto first = std::ranges::find(manifest.cases, stage_, &CaseSpec::stage);
    return first == manifest.cases.end() ? "cpu" : device_kind(*first);
}

std::vector<std::int32_t> Controller::devices_of(std::int32_t node) const {
    return devices_for(book_.manifest().devices, node, stage_kind());
}

JobPlan Controller::plan_job(const std::vector<Task*>& open) {
    JobPlan job;
    job.job = jobs_++;
    job.tasks = open;
    std::set<std::int32_t> wanted;
    bool all = false;
    for (const Task* task : open) {
        const auto lead = static_cast<std::size_t>(task->lead_case);
        job.ranks_talk = job.ranks_talk || parts_->talks(book_.manifest().cases.at(lead).suite);
        all = all || !is_by_one_rank(task->scope);
        if (is_by_one_rank(task->scope)) wanted.insert(task->target.first);
    }
    const std::vector<std::int32_t> nodes = members(*open.front());
    for (const std::int32_t node : nodes) {
        for (const std::int32_t device : devices_of(node)) {
            if (all || wanted.contains(device)) job.devices.push_back(device);
        }
    }
    for (const std::int32_t node : open.front()->without) job.without.push_back(name_of(node));
    job.holds_endings = nodes.size() > 1;
    if (job.holds_endings) job.times = &times_;
    if (job.devices.empty()) throw Error{"plan a job", "its node has no devices"};
    return job;
}

void Controller::finish_what_runs() {
    finishing_ = true;
    pool_.finish_steps();
    book_.event("warning", "stopping", "a stop was asked for: what is in flight may end");
}

/// What died with it is held against no node, and goes again when the run does.
void Controller::leave_with_allocation() {
    interruption_ = Interruption::Stopped;
    book_.event("warning", "allocation_ended", "Slurm is ending the job that this run lives in");
}

bool Controller::go_on() {
    const double now_s = book_.now_s();
    if (interruption_ == Interruption::None) {
        if (book_.active_s() > plan_->run_deadline_s) interruption_ = Interruption::OutOfTime;
        const StopRequest stop =
            options_->stop_requested ? options_->stop_requested() : StopRequest::No;
        if (stop == StopRequest::Now) interruption_ = Interruption::Stopped;
        if (stop == StopRequest::AfterCell && !finishing_) finish_what_runs();
        if (allocation_.is_known_to_end()) leave_with_allocation();
    }
    if (options_->on_progress && now_s - shown_s_ >= kProgressEvery_s) {
        shown_s_ = now_s;
        options_->on_progress(progress());
    }
    return interruption_ == Interruption::None;
}

const std::string& Controller::name_of(std::int32_t node) const {
    return book_.manifest().nodes.at(static_cast<std::size_t>(node)).name;
}

void Controller::end_what_is_open() {
    const Ending ending{Outcome::TimedOut,
                        "the run's deadline of " +
                            std::to_string(static_cast<std::int64_t>(plan_->run_deadline_s)) +
                            " s passed before this cell had ended"};
    // A retest that was cut off is no second breakage: its attempt is not ended, and the fold
    // leaves it out.
    for (const Task& task : tasks_) {
        if (task.attempt == 0) end_open_cells(task, ending, book_);
    }
    const auto cells = static_cast<std::int32_t>(book_.manifest().cells.size());
    for (std::int32_t cell = 0; cell < cells; ++cell) {
        if (!book_.has_ended(cell, 0)) book_.end_cell(cell, 0, ending);
    }
}

void Controller::note_stranger(const std::string& text) {
    if (++strangers_ <= kStrangersTold) book_.event("warning", "stranger", text);
}

Progress Controller::progress() const {
    Progress now;
    now.stage = book_.manifest().stages.at(static_cast<std::size_t>(stage_));
    now.stage_index = stage_;
    now.board = &book_.board();
    now.cells = static_cast<std::int64_t>(book_.manifest().cells.size());
    now.ended = book_.cells_ended();
    now.not_completed = book_.cells_not_completed();
    now.elapsed_s = book_.now_s();
    now.left_s = left_s();
    for (const auto& [number, run] : pool_.jobs()) {
        for (std::string& line : run->job().running()) now.running.push_back(std::move(line));
    }
    return now;
}

/// A case runs on all nodes at once, or in as many waves as the limit on nodes makes of them.
double Controller::left_s() const {
    const Manifest& manifest = book_.manifest();
    const auto nodes = static_cast<double>(manifest.nodes.size());
    const double at_once = parts_->pace.most_nodes.value_or(std::max(1.0, nodes));
    const double waves = std::max(1.0, std::ceil(nodes / at_once));
    double sum_s = 0;
    for (std::size_t i = 0; i < manifest.cases.size(); ++i) {
        const CaseSpec& spec = manifest.cases[i];
        const auto number = static_cast<std::int32_t>(i);
        if (spec.lead == number && book_.open_cells(number) > 0) sum_s += spec.expected_s * waves;
    }
    return std::min(sum_s, std::max(0.0, plan_->run_deadline_s - book_.active_s()));
}

}  // namespace rackproof
