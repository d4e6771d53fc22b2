#include <sys/timex.h>

#include <cerrno>
#include <cmath>
#include <string>

#include "core/error.hpp"
#include "core/number_text.hpp"
#include "hwcheck/linux/chrony.hpp"
#include "hwcheck/linux/sections.hpp"

namespace rackproof {
namespace {

/// The kernel's own word on its clock, which chrony or ntpd keep up to date. Asks, and sets
/// nothing.
void read_synchronisation(InventoryWriter& out) {
    constexpr double kNano = 1e-9;
    constexpr double kMicro = 1e-6;
    const char* const source = "adjtimex(2)";
    timex state{};
    if (::adjtimex(&state) < 0) {
        const std::string why = errno_text(errno);
        out.unknown("clock.synchronised", "", source, why);
        return out.unknown("clock.offset_s", "", source, why);
    }
    const bool synchronised = (state.status & STA_UNSYNC) == 0;
    out.add("clock.synchronised", "", source, synchronised ? "yes" : "no");
    if (!synchronised) {
        out.event("warning", "clock_not_synchronised", "",
                  "nothing keeps this node's clock: its log lines cannot be put beside others'");
    }
    const double step_s = (state.status & STA_NANO) != 0 ? kNano : kMicro;
    out.add("clock.offset_s", "", source, number_text(static_cast<double>(state.offset) * step_s));
    out.add("clock.error_estimate_s", "", source,
            number_text(static_cast<double>(state.esterror) * kMicro));
}

/// chrony's own word: it corrects the clock by its rate, which leaves the kernel's offset at 0.
void read_chrony(InventoryWriter& out) {
    constexpr double kFarOff_s = 1;
    const std::string source = "chronyd, UDP port " + std::to_string(kChronyPort);
    const ChronyAnswer answer = ask_chrony();
    if (!answer.tracking) return out.unknown("clock.chrony.offset_s", "", source, answer.why_not);
    const ChronyTracking& tracking = *answer.tracking;
    out.add("clock.chrony.synchronised", "", source, tracking.is_synchronised ? "yes" : "no");
    out.add("clock.chrony.stratum", "", source, tracking.stratum);
    if (!tracking.is_synchronised) {
        return out.unknown("clock.chrony.offset_s", "", source, "chronyd is not synchronised");
    }
    out.add("clock.chrony.offset_s", "", source, number_text(tracking.offset_s));
    out.add("clock.chrony.rms_offset_s", "", source, number_text(tracking.rms_offset_s));
    out.add("clock.chrony.error_bound_s", "", source, number_text(tracking.error_bound_s()));
    if (std::abs(tracking.offset_s) >= kFarOff_s) {
        out.event("warning", "clock_far_off", "",
                  "the clock is off by " + number_text(tracking.offset_s) +
                      " s (ahead if positive), by chronyd: its log lines cannot be put beside "
                      "others'");
    }
}

}  // namespace

void read_clock(const Tree& tree, InventoryWriter& out) {
    const std::string folder = "/sys/devices/system/clocksource/clocksource0/";
    out.file("clock.source", "", tree, folder + "current_clocksource");
    out.file("clock.available", "", tree, folder + "available_clocksource");
    if (tree.is_living()) {
        read_synchronisation(out);
        return read_chrony(out);
    }
    constexpr const char* kCopy = "a copy of files cannot be asked";
    out.unknown("clock.synchronised", "", "adjtimex(2)", kCopy);
    out.unknown("clock.chrony.offset_s", "", "chronyd", kCopy);
}

}  // namespace rackproof
