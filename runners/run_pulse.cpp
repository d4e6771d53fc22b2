#include "runners/run_pulse.hpp"

namespace rackproof {
namespace {

constexpr double kFresh_s = 5;
constexpr double kLongAgo_s = 60;

}  // namespace

RunPulse PulseTaker::take(const JournalLook& look, double age_s, SteadyClock::time_point now) {
    if (!last_ || last_->file != look.file) {
        *this = PulseTaker{};
        first_look_ = moved_ = now;
    } else if (last_->changed_ns != look.changed_ns) {
        has_moved_ = true;
        moved_ = now;
    }
    last_ = look;
    const bool let_go = was_held_ && look.hold == JournalHold::Free;
    was_held_ = look.hold == JournalHold::Held;
    const auto since = [now](SteadyClock::time_point then) {
        return std::chrono::duration<double>{now - then}.count();
    };
    if (let_go) return RunPulse::Crashed;
    if (has_moved_ && since(moved_) <= kPatience_s) return RunPulse::Beats;
    if (!has_moved_ && since(first_look_) < kSecondLook_s) {
        if (was_held_ && age_s >= 0 && age_s <= kFresh_s) return RunPulse::Beats;
        if (look.hold == JournalHold::Free && age_s > kLongAgo_s) return RunPulse::Crashed;
        return RunPulse::Unsure;
    }
    return was_held_ ? RunPulse::Silent : RunPulse::Crashed;
}

}  // namespace rackproof
