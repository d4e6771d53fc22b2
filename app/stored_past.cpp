#include "app/stored_past.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "core/error.hpp"
#include "core/utf8.hpp"
#include "results/run_file_reader.hpp"
#include "results/stored_metrics.hpp"
#include "results/utc_time.hpp"

namespace rackproof {
namespace {

/// Older ones are left out: what changed before them was told of long ago, and the time that a
/// judgement takes grows with the cube of their number.
constexpr std::size_t kMostEarlierRuns = 60;

}  // namespace

double start_of(const Run& run, const std::filesystem::path& file) {
    if (const auto start_s = parse_utc(run.started)) return *start_s;
    if (run.started.empty()) {
        throw InputError{
            {file.string(), {}, {}},
            "does not say when it started; expected a time, for earlier runs are known "
            "by it (of imported ones: import --started TIME)"};
    }
    throw InputError{
        {file.string(), {}, {}},
        "started '" + printable(run.started) +
            "'; expected a time in UTC, such as 2026-11-28T04:41:11Z, for earlier runs "
            "are known by it"};
}

std::vector<std::filesystem::path> run_files_in(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> paths;
    std::error_code error;
    std::filesystem::recursive_directory_iterator entry{folder, error};
    for (const std::filesystem::recursive_directory_iterator end; !error && entry != end;
         entry.increment(error)) {
        std::error_code ignored;
        if (entry->path().extension() == ".h5" && entry->is_regular_file(ignored)) {
            paths.push_back(entry->path());
        }
    }
    if (error) {
        throw InputError{{folder.string(), {}, {}},
                         "cannot be read: " + error.message() + "; expected a folder of run files"};
    }
    if (paths.empty()) {
        throw InputError{{folder.string(), {}, {}},
                         "holds no run file; expected at least one *.h5 in it or in its folders"};
    }
    std::ranges::sort(paths);
    return paths;
}

StoredPast::StoredPast(const std::filesystem::path& folder, const Run& judged,
                       const std::filesystem::path& judged_file) {
    struct Found {
        double start_s;
        Night night;
        File file;
    };
    std::vector<Found> found;
    std::set<std::string> known{judged.run_id};
    const double judged_start_s = start_of(judged, judged_file);
    std::size_t later = 0;
    std::size_t twice = 0;
    std::size_t undated = 0;
    for (const std::filesystem::path& path : run_files_in(folder)) {
        run_file::RunFileReader reader{path};
        const Run& frame = reader.frame();
        if (frame.run_id == judged.run_id) continue;
        if (frame.started.empty()) {
            ++undated;
            continue;
        }
        const double start_s = start_of(frame, path);
        if (start_s >= judged_start_s) {
            ++later;
        } else if (!known.insert(frame.run_id).second) {
            ++twice;
        } else {
            const std::vector<std::string>& names = reader.metric_names();
            found.push_back(
                {start_s, night_of(frame, judged),
                 File{path, run_file::TargetCounts{frame}, {names.begin(), names.end()}}});
        }
    }
    std::ranges::sort(found, [](const Found& a, const Found& b) {
        return std::tie(a.start_s, a.night.run_id) < std::tie(b.start_s, b.night.run_id);
    });
    const std::size_t older = found.size() > kMostEarlierRuns ? found.size() - kMostEarlierRuns : 0;
    found.erase(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(older));
    for (Found& each : found) {
        nights_.push_back(std::move(each.night));
        files_.push_back(std::move(each.file));
    }
    if (older > 0) {
        notes_.push_back(
            fmt::format("{} run files left out: only the newest {} earlier ones count.", older,
                        kMostEarlierRuns));
    }
    if (undated > 0) {
        notes_.push_back(
            fmt::format("{} run files left out: they do not say when they started "
                        "(import --started).",
                        undated));
    }
    if (later > 0) notes_.push_back(fmt::format("{} run files left out: not earlier.", later));
    if (twice > 0) notes_.push_back(fmt::format("{} copies of the same runs left out.", twice));
}

std::shared_ptr<const Metric> StoredPast::metric(std::size_t night, const std::string& name) {
    const File& file = files_[night];
    if (!file.metrics.contains(name)) return nullptr;
    const std::scoped_lock lock{hdf5_in_use()};
    run_file::RunFileReader reader{file.path, file.counts};
    return std::make_shared<const Metric>(reader.metric(name));
}

}  // namespace rackproof
