#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "analysis/fleet_health.hpp"
#include "app/commands.hpp"
#include "app/judge_file.hpp"
#include "app/output.hpp"
#include "app/stored_past.hpp"
#include "app/waiver_file.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "reports/fleet_health_report.hpp"
#include "results/run_file_reader.hpp"
#include "results/utc_time.hpp"

namespace rackproof {
namespace {

/// The run files of a folder, without what was measured.
struct FleetFiles {
    FleetRoster roster;
    std::vector<DatedRun> runs;
    std::vector<std::filesystem::path> paths;  ///< of them
    std::vector<LeftOutFile> left_out;
    std::set<std::string> run_ids;
};

void add_frame(const std::filesystem::path& path, FleetFiles& files) {
    run_file::RunFileReader reader{path};
    const Run& frame = reader.frame();
    if (frame.started.empty()) {
        files.left_out.push_back({path.string(), "does not say when it started"});
        return;
    }
    DatedRun run{frame.started, start_of(frame, path), frame.plan_name, {}};
    if (!files.run_ids.insert(frame.run_id).second) {
        files.left_out.push_back({path.string(), "is a copy of another run file"});
        return;
    }
    for (const Node& node : frame.nodes) {
        run.nodes.push_back(files.roster.add(node, run.start_s));
    }
    files.runs.push_back(std::move(run));
    files.paths.push_back(path);
}

/// Throws InputError, after all files that cannot be read have been named.
FleetFiles fleet_files_in(const std::filesystem::path& folder) {
    FleetFiles files;
    std::vector<std::string> refusals;
    for (const std::filesystem::path& path : run_files_in(folder)) {
        try {
            add_frame(path, files);
        } catch (const InputError& error) {
            refusals.emplace_back(error.what());
        }
    }
    for (const std::string& refusal : refusals) log_error(refusal);
    if (!refusals.empty()) {
        throw InputError{{folder.string(), {}, {}},
                         fmt::format("{} of its run files cannot be used (above); expected run "
                                     "files alone, so that no night goes missing unseen",
                                     refusals.size())};
    }
    if (files.runs.empty()) {
        throw InputError{{folder.string(), {}, {}},
                         "none of its run files says when it started; expected at least one night"};
    }
    return files;
}

void add_once(const std::vector<std::string>& notes, std::vector<std::string>& told) {
    for (const std::string& note : notes) {
        if (std::ranges::find(told, note) == told.end()) told.push_back(note);
    }
}

/// What got worse until the last night, and what that was held against.
struct Drift {
    std::vector<Finding> findings;
    std::vector<std::string> history;
    std::vector<std::string> waiver_notes;

    void add(const Judgement& judgement) {
        for (const Finding& finding : judgement.findings) {
            if (finding.kind == FindingKind::Drift) findings.push_back(finding);
        }
        add_once(judgement.history, history);
        add_once(judgement.waiver_notes, waiver_notes);
    }
};

/// Each run is judged once: those of the last night against the runs before them, too.
FleetPast judged_nights(const FleetFiles& files, const FleetNights& found,
                        const ReportArguments& arguments, Drift& drift) {
    FleetPast past{files.roster.nodes()};
    for (const std::vector<std::size_t>& night : found.nights) {
        const bool is_last = &night == &found.nights.back();
        HeldAgainst others;
        others.unjudged = Verdict::NoData;
        if (is_last) others.history = arguments.fleet;
        past.begin_night();
        for (const std::size_t run : night) {
            const Judgement judgement =
                waived(judge_file(files.paths[run], arguments.policy, others), arguments.waivers);
            past.add(files.runs[run], judgement);
            if (is_last) drift.add(judgement);
        }
    }
    return past;
}

FleetHealth fleet_health(const ReportArguments& arguments) {
    FleetFiles files = fleet_files_in(*arguments.fleet);
    const FleetNights found = nights_of(files.runs, arguments.nights);
    Drift drift;
    FleetHealth health = judged_nights(files, found, arguments, drift).health();
    std::ranges::stable_sort(drift.findings, std::ranges::greater{}, &Finding::verdict);
    health.drift = std::move(drift.findings);
    health.history = std::move(drift.history);
    health.notes = std::move(drift.waiver_notes);
    health.left_out = std::move(files.left_out);
    for (const std::size_t run : found.other_fleets) {
        health.left_out.push_back(
            {files.paths[run].string(),
             "is of another fleet, which shares no node with this one and is no larger"});
    }
    if (found.older > 0) {
        health.notes.push_back(
            fmt::format("{} run files are of earlier nights than the newest {} "
                        "(--nights).",
                        found.older, arguments.nights));
    }
    return health;
}

std::string fleet_report(const FleetHealth& health, const ReportArguments& arguments) {
    switch (arguments.format) {
        case ReportFormat::Json: return fleet_health_json(health);
        case ReportFormat::Prometheus:
            return fleet_health_prometheus(health, parse_utc(health.nights.back().started));
        default: break;  // the command line lets no other through
    }
    return fleet_health_text(health, style_for(arguments.output));
}

}  // namespace

int fleet_health_command(const ReportArguments& arguments) {
    const FleetHealth health = fleet_health(arguments);
    write_to(arguments.output, fleet_report(health, arguments));
    return exit_status(health);
}

}  // namespace rackproof
