#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "core/clock.hpp"
#include "runners/journal.hpp"

namespace rackproof {

/// Whether somebody is at work on a run whose journal does not say that it ended.
enum class RunPulse : std::uint8_t {
    Unsure,   ///< one look was not enough; look again after kSecondLook_s
    Beats,    ///< its controller writes to the journal
    Silent,   ///< a controller holds the journal and has not written to it, as it does each second
    Crashed,  ///< nobody holds it, and nobody writes to it
};

/// Takes a run's pulse by its journal's lock and time. A time by itself is no sign of life: clocks
/// of machines differ, and a copy has the time of its making. What counts is that it moves, or that
/// a lock of this machine says so too.
class PulseTaker {
  public:
    static constexpr double kSecondLook_s = 3;
    /// A beat comes each second, unless the disk is slow.
    static constexpr double kPatience_s = 10;

    /// `age_s`: since the journal's time, by this machine's clock; negative if that lies ahead.
    /// `now`: when the look was taken; not before the last one.
    [[nodiscard]] RunPulse take(const JournalLook& look, double age_s, SteadyClock::time_point now);

  private:
    std::optional<JournalLook> last_;
    SteadyClock::time_point first_look_{};
    SteadyClock::time_point moved_{};
    bool has_moved_ = false;
    bool was_held_ = false;
};

}  // namespace rackproof
