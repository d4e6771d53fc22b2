#include "app/stop_signals.hpp"

namespace rackproof {
namespace {

volatile std::sig_atomic_t interrupts = 0;
volatile std::sig_atomic_t terminations = 0;

void note(int signal) {
    volatile std::sig_atomic_t& count = signal == SIGINT ? interrupts : terminations;
    count = count + 1;
    if (StopSignals::request() == StopRequest::Now) (void)std::signal(signal, SIG_DFL);
}

}  // namespace

StopSignals::StopSignals() {
    interrupts = 0;
    terminations = 0;
    struct sigaction action {};
    action.sa_handler = note;
    sigaction(SIGINT, &action, &old_interrupt_);
    sigaction(SIGTERM, &action, &old_terminate_);
}

StopSignals::~StopSignals() {
    sigaction(SIGINT, &old_interrupt_, nullptr);
    sigaction(SIGTERM, &old_terminate_, nullptr);
}

StopRequest StopSignals::request() {
    if (terminations > 0 || interrupts > 1) return StopRequest::Now;
    return interrupts > 0 ? StopRequest::AfterCell : StopRequest::No;
}

}  // namespace rackproof
