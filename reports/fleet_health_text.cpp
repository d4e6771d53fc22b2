#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <span>
#include <string_view>

#include "reports/findings_text.hpp"
#include "reports/fleet_health_report.hpp"
#include "reports/text_layout.hpp"
#include "reports/verdict_marks.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kMostListed = 20;
constexpr std::size_t kSignWidth = 9;     ///< "? NO DATA"
constexpr std::size_t kMinuteWidth = 16;  ///< of "2026-11-28T04:41:11Z"

std::string minute_of(const std::string& started) {
    std::string text = clean(started).substr(0, kMinuteWidth);
    std::ranges::replace(text, 'T', ' ');
    return text;
}

std::string count_text(std::size_t count, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", count, count == 1 ? one : many);
}

/// Without the spaces at its end.
std::string table_line(std::string line) {
    line.erase(line.find_last_not_of(' ') + 1);
    return line + "\n";
}

std::string percent_text(double share) { return fmt::format("{:.1f} %", 100 * share); }

std::string last_night_words(const FleetHealth& health) {
    const VerdictCounts& nodes = health.nights.back().nodes;
    const std::string got_worse =
        health.drift.empty()
            ? ""
            : "; " + count_text(health.drift.size(), "finding", "findings") + " on who got worse";
    return fmt::format("last night, {} UTC: {} fail, {} no data, {} watch, {} pass, {} absent{}",
                       minute_of(health.nights.back().started), nodes.of(Verdict::Fail),
                       nodes.of(Verdict::NoData), nodes.of(Verdict::Watch), nodes.of(Verdict::Pass),
                       nodes.absent, got_worse);
}

std::string period_text(const FleetHealth& health) {
    std::int64_t runs = 0;
    for (const NightSummary& night : health.nights) runs += night.runs;
    return fmt::format("{} in {} from {} UTC on; {} ever seen, {} in the last night",
                       count_text(static_cast<std::size_t>(runs), "run", "runs"),
                       count_text(health.nights.size(), "night", "nights"),
                       minute_of(health.nights.front().started),
                       count_text(static_cast<std::size_t>(health.nodes), "node", "nodes"),
                       health.nodes - health.nights.back().nodes.absent);
}

std::string head_text(const FleetHealth& health, const TableStyle& style) {
    constexpr std::size_t kIndent = kSignWidth + 2;
    const std::size_t columns = table_columns(style);
    const Verdict overall = overall_verdict(health);
    const std::string sign = coloured(fitted(mark(overall), kSignWidth), overall, style) + "  ";
    return paragraph(sign, kIndent, last_night_words(health), columns) +
           paragraph(std::string(kIndent, ' '), kIndent, period_text(health), columns);
}

std::vector<std::string> left_out_notes(const FleetHealth& health) {
    std::vector<std::string> notes;
    for (const LeftOutFile& each : health.left_out) notes.push_back(each.file + ": " + each.reason);
    return notes;
}

std::string plans_text(const NightSummary& night) {
    std::string text;
    for (const std::string& plan : night.plans) text += (text.empty() ? "" : ", ") + clean(plan);
    if (night.runs > 1) text += fmt::format(" ({} runs)", night.runs);
    return (night.complete ? "" : "incomplete: ") + text;
}

std::string nights_text(const FleetHealth& health, const TableStyle& style) {
    constexpr std::size_t kUsed = kMinuteWidth + 5 * 8 + 2;
    std::string text = fmt::format("\nNights\n{:<16}{:>8}{:>8}{:>8}{:>8}{:>8}  PLAN\n", "UTC",
                                   "FAIL", "NO DATA", "WATCH", "PASS", "ABSENT");
    for (const NightSummary& night : health.nights) {
        text += table_line(fmt::format(
            "{}{:>8}{:>8}{:>8}{:>8}{:>8}  {}", fitted(minute_of(night.started), kMinuteWidth),
            night.nodes.of(Verdict::Fail), night.nodes.of(Verdict::NoData),
            night.nodes.of(Verdict::Watch), night.nodes.of(Verdict::Pass), night.nodes.absent,
            fitted(plans_text(night), table_columns(style) - kUsed)));
    }
    return text;
}

std::string_view words_of(Transition transition) {
    switch (transition) {
        case Transition::NewlyFailed: return "newly failed";
        case Transition::NewlyNoData: return "newly without data";
        case Transition::NewlyAbsent: return "newly absent";
        case Transition::NewlyWatched: return "newly watched";
        case Transition::StillFails: return "still fail";
        case Transition::StillNoData: return "still without data";
        case Transition::StillAbsent: return "still absent";
        case Transition::Recovered: return "recovered, pass now";
        case Transition::WatchLifted: return "watched no more, pass";
        case Transition::Returned: return "back from absence, pass";
        case Transition::FirstSeen: return "seen for the first time, pass";
    }
    return "?";
}

std::string names_text(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), kMostListed); ++i) {
        text += (i == 0 ? "" : ", ") + clean(names[i]);
    }
    if (names.size() > kMostListed) text += fmt::format(" and {} more", names.size() - kMostListed);
    return text;
}

std::string transitions_text(const FleetHealth& health, const TableStyle& style) {
    constexpr std::size_t kIndent = 4;
    std::string text = "\nSince the night before\n";
    if (health.nights.size() < 2) return text + "  There is no night before.\n";
    if (health.transitions.empty()) return text + "  No verdict has changed.\n";
    for (const auto& [transition, names] : health.transitions) {
        text += paragraph(
            "  ", kIndent,
            fmt::format("{} ({}): {}", words_of(transition), names.size(), names_text(names)),
            table_columns(style));
    }
    return text;
}

std::string drift_text(const FleetHealth& health, const TableStyle& style) {
    const std::size_t listed = std::min(health.drift.size(), kMostListed);
    std::string text = "\nWho got worse\n";
    if (health.drift.empty()) text += "  Nothing was found to get worse against its own past.\n";
    text += findings_text(std::span{health.drift}.first(listed), style);
    if (listed < health.drift.size()) {
        text += fmt::format("and {} more\n", health.drift.size() - listed);
    }
    for (const std::string& note : health.history) {
        text += paragraph("  ", 4, clean(note), table_columns(style));
    }
    return text;
}

/// A sign a night, of the newest that fit: those of the verdicts' marks.
std::string strip(const std::vector<std::optional<Verdict>>& nights, std::size_t most,
                  const TableStyle& style) {
    std::string text;
    for (std::size_t i = nights.size() > most ? nights.size() - most : 0; i < nights.size(); ++i) {
        text += nights[i] ? coloured(mark(*nights[i]).substr(0, 1), *nights[i], style)
                          : std::string{"."};
    }
    return text;
}

/// "gemm.bf16 (cohort) in 12 nights, membw.triad (limit) in 3"
std::string blame_text(const Offender& offender) {
    constexpr std::size_t kMostBlames = 2;
    std::string text;
    for (const auto& [blame, nights] :
         std::span{offender.blamed}.first(std::min(offender.blamed.size(), kMostBlames))) {
        const std::string what =
            blame.metric.empty() ? blame.rule : blame.metric + " (" + blame.rule + ")";
        text += (text.empty() ? "" : ", ") + clean(what) + " in " +
                count_text(static_cast<std::size_t>(nights), "night", "nights");
    }
    return text.empty() ? "nothing of it was judged" : text;
}

std::size_t name_width(const std::vector<Offender>& offenders, std::size_t columns) {
    std::size_t widest = 4;
    for (const Offender& offender : offenders) {
        widest = std::max(widest, display_width(clean(offender.node.name)));
    }
    return std::min(widest, columns / 4);
}

std::string offenders_text(const FleetHealth& health, const TableStyle& style) {
    constexpr std::size_t kCounts = 3 * 9 + 2;
    const std::size_t columns = table_columns(style);
    const std::size_t listed = std::min(health.offenders.size(), kMostListed);
    std::string text = "\nRepeat offenders\n";
    if (listed == 0) return text + "  No node failed, was watched or lacked data twice.\n";
    const std::size_t name = name_width(health.offenders, columns);
    const std::size_t used = name + kCounts;
    const std::size_t room = columns - used;
    text += table_line(fitted("NODE", name) +
                       fmt::format("{:>9}{:>9}{:>9}  ", "FAIL", "NO DATA", "WATCH") +
                       fitted("NIGHTS", room));
    for (const Offender& offender : std::span{health.offenders}.first(listed)) {
        text +=
            fitted(clean(offender.node.name), name) +
            fmt::format("{:>9}{:>9}{:>9}  ", offender.counts.of(Verdict::Fail),
                        offender.counts.of(Verdict::NoData), offender.counts.of(Verdict::Watch)) +
            strip(offender.nights, room, style) + "\n";
        text += paragraph("    ", 4, blame_text(offender), columns);
    }
    if (listed < health.offenders.size()) {
        text += fmt::format("and {} more\n", health.offenders.size() - listed);
    }
    return text + "x fail  ? no data  ! watch  + pass  . absent\n";
}

bool is_bad(const PlaceHealth& place) {
    return place.ever_failed > 0 || place.period.unjudged_share() > 0;
}

std::string place_name(const PlaceHealth& place) {
    if (place.rack.empty()) return clean(place.row);
    return clean(place.rack) + (place.row == "-" ? "" : ", row " + clean(place.row));
}

std::string last_night_text(const VerdictCounts& last) {
    const std::int64_t unjudged = last.absent + last.of(Verdict::NoData);
    return fmt::format("{} of {} fail{}", last.of(Verdict::Fail), last.all(),
                       unjudged > 0 ? fmt::format(", {} unjudged", unjudged) : "");
}

std::string place_line(const std::string& name, std::size_t width, const PlaceHealth& place) {
    const std::optional<double> failed = place.period.fail_share();
    return table_line(fitted(name, width) + fmt::format("{:>7}{:>8}{:>9}{:>10}  {}", place.nodes,
                                                        place.ever_failed,
                                                        failed ? percent_text(*failed) : "-",
                                                        percent_text(place.period.unjudged_share()),
                                                        last_night_text(place.last)));
}

/// `places`: worst first, and so those of which there is nothing to tell are last.
std::string places_text(std::string_view title, std::string_view what,
                        const std::vector<PlaceHealth>& places, const TableStyle& style) {
    constexpr std::size_t kNumbers = 7 + 8 + 9 + 10 + 2 + 24;  // "99999 of 99999 fail, 9..."
    const std::size_t columns = table_columns(style);
    const auto bad = static_cast<std::size_t>(std::ranges::count_if(places, is_bad));
    const std::size_t listed = std::min(bad, kMostListed);
    std::string text = "\n" + std::string{title} + "\n";
    if (bad > 0) {
        std::size_t width = what.size();
        for (const PlaceHealth& place : std::span{places}.first(listed)) {
            width = std::max(width, display_width(place_name(place)));
        }
        width = std::min(width, columns - kNumbers);
        text += fitted(what, width) + fmt::format("{:>7}{:>8}{:>9}{:>10}  LAST NIGHT\n", "NODES",
                                                  "FAILED", "NIGHTS", "UNJUDGED");
        for (const PlaceHealth& place : std::span{places}.first(listed)) {
            text += place_line(place_name(place), width, place);
        }
        if (listed < bad) text += fmt::format("and {} more\n", bad - listed);
    }
    if (bad == places.size()) return text;
    const std::size_t good = places.size() - bad;
    return text + (bad == 0 ? fmt::format("all {}", good) : fmt::format("{} others", good)) +
           ": no node failed, all were judged every night\n";
}

std::string places_legend(const std::vector<PlaceHealth>& rows, std::size_t columns) {
    if (std::ranges::none_of(rows, is_bad)) return "";
    return paragraph("", 0,
                     "FAILED: nodes that ever did; NIGHTS: failed of all judged nights of its "
                     "nodes; UNJUDGED: nights of its nodes without data or absent",
                     columns);
}

bool are_known(const std::vector<PlaceHealth>& places, std::string PlaceHealth::*name) {
    return std::ranges::any_of(places, [&](const auto& place) { return place.*name != "-"; });
}

}  // namespace

std::string fleet_health_text(const FleetHealth& health, const TableStyle& asked) {
    constexpr int kLeastColumns = 80;
    TableStyle style = asked;
    style.columns = std::max(style.columns, kLeastColumns);
    const std::size_t columns = table_columns(style);
    std::string text = head_text(health, style);
    text += notes_section("Left out", left_out_notes(health), columns);
    text += nights_text(health, style);
    text += transitions_text(health, style);
    text += drift_text(health, style);
    text += offenders_text(health, style);
    const bool has_racks = are_known(health.racks, &PlaceHealth::rack);
    const bool has_rows = are_known(health.rows, &PlaceHealth::row);
    if (has_racks) text += places_text("Racks", "RACK", health.racks, style);
    if (has_rows) text += places_text("Rows", "ROW", health.rows, style);
    if (has_racks || has_rows) text += places_legend(health.rows, columns);
    return text + notes_section("Notes", health.notes, columns);
}

}  // namespace rackproof
