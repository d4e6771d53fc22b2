#include "runners/fatal_signals.hpp"

#include <signal.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <vector>

#include "core/error.hpp"

namespace rackproof {
namespace {

constexpr std::array kFatal{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

struct LastWord {
    int signal = 0;
    std::vector<std::byte> frame;
};

// What the handler may touch: made before it is installed, and never changed under it.
std::array<LastWord, kFatal.size()> last_words;
std::atomic<const WorkerChannel*> told_channel{nullptr};

extern "C" void tell_and_die(int signal) {
    const WorkerChannel* channel = told_channel.exchange(nullptr);
    const int socket = channel == nullptr ? -1 : channel->socket_between_frames();
    for (const LastWord& word : last_words) {
        if (word.signal != signal || socket < 0) continue;
        (void)::send(socket, word.frame.data(), word.frame.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    }
    ::signal(signal, SIG_DFL);
    ::raise(signal);
}

}  // namespace

FatalSignals::FatalSignals(const WorkerChannel& channel) {
    for (std::size_t i = 0; i < kFatal.size(); ++i) {
        last_words[i] = {kFatal[i],
                         framed(message::encode(message::ToController{message::Dying{kFatal[i]}}))};
    }
    told_channel = &channel;
    struct sigaction action {};
    action.sa_handler = tell_and_die;
    sigemptyset(&action.sa_mask);
    for (const int signal : kFatal) {
        if (::sigaction(signal, &action, nullptr) != 0) {
            throw Error{"watch for fatal signals", "sigaction failed"};
        }
    }
}

FatalSignals::~FatalSignals() {
    told_channel = nullptr;
    for (const int signal : kFatal) ::signal(signal, SIG_DFL);
}

}  // namespace rackproof
