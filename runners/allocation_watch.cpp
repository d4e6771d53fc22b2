#include "runners/allocation_watch.hpp"

#include <cstdlib>

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/utf8.hpp"
#include "runners/slurm_state.hpp"

namespace rackproof {
namespace {

constexpr double kPeace_s = 60;
constexpr const char* kNoWord = "whether Slurm is ending the job of this run is not known: ";

}  // namespace

std::optional<AllocationQuestion> question_of_allocation() {
    const char* const value = std::getenv("SLURM_JOB_ID");
    const std::string job = value == nullptr ? "" : value;
    const bool is_number = !job.empty() && job.find_first_not_of("0123456789") == std::string::npos;
    if (!is_number || !is_on_path("squeue")) return std::nullopt;
    // What a person may have in the environment would leave jobs out. Of an array, %A is the own
    // number of each job, and --jobs takes that of the whole for all of them.
    Command command{{"env"}, {}};
    for (const char* name : {"SQUEUE_ACCOUNT", "SQUEUE_FEDERATION", "SQUEUE_LICENSES",
                             "SQUEUE_LOCAL", "SQUEUE_NAMES", "SQUEUE_PARTITION", "SQUEUE_QOS",
                             "SQUEUE_SORT", "SQUEUE_STATES", "SQUEUE_USERS", "SLURM_CLUSTERS"}) {
        append(command.arguments, {"-u", name});
    }
    append(command.arguments,
           {"squeue", "--noheader", "--states=all", "--format=%A|%T", "--jobs=" + job});
    return AllocationQuestion{job, std::move(command)};
}

bool says_that_it_ends(const AllocationQuestion& question, std::string_view printed) {
    const std::string begin = question.job + "|";
    for (const std::string_view line : printed_lines(printed)) {
        if (!line.starts_with(begin)) continue;
        const std::string_view state = line.substr(begin.size());
        const std::string_view word = state.substr(0, state.find_last_not_of(" \r") + 1);
        if (const std::optional<bool> ends = is_job_ending(word)) return *ends;
    }
    throw Error{"ask Slurm for the state of job " + question.job,
                "squeue says '" + printable(shortened(std::string{printed}, 200)) + "'"};
}

bool allocation_ends() {
    const std::optional<AllocationQuestion> question = question_of_allocation();
    if (!question) return false;
    try {
        return says_that_it_ends(*question,
                                 output_of(question->command, AllocationWatch::kPatience_s));
    } catch (const Error& error) {
        log_warning(kNoWord + std::string{error.what()});
        return false;
    }
}

AllocationWatch::AllocationWatch(std::optional<AllocationQuestion> question, double patience_s)
    : question_{std::move(question)}, patience_s_{patience_s} {}

std::optional<bool> AllocationWatch::ends(SteadyClock::time_point since) {
    if (!question_) return false;
    if (ends_) return true;
    try {
        take_answer();
        if (ends_ || (answered_ && *answered_ > since)) return ends_;
        if (in_peace_until_ && SteadyClock::now() < *in_peace_until_) return false;
        if (!asked_) {
            asked_at_ = SteadyClock::now();
            asked_ = std::make_unique<AskedProgram>(question_->command, patience_s_);
        }
    } catch (const Error& error) {
        asked_.reset();
        in_peace_until_ = SteadyClock::now() + seconds(kPeace_s);
        complaint_ =
            kNoWord + std::string{error.what()} + "; for a minute what is lost counts as lost";
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
    ends_ = says_that_it_ends(*question_, *answer);
}

}  // namespace rackproof
