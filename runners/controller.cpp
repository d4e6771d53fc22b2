#include "runners/controller.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "core/error.hpp"
#include "core/version.hpp"
#include "runners/worker.hpp"

namespace rackproof {
namespace {

constexpr std::int64_t kStrangersTold = 20;
constexpr double kProgressEvery_s = 0.1;

const record::RunStarted& checked(const record::RunStarted& start, const Launcher& launcher,
                                  const RunOptions& options) {
    launcher.check();
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
      book_{open_book(checked(start, *parts.launcher, options), options)},
      channel_{parts.launcher->listen_address(), secret_, kVersion} {
    if (options.resumption) jobs_ = options.resumption->so_far.next_job;
    around_.launcher = parts.launcher;
    around_.channel = &channel_;
    around_.book = &book_;
    around_.executable = options.executable;
    around_.logs = options.directory / "logs";
    around_.environment[kSecretVariable] = secret_.hex();
    around_.patience = parts.patience;
    around_.cpu = plan.cpu;
    around_.on_refused = [this](const std::string& text) { note_stranger(text); };
    around_.go_on = [this](const Job& job) { return go_on(job); };
}

void Controller::run() {
    const auto stages = static_cast<std::int32_t>(book_.manifest().stages.size());
    for (stage_ = 0; stage_ < stages && interruption_ == Interruption::None; ++stage_) {
        run_stage();
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
    run_tasks(Company::WholeNode);
    for (std::int32_t attempt = 1; attempt <= plan_->retests; ++attempt) {
        if (interruption_ != Interruption::None) return;
        tasks_ = retests(tasks_, book_);
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

/// Node after node; or, for devices that are to be alone on their node, device after device.
void Controller::run_tasks(Company company) {
    std::map<std::pair<std::int32_t, std::int32_t>, std::vector<Task*>> parts;
    for (Task& task : tasks_) {
        const bool apart = company == Company::Alone && task.scope == Scope::Device;
        parts[{task.node, apart ? task.target.first : -1}].push_back(&task);
    }
    for (const auto& [place, part] : parts) run_to_end(part);
}

/// Job after job, until every task is done. Each job ends a cell or counts against those that it
/// leaves open (Job::settle_accounts), so that this comes to an end.
void Controller::run_to_end(const std::vector<Task*>& tasks) {
    while (interruption_ == Interruption::None) {
        std::vector<Task*> open;
        std::ranges::copy_if(tasks, std::back_inserter(open),
                             [&](const Task* task) { return !is_done(*task, book_); });
        if (open.empty()) return;
        JobRun job{around_, plan_job(open)};
        if (!job.run()) return;
    }
}

JobPlan Controller::plan_job(const std::vector<Task*>& open) {
    JobPlan job;
    job.job = jobs_++;
    job.node = open.front()->node;
    job.tasks = open;
    std::set<std::int32_t> devices;
    const Manifest& manifest = book_.manifest();
    for (const Task* task : open) {
        const auto lead = static_cast<std::size_t>(task->lead_case);
        job.ranks_talk = job.ranks_talk || parts_->talks(manifest.cases.at(lead).suite);
        if (task->scope == Scope::Device) {
            devices.insert(task->target.first);
            continue;
        }
        for (std::size_t i = 0; i < manifest.devices.size(); ++i) {
            if (manifest.devices[i].node == task->node) devices.insert(static_cast<int>(i));
        }
    }
    job.devices.assign(devices.begin(), devices.end());
    if (job.devices.empty()) throw Error{"plan a job", "its node has no devices"};
    return job;
}

bool Controller::go_on(const Job& job) {
    const double now_s = book_.now_s();
    if (interruption_ == Interruption::None) {
        if (book_.active_s() > plan_->run_deadline_s) interruption_ = Interruption::OutOfTime;
        if (options_->stop_requested && options_->stop_requested() != StopRequest::No) {
            interruption_ = Interruption::Stopped;
        }
    }
    if (options_->on_progress && now_s - shown_s_ >= kProgressEvery_s) {
        shown_s_ = now_s;
        options_->on_progress(progress(job));
    }
    return interruption_ == Interruption::None;
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

Progress Controller::progress(const Job& job) const {
    Progress now;
    now.stage = book_.manifest().stages.at(static_cast<std::size_t>(stage_));
    now.cells = static_cast<std::int64_t>(book_.manifest().cells.size());
    now.ended = book_.cells_ended();
    now.not_completed = book_.cells_not_completed();
    now.elapsed_s = book_.now_s();
    now.left_s = left_s();
    now.running = job.running();
    return now;
}

/// Cases of devices run on all of a node's devices at once; those of nodes one after the other.
double Controller::left_s() const {
    const Manifest& manifest = book_.manifest();
    double sum_s = 0;
    for (std::size_t i = 0; i < manifest.cases.size(); ++i) {
        const CaseSpec& spec = manifest.cases[i];
        const auto number = static_cast<std::int32_t>(i);
        const auto open = static_cast<double>(book_.open_cells(number));
        if (spec.lead != number || open == 0) continue;
        sum_s += spec.expected_s * (spec.scope == Scope::Device ? 1 : open);
    }
    return std::min(sum_s, std::max(0.0, plan_->run_deadline_s - book_.active_s()));
}

}  // namespace rackproof
