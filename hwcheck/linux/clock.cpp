#include <sys/timex.h>

#include <cerrno>
#include <string>

#include "core/error.hpp"
#include "core/number_text.hpp"
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

}  // namespace

void read_clock(const Tree& tree, InventoryWriter& out) {
    const std::string folder = "/sys/devices/system/clocksource/clocksource0/";
    out.file("clock.source", "", tree, folder + "current_clocksource");
    out.file("clock.available", "", tree, folder + "available_clocksource");
    if (tree.is_living()) return read_synchronisation(out);
    out.unknown("clock.synchronised", "", "adjtimex(2)", "a copy of files cannot be asked");
}

}  // namespace rackproof
