#include "app/stored_past.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "core/error.hpp"
#include "results/run_file_reader.hpp"
#include "results/stored_metrics.hpp"

namespace rackproof {

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

StoredPast::StoredPast(const std::filesystem::path& folder, const Run& judged) {
    std::vector<std::pair<Night, File>> found;
    std::set<std::string> known{judged.run_id};
    std::size_t later = 0;
    std::size_t twice = 0;
    for (const std::filesystem::path& path : run_files_in(folder)) {
        run_file::RunFileReader reader{path};
        const Run& frame = reader.frame();
        if (frame.run_id == judged.run_id) continue;
        if (frame.started >= judged.started) {
            ++later;
        } else if (!known.insert(frame.run_id).second) {
            ++twice;
        } else {
            const std::vector<std::string>& names = reader.metric_names();
            found.emplace_back(
                night_of(frame, judged),
                File{path, run_file::TargetCounts{frame}, {names.begin(), names.end()}});
        }
    }
    std::ranges::sort(found, [](const auto& a, const auto& b) {
        return std::tie(a.first.started, a.first.run_id) <
               std::tie(b.first.started, b.first.run_id);
    });
    for (auto& [night, file] : found) {
        nights_.push_back(std::move(night));
        files_.push_back(std::move(file));
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
