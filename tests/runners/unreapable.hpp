#pragma once

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

namespace rackproof::test {

/// Makes a process one that cannot be ended, as far as its parent can see, for as long as this
/// lives: a tracer keeps even its death to itself. So is one that sleeps in the kernel for good.
class Unreapable {
  public:
    explicit Unreapable(pid_t pid) {
        std::array<int, 2> ready{};
        if (::pipe(ready.data()) != 0) return;
        tracer_ = ::fork();
        if (tracer_ == 0) {
            const char held = ::ptrace(PTRACE_SEIZE, pid, nullptr, nullptr) == 0 ? 'y' : 'n';
            (void)!::write(ready[1], &held, 1);
            while (true) ::pause();
        }
        char held = 'n';
        if (tracer_ > 0) (void)!::read(ready[0], &held, 1);
        holds_ = held == 'y';
        ::close(ready[0]);
        ::close(ready[1]);
    }
    ~Unreapable() {
        if (tracer_ <= 0) return;
        ::kill(tracer_, SIGKILL);
        ::waitpid(tracer_, nullptr, 0);
    }
    Unreapable(const Unreapable&) = delete;
    Unreapable& operator=(const Unreapable&) = delete;

    /// False where this process may not trace.
    [[nodiscard]] bool holds() const { return holds_; }

  private:
    pid_t tracer_ = -1;
    bool holds_ = false;
};

}  // namespace rackproof::test
