#include "reports/swing_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "reports/text_format.hpp"
#include "reports/text_layout.hpp"
#include "reports/verdict_json.hpp"
#include "reports/verdict_marks.hpp"

namespace rackproof {
namespace {

using Kept = LimitAnswer::Kept;

constexpr std::size_t kColumn = 12;
constexpr std::size_t kColumns = 4;  // behind the name

const SpectralLine* strongest(const std::vector<SpectralLine>& lines) {
    const auto found = std::ranges::max_element(lines, {}, &SpectralLine::amplitude_w);
    return found == lines.end() ? nullptr : &*found;
}

/// Without what all of them begin with.
std::string short_name(const std::string& metric) {
    constexpr std::string_view kAll = "power_swing.phase.";
    return clean(metric.starts_with(kAll) ? metric.substr(kAll.size()) : metric);
}

std::string row(std::string_view name, std::size_t name_columns,
                const std::vector<std::string>& cells) {
    std::string line = fitted(name, name_columns);
    for (const std::string& cell : cells) line += fmt::format("{:>{}}", cell, kColumn);
    return line + "\n";
}

std::vector<std::string> cells_of(const SwungWave& wave) {
    const SwingWaveFacts& facts = wave.facts;
    std::vector<std::string> cells;
    cells.push_back(facts.phase ? format_value(facts.phase->median_s, "s") : "-");
    cells.push_back(facts.phase ? format_value(facts.phase->worst_s, "s") : "-");
    const bool is_known = wave.power.part.has_value();
    cells.push_back(is_known ? format_value(wave.power.range_w, "W") : "-");
    const SpectralLine* line = strongest(wave.power.lines);
    cells.push_back(line == nullptr ? "-" : format_value(line->amplitude_w, "W"));
    return cells;
}

/// Of all waves, who was furthest from the others.
std::string furthest_text(const SwingReport& report, std::size_t columns) {
    const PhaseError* worst = nullptr;
    const std::string* metric = nullptr;
    for (const SwungWave& wave : report.waves) {
        if (!wave.facts.phase) continue;
        const double own_s = std::abs(wave.facts.phase->furthest_s);
        if (worst != nullptr && own_s <= std::abs(worst->furthest_s)) continue;
        worst = &*wave.facts.phase;
        metric = &wave.facts.metric;
    }
    if (worst == nullptr) {
        return paragraph("", 0, "Phase errors are between ranks, and no two ranks swung.", columns);
    }
    const std::string who = worst->furthest.empty() ? "a rank" : clean(worst->furthest);
    const char* where = worst->furthest_s > 0 ? "behind" : "ahead of";
    return paragraph(
        "", 0,
        fmt::format("Furthest from the others: {}, {} {} the {} ranks' middle, as the "
                    "median over {}. Clocks agree to {}.",
                    who, format_value(std::abs(worst->furthest_s), "s"), where, worst->ranks,
                    clean(*metric), format_value(worst->clock_error_s, "s")),
        columns);
}

std::string meter_text(const SwingReport& report, std::size_t columns) {
    if (!report.meter_problem.empty()) {
        return paragraph("", 0, "The meter says nothing: " + report.meter_problem + ".", columns);
    }
    if (!report.meter_clock) return "";
    const double ahead_s = report.meter_clock->ahead_s;
    return paragraph(
        "", 0,
        fmt::format("The meter's clock is {} {} the run's, as its power follows the "
                    "load best (correlation {:.2f}); it has been put right.",
                    format_value(std::abs(ahead_s), "s"), ahead_s < 0 ? "behind" : "ahead of",
                    report.meter_clock->correlation),
        columns);
}

/// What the power is known from, and what not; each kind once.
std::string sources_text(const SwingReport& report, std::size_t columns) {
    std::set<std::string> told;
    std::string text;
    for (const SwungWave& wave : report.waves) {
        const WavePower& power = wave.power;
        std::string line;
        if (wave.facts.outcome != Outcome::Completed) {
            line = clean(wave.facts.metric) + " is " + std::string{to_string(wave.facts.outcome)} +
                   ": " + clean(wave.facts.reason);
        } else if (!power.part) {
            line = "Power is not known: " + clean(power.why_not) + ".";
        } else {
            line = fmt::format(
                "Power is from {}: swings faster than {:.3g} Hz{} do not show in it "
                "as they are.",
                clean(power.from), power.known_to_hz,
                power.averages_s > 0
                    ? fmt::format(" (its values are means over {:.3g} s)", power.averages_s)
                    : "");
        }
        if (told.insert(line).second) text += paragraph("", 2, line, columns);
    }
    return text;
}

std::string limit_name(const SwingLimit& limit) {
    switch (limit.kind) {
        case SwingLimit::Kind::Range: return "range of at most " + format_value(limit.most, "W");
        case SwingLimit::Kind::Ramp:
            return fmt::format("ramp of at most {}/s over {:g} s", format_value(limit.most, "W"),
                               limit.window_s);
        case SwingLimit::Kind::Band: break;
    }
    return fmt::format("lines of at most {} from {:g} to {:g} Hz", format_value(limit.most, "W"),
                       limit.from_hz, limit.to_hz);
}

const char* word_of(Kept kept) {
    switch (kept) {
        case Kept::Yes: return "kept";
        case Kept::No: return "EXCEEDED";
        case Kept::NotKnown: break;
    }
    return "NOT KNOWN";
}

std::string answer_text(const LimitAnswer& answer, std::size_t columns) {
    std::string line = fmt::format("{}: {}", word_of(answer.kept), limit_name(answer.limit));
    if (answer.value) {
        const char* per = answer.limit.kind == SwingLimit::Kind::Ramp ? "/s" : "";
        line += fmt::format("; the most is {}{} in {}", format_value(*answer.value, "W"), per,
                            clean(answer.wave));
    }
    std::string text = paragraph("  ", 4, line, columns);
    if (!answer.not_known.empty()) {
        const std::string more =
            answer.not_known.size() > 1
                ? fmt::format(", and {} more like this", answer.not_known.size() - 1)
                : "";
        text += paragraph("    not known: ", 6, clean(answer.not_known.front()) + more, columns);
    }
    return text;
}

Json phase_json(const std::optional<PhaseError>& phase) {
    if (!phase) return nullptr;
    return {{"median_s", phase->median_s},
            {"worst_s", phase->worst_s},
            {"clock_error_s", phase->clock_error_s},
            {"ranks", phase->ranks},
            {"furthest", phase->furthest.empty() ? Json(nullptr) : Json(clean(phase->furthest))},
            {"furthest_s", phase->furthest_s}};
}

Json power_json(const WavePower& power) {
    if (!power.part) return {{"why_not", clean(power.why_not)}};
    Json lines = Json::array();
    for (const SpectralLine& line : power.lines) {
        lines.push_back({{"hz", line.hz}, {"amplitude_w", line.amplitude_w}});
    }
    return {{"from", clean(power.from)},
            {"known_to_hz", power.known_to_hz},
            {"averages_s", power.averages_s},
            {"range_w", power.range_w},
            {"lines", std::move(lines)}};
}

Json answer_json(const LimitAnswer& answer) {
    static constexpr const char* kKinds[] = {"range", "ramp", "band"};
    static constexpr const char* kKept[] = {"yes", "no", "not_known"};
    Json limit{{"kind", kKinds[static_cast<std::size_t>(answer.limit.kind)]},
               {"max", answer.limit.most}};
    if (answer.limit.kind == SwingLimit::Kind::Ramp) limit["window_s"] = answer.limit.window_s;
    if (answer.limit.kind == SwingLimit::Kind::Band) {
        limit["from_hz"] = answer.limit.from_hz;
        limit["to_hz"] = answer.limit.to_hz;
    }
    Json not_known = Json::array();
    for (const std::string& why : answer.not_known) not_known.push_back(clean(why));
    return {{"limit", std::move(limit)},
            {"kept", kKept[static_cast<std::size_t>(answer.kept)]},
            {"value", or_null(answer.value)},
            {"wave", answer.wave.empty() ? Json(nullptr) : Json(clean(answer.wave))},
            {"not_known", std::move(not_known)}};
}

}  // namespace

std::string swing_text(const SwingReport& report, const std::string& source,
                       const TableStyle& style) {
    const std::size_t columns = table_columns(style);
    std::size_t widest = 4;
    for (const SwungWave& wave : report.waves) {
        widest = std::max(widest, display_width(short_name(wave.facts.metric)));
    }
    const std::size_t name_columns = std::min(widest, columns - kColumns * kColumn);
    std::string text = row("WAVE", name_columns, {"PHASE", "WORST", "RANGE", "LINE"});
    for (const SwungWave& wave : report.waves) {
        text += row(short_name(wave.facts.metric), name_columns, cells_of(wave));
    }
    text +=
        "\n" + paragraph("", 0,
                         "PHASE: median over the periods of the largest distance of two ranks "
                         "in beginning or ending their load, WORST: of its worst period; RANGE: "
                         "largest less smallest power of all together; LINE: amplitude of its "
                         "strongest line.",
                         columns);
    text += furthest_text(report, columns);
    text += meter_text(report, columns);
    text += sources_text(report, columns);
    if (report.answers.empty()) return text;
    text += "\n" + paragraph("", 0, "Limits (" + clean(source) + ")", columns);
    for (const LimitAnswer& answer : report.answers) text += answer_text(answer, columns);
    return text;
}

std::string swing_json(const SwingReport& report, const std::string& source) {
    Json waves = Json::array();
    for (const SwungWave& wave : report.waves) {
        const SwingWaveFacts& facts = wave.facts;
        waves.push_back({{"metric", clean(facts.metric)},
                         {"shape", clean(facts.shape)},
                         {"period_s", facts.period_s},
                         {"level", facts.level},
                         {"periods", facts.loaded.size()},
                         {"outcome", to_string(facts.outcome)},
                         {"reason", clean(facts.reason)},
                         {"phase", phase_json(facts.phase)},
                         {"power", power_json(wave.power)}});
    }
    Json limits = Json::array();
    for (const LimitAnswer& answer : report.answers) limits.push_back(answer_json(answer));
    Json meter = nullptr;
    if (report.meter_clock) {
        meter = {{"ahead_s", report.meter_clock->ahead_s},
                 {"correlation", report.meter_clock->correlation}};
    } else if (!report.meter_problem.empty()) {
        meter = {{"why_not", clean(report.meter_problem)}};
    }
    const Json all{{"waves", std::move(waves)},
                   {"meter", std::move(meter)},
                   {"source", clean(source)},
                   {"limits", std::move(limits)}};
    return all.dump(2) + "\n";
}

}  // namespace rackproof
