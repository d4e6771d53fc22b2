#include "app/watch_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "reports/text_format.hpp"
#include "reports/text_layout.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kFewestColumns = 40;
constexpr std::size_t kFewestLines = 5;
constexpr std::size_t kFewestPeers = 4;
constexpr double kSilent_s = 30;

/// A line of the table; `device` is nullopt for a node that has none.
struct WatchRow {
    std::size_t node = 0;
    std::optional<std::size_t> device;
    std::int32_t cells = 0;
    std::int32_t ended = 0;
    std::int32_t broken = 0;
    std::optional<double> silent_s;
    std::optional<double> against_peers;  ///< relative, negative is worse
};

/// Whole seconds: they change as one looks.
std::string whole_duration(double seconds) {
    constexpr double kMinute_s = 60;
    const double whole_s = std::floor(std::max(seconds, 0.0));
    return whole_s < kMinute_s ? fmt::format("{:.0f} s", whole_s) : format_duration(whole_s);
}

std::string cut(const std::string& text, std::size_t columns) {
    return display_width(text) <= columns ? text : fitted(text, columns);
}

/// The median of each rate, by its name and the sku and kind of who has it.
class PeerRates {
  public:
    explicit PeerRates(const RunWatch& run) : run_{&run} {
        std::map<Key, std::vector<double>> rates;
        for (std::size_t i = 0; i < run.devices().size(); ++i) {
            const auto& rate = run.devices()[i].rate;
            if (rate) rates[key_of(i)].push_back(rate->value);
        }
        for (auto& [key, values] : rates) {
            if (values.size() < kFewestPeers) continue;
            const auto middle = values.begin() + std::ssize(values) / 2;
            std::ranges::nth_element(values, middle);
            medians_[key] = *middle;
        }
    }

    [[nodiscard]] std::optional<double> deviation(std::size_t device) const {
        const auto& rate = run_->devices()[device].rate;
        if (!rate || rate->better == Direction::None) return std::nullopt;
        const auto found = medians_.find(key_of(device));
        if (found == medians_.end() || !(found->second > 0)) return std::nullopt;
        const double relative = rate->value / found->second - 1;
        return rate->better == Direction::LowerIsBetter ? -relative : relative;
    }

  private:
    using Key = std::tuple<std::string, std::string, std::string>;
    [[nodiscard]] Key key_of(std::size_t device) const {
        const Manifest& manifest = run_->start().manifest;
        const Device& of = manifest.devices[device];
        return {run_->devices()[device].rate->of,
                manifest.nodes[static_cast<std::size_t>(of.node)].sku, of.kind};
    }

    const RunWatch* run_;
    std::map<Key, double> medians_;
};

WatchRow row_of_device(const RunWatch& run, const WatchState& state, const PeerRates& peers,
                       std::size_t index) {
    const DeviceWatch& device = run.devices()[index];
    WatchRow row;
    row.node = static_cast<std::size_t>(run.start().manifest.devices[index].node);
    row.device = index;
    row.cells = device.cells;
    row.ended = device.ended;
    row.broken = device.broken;
    row.against_peers = peers.deviation(index);
    if (state.life != RunLife::Ended && device.in_flight > 0 && device.heard_s) {
        const double ago_s = run.time_s() - *device.heard_s;
        if (ago_s > kSilent_s) row.silent_s = ago_s;
    }
    return row;
}

std::vector<WatchRow> rows_worst_first(const RunWatch& run, const WatchState& state) {
    const Manifest& manifest = run.start().manifest;
    const PeerRates peers{run};
    std::vector<WatchRow> rows;
    std::vector<bool> has_device(manifest.nodes.size(), false);
    for (std::size_t i = 0; i < manifest.devices.size(); ++i) {
        rows.push_back(row_of_device(run, state, peers, i));
        has_device[rows.back().node] = true;
    }
    for (std::size_t node = 0; node < manifest.nodes.size(); ++node) {
        if (has_device[node]) continue;
        WatchRow row;
        row.node = node;
        for (std::size_t stage = 0; stage < manifest.stages.size(); ++stage) {
            const StageCount& count = run.board().count(node, stage);
            row.cells += count.cells;
            row.ended += count.ended;
            row.broken += count.not_completed;
        }
        rows.push_back(row);
    }
    const auto badness = [&](const WatchRow& row) {
        const auto& temperature =
            row.device ? run.devices()[*row.device].temperature : std::optional<LatestReading>{};
        return std::tuple{-row.broken, -row.silent_s.value_or(0), row.against_peers.value_or(0),
                          temperature ? -temperature->value : 1000.0};
    };
    std::ranges::stable_sort(rows, {}, badness);
    return rows;
}

std::string cells_text(const WatchRow& row) {
    if (row.cells == 0) return "-";
    return fmt::format("{}/{}{}", row.ended, row.cells,
                       row.broken > 0 ? fmt::format(" !{}", row.broken) : "");
}

/// NODE DEV CELLS RATE PEERS TEMP POWER NOW
using Line = std::array<std::string, 8>;

Line line_of(const RunWatch& run, const WatchRow& row) {
    const Manifest& manifest = run.start().manifest;
    Line line;
    line.fill("-");
    line[0] = clean(manifest.nodes[row.node].name);
    line[2] = cells_text(row);
    line[7].clear();
    if (!row.device) return line;
    const Device& of = manifest.devices[*row.device];
    const DeviceWatch& device = run.devices()[*row.device];
    line[1] = clean(of.kind) + std::to_string(of.index);
    if (device.rate) line[3] = format_value(device.rate->value, device.rate->unit);
    if (row.against_peers) line[4] = format_percent(*row.against_peers);
    if (device.temperature) line[5] = format_value(device.temperature->value, "degC");
    if (device.power) line[6] = format_value(device.power->value, "W");
    if (row.silent_s) {
        line[7] = "SILENT for " + whole_duration(*row.silent_s) + ": ";
    }
    if (device.in_flight > 0) line[7] += clean(device.operation);
    if (line[7].empty() && device.rate) line[7] = "last: " + clean(device.rate->of);
    return line;
}

/// No column wider than this; the last has what is left.
constexpr std::array<std::size_t, 8> kWidest{20, 8, 12, 14, 9, 10, 8, 0};

std::string joined(const Line& line, const std::array<std::size_t, 8>& widths,
                   std::size_t columns) {
    std::string text;
    for (std::size_t i = 0; i + 1 < line.size(); ++i) text += fitted(line[i], widths[i]) + "  ";
    text += line.back();
    text = cut(text, columns);
    text.erase(text.find_last_not_of(' ') + 1);
    return text + "\n";
}

std::string table_of(const RunWatch& run, const std::vector<WatchRow>& rows, std::size_t shown,
                     std::size_t columns) {
    std::vector<Line> lines{{"NODE", "DEVICE", "CELLS", "RATE", "PEERS", "TEMP", "POWER", "NOW"}};
    for (std::size_t i = 0; i < shown; ++i) lines.push_back(line_of(run, rows[i]));
    std::array<std::size_t, 8> widths{};
    for (const Line& line : lines) {
        for (std::size_t i = 0; i < line.size(); ++i) {
            widths[i] = std::min(std::max(widths[i], display_width(line[i])), kWidest[i]);
        }
    }
    std::string text;
    for (const Line& line : lines) text += joined(line, widths, columns);
    return text;
}

std::string rest_text(const std::vector<WatchRow>& rows, std::size_t shown) {
    std::size_t broken = 0;
    for (std::size_t i = shown; i < rows.size(); ++i) broken += rows[i].broken > 0 ? 1 : 0;
    std::string text = fmt::format("and {} more lines", rows.size() - shown);
    if (broken > 0) text += fmt::format(", {} of them with broken cells", broken);
    return text;
}

std::string life_text(const RunWatch& run, const WatchState& state) {
    const std::string ago = state.written_ago_s ? whole_duration(*state.written_ago_s) + " ago"
                                                : "at a time that lies ahead of this clock";
    switch (state.life) {
        case RunLife::Running: return "running; last written " + ago;
        case RunLife::Silent:
            return "SILENT: its controller holds the journal and writes nothing; last written " +
                   ago;
        case RunLife::Crashed:
            return "CRASHED: no controller writes it, and it has not ended; last written " + ago +
                   "; rackproof run --resume " + clean(state.directory) + " goes on";
        case RunLife::Ended: break;
    }
    const record::RunFinished& end = *run.finished();
    std::string text = "finished " + clean(end.finished);
    text += end.complete ? ", complete" : ", INCOMPLETE: stopped before its end";
    return text + (state.has_run_file ? "" : "; its run.h5 is not there (yet)");
}

std::string stage_text(const RunWatch& run) {
    const Manifest& manifest = run.start().manifest;
    constexpr std::size_t kWidestPlan = 24;
    std::string text =
        fmt::format("{}: {} of {} cells ended", cut(clean(run.start().plan_name), kWidestPlan),
                    run.cells_ended(), manifest.cells.size());
    if (run.cells_broken() > 0) text += fmt::format(", {} broken", run.cells_broken());
    if (!manifest.stages.empty() && !run.finished()) {
        text += fmt::format("; stage {} of {}, {}", run.stage() + 1, manifest.stages.size(),
                            clean(manifest.stages[static_cast<std::size_t>(run.stage())]));
    }
    return text + "; run time " + whole_duration(run.time_s());
}

}  // namespace

std::string watch_table(const RunWatch& run, const WatchState& state, std::size_t columns,
                        std::size_t lines) {
    columns = std::max(columns, kFewestColumns);
    lines = std::max(lines, kFewestLines);
    std::vector<std::string> head = wrapped(life_text(run, state), columns);
    if (head.size() > lines - 4) head.resize(lines - 4);
    std::string text;
    for (const std::string& line : head) text += line + "\n";
    text += cut(stage_text(run), columns) + "\n";
    const std::vector<WatchRow> rows = rows_worst_first(run, state);
    const std::size_t room = lines - head.size() - 2;
    const std::size_t shown = rows.size() <= room ? rows.size() : room - 1;
    text += table_of(run, rows, shown, columns);
    if (shown < rows.size()) text += cut(rest_text(rows, shown), columns) + "\n";
    return text;
}

int watch_exit_status(const RunWatch& run, const WatchState& state) {
    constexpr int kIncomplete = 3;
    if (state.life == RunLife::Running) return 0;
    return state.life == RunLife::Ended && run.finished()->complete ? 0 : kIncomplete;
}

}  // namespace rackproof
