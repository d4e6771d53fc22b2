#include "runners/allocation_watch.hpp"

#include <cstdlib>

#include "core/error.hpp"
#include "core/log.hpp"
#include "runners/slurm_state.hpp"

namespace rackproof {
namespace {

constexpr double kPatience_s = 5;  ///< less than the heartbeat of the ranks that go on
constexpr double kPeace_s = 60;

bool says_that_it_ends(const std::string& printed) {
    const std::string state = printed.substr(0, printed.find_first_of(" \t\r\n"));
    return !state.empty() && is_job_ending(state);
}

}  // namespace

std::optional<Command> question_of_allocation() {
    const char* const value = std::getenv("SLURM_JOB_ID");
    const std::string job = value == nullptr ? "" : value;
    const bool is_number = !job.empty() && job.find_first_not_of("0123456789") == job.npos;
    if (!is_number || !is_on_path("squeue")) return std::nullopt;
    return Command{{"squeue", "--noheader", "--format=%T", "--jobs=" + job}, {}};
}

bool allocation_ends() {
    const std::optional<Command> question = question_of_allocation();
    if (!question) return false;
    try {
        return says_that_it_ends(output_of(*question, kPatience_s));
    } catch (const Error& error) {
        log_warning(std::string{"Slurm does not say whether it ends this job: "} + error.what());
        return false;
    }
}

AllocationWatch::AllocationWatch(std::optional<Command> question)
    : question_{std::move(question)} {}

std::optional<bool> AllocationWatch::ends(SteadyClock::time_point since) {
    if (!question_) return false;
    if (ends_) return true;
    try {
        take_answer();
        if (ends_ || (answered_ && *answered_ > since)) return ends_;
        if (in_peace_until_ && SteadyClock::now() < *in_peace_until_) return false;
        if (!asked_) {
            asked_at_ = SteadyClock::now();
            asked_ = std::make_unique<AskedProgram>(*question_, kPatience_s);
        }
    } catch (const Error& error) {
        asked_.reset();
        in_peace_until_ = SteadyClock::now() + seconds(kPeace_s);
        log_warning(std::string{"Slurm does not say whether it ends this job: "} + error.what());
        return false;
    }
    return std::nullopt;
}

void AllocationWatch::take_answer() {
    if (!asked_) return;
    const std::optional<std::string> answer = asked_->answer();
    if (!answer) return;
    asked_.reset();
    answered_ = asked_at_;
    ends_ = says_that_it_ends(*answer);
}

}  // namespace rackproof
