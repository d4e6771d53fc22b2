#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <limits>
#include <memory>
#include <thread>

#include "app/commands.hpp"
#include "app/live_screen.hpp"
#include "app/output.hpp"
#include "app/progress_display.hpp"
#include "app/watch_table.hpp"
#include "core/error.hpp"
#include "runners/run_pulse.hpp"

namespace rackproof {
namespace {

namespace fs = std::filesystem;

constexpr double kRefresh_s = 1;

double age_s(const JournalLook& look) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto now_ns = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
    return static_cast<double>(now_ns - look.changed_ns) * 1e-9;
}

/// A folder's run, looked at again and again.
class Watcher {
  public:
    explicit Watcher(const fs::path& directory)
        : directory_{directory}, journal_{directory / "journal"} {
        std::error_code error;
        if (!fs::exists(journal_, error)) {
            throw InputError{{directory.string(), {}, {}},
                             "has no journal: expected the folder of a run (--out of 'rackproof "
                             "run'); for one of 'rackproof submit', 'rackproof status' or the "
                             "folder of a rack"};
        }
    }

    /// Looks at the lock before it reads: who let go of it has written all there is. Nullopt: one
    /// look was not enough.
    [[nodiscard]] std::optional<RunLife> look() {
        const JournalLook look = look_at_journal(journal_);
        if (!run_ || look.file != file_) {
            run_ = std::make_unique<RunWatch>(journal_);
            file_ = look.file;
        } else {
            run_->read_on();
        }
        const double ago_s = age_s(look);
        const RunPulse pulse = pulse_.take(look, ago_s, SteadyClock::now());
        std::error_code error;
        state_.directory = directory_.string();
        state_.has_run_file = fs::exists(directory_ / "run.h5", error);
        state_.written_ago_s = ago_s >= -1 ? std::optional{ago_s} : std::nullopt;
        if (run_->finished()) return state_.life = RunLife::Ended;
        switch (pulse) {
            case RunPulse::Unsure: return std::nullopt;
            case RunPulse::Beats: return state_.life = RunLife::Running;
            case RunPulse::Silent: return state_.life = RunLife::Silent;
            case RunPulse::Crashed: break;
        }
        return state_.life = RunLife::Crashed;
    }

    [[nodiscard]] std::string table(const TerminalSize& size) const {
        return watch_table(*run_, state_, size.columns, size.lines);
    }
    [[nodiscard]] int exit_status() const { return watch_exit_status(*run_, state_); }

  private:
    fs::path directory_;
    fs::path journal_;
    std::unique_ptr<RunWatch> run_;
    std::uint64_t file_ = 0;
    PulseTaker pulse_;
    WatchState state_;
};

/// As often as it needs to know.
RunLife first_look(Watcher& watcher) {
    while (true) {
        if (const std::optional<RunLife> life = watcher.look()) return *life;
        std::this_thread::sleep_for(seconds(PulseTaker::kSecondLook_s / 2));
    }
}

bool may_go_on(RunLife life) { return life == RunLife::Running || life == RunLife::Silent; }

void show_until_the_end(Watcher& watcher) {
    const LiveScreen screen;
    while (true) {
        TerminalSize size = terminal_size(STDOUT_FILENO);
        // A line that fills the last column or row would move the others on some terminals.
        if (size.columns > 1) --size.columns;
        if (size.lines > 1) --size.lines;
        screen.draw(watcher.table(size));
        if (screen.quit_within(kRefresh_s)) return;
        const std::optional<RunLife> life = watcher.look();
        if (life && !may_go_on(*life)) return;
    }
}

}  // namespace

int watch_command(const WatchArguments& arguments) {
    Watcher watcher{arguments.directory};
    const RunLife life = first_look(watcher);
    const bool live = arguments.show == WatchArguments::Show::Live && LiveScreen::is_possible();
    if (live && may_go_on(life)) show_until_the_end(watcher);
    TerminalSize size;
    size.columns = static_cast<std::size_t>(stdout_style().columns);
    if (::isatty(STDOUT_FILENO) == 1) size.columns = terminal_size(STDOUT_FILENO).columns;
    // On paper there is room for all.
    size.lines =
        live ? terminal_size(STDOUT_FILENO).lines : std::numeric_limits<std::size_t>::max();
    write_stdout(watcher.table(size));
    return watcher.exit_status();
}

}  // namespace rackproof
