#include "runners/job_process.hpp"

#include <signal.h>

#include <array>
#include <cstdio>

namespace rackproof {

JobProcess::JobProcess(const Command& command, const std::filesystem::path& log,
                       const EndPatience& patience)
    : patience_{patience}, log_{log}, child_{command} {}

JobProcess::~JobProcess() {
    // A process in the kernel's uninterruptible sleep would be waited for until it wakes up.
    if (step_ == Step::Gone && !child_.ending()) child_.abandon();
}

void JobProcess::drain() {
    if (output_open_) output_open_ = log_.drain(child_.output());
}

void JobProcess::enter(Step step) {
    step_ = step;
    since_ = SteadyClock::now();
}

void JobProcess::let_quit() {
    if (step_ == Step::Running) enter(Step::Quitting);
}

void JobProcess::force_end() {
    if (step_ != Step::Running && step_ != Step::Quitting) return;
    child_.signal_group(SIGTERM);
    enter(Step::Terminating);
}

void JobProcess::turn() {
    if (step_ == Step::Running || step_ == Step::Gone) return;
    if (child_.ending()) {
        drain();
        return enter(Step::Gone);
    }
    const double waited_s = seconds_since(since_);
    if (step_ == Step::Quitting && waited_s > patience_.quit_s) {
        force_end();
    } else if (step_ == Step::Terminating && waited_s > patience_.term_s) {
        child_.signal_group(SIGKILL);
        enter(Step::Killing);
    } else if (step_ == Step::Killing && waited_s > patience_.term_s) {
        enter(Step::Gone);
    }
}

std::string job_log_name(std::int32_t job) {
    std::array<char, 32> name{};
    std::snprintf(name.data(), name.size(), "job-%03d.log", job);
    return name.data();
}

}  // namespace rackproof
