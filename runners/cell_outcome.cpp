#include "runners/cell_outcome.hpp"

#include <new>

#include "core/error.hpp"

namespace rackproof {
namespace {

constexpr const char* kNoNumber = "recorded no number";

int weight(Outcome outcome) {
    switch (outcome) {
        case Outcome::Completed: return 0;
        case Outcome::Skipped: return 1;
        case Outcome::Excluded: return 2;
        case Outcome::TimedOut: return 3;
        case Outcome::Failed: return 4;
        case Outcome::Lost: return 5;
        case Outcome::WrongAnswer: return 6;
    }
    return 6;
}

}  // namespace

Ending ending_of(const std::function<void()>& action) {
    try {
        action();
        return {};
    } catch (const WrongAnswer& error) {
        return {Outcome::WrongAnswer, error.what()};
    } catch (const Unsupported& error) {
        return {Outcome::Skipped, error.what()};
    } catch (const std::bad_alloc&) {
        return {Outcome::Failed, "out of memory"};
    } catch (const std::exception& error) {
        return {Outcome::Failed, error.what()};
    } catch (...) {
        return {Outcome::Failed, "threw something that is no exception"};
    }
}

Ending ending_of_lead(const Ending& run, const CaseTrace& trace) {
    if (run.outcome == Outcome::Completed && !trace.recorded) return {Outcome::Failed, kNoNumber};
    return run;
}

Ending ending_of_companion(const Ending& run, const CaseTrace& trace) {
    if (trace.recorded) return {};
    if (trace.skipped) return {Outcome::Skipped, *trace.skipped};
    if (run.outcome == Outcome::Completed) return {Outcome::Failed, kNoNumber};
    if (run.outcome == Outcome::Skipped) return run;
    return {Outcome::Failed, std::string{kNoNumber} + "; its lead case: " + run.reason};
}

const Ending& worse(const Ending& a, const Ending& b) {
    return weight(b.outcome) > weight(a.outcome) ? b : a;
}

}  // namespace rackproof
