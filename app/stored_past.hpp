#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "analysis/past.hpp"
#include "results/check_run.hpp"

namespace rackproof {

/// The run files (*.h5) in the folder and its folders, by path. Throws InputError if it is no
/// folder that can be read, or holds none.
[[nodiscard]] std::vector<std::filesystem::path> run_files_in(const std::filesystem::path& folder);

/// When the run began, in seconds since 1970. Throws InputError, with the file, if that is no time.
[[nodiscard]] double start_of(const Run& run, const std::filesystem::path& file);

/// The newest run files of a folder that are earlier than the judged run. Each is opened for one
/// metric at a time, so that many nights fit into memory. Throws InputError, with the file, for one
/// that is no run file, or whose start is no time.
class StoredPast final : public Past {
  public:
    /// `judged_file` is what errors call the judged run.
    StoredPast(const std::filesystem::path& folder, const Run& judged,
               const std::filesystem::path& judged_file);

    [[nodiscard]] const std::vector<Night>& nights() const override { return nights_; }
    [[nodiscard]] std::shared_ptr<const Metric> metric(std::size_t night,
                                                       const std::string& name) override;
    /// What was left out of the folder, and why.
    [[nodiscard]] const std::vector<std::string>& notes() const { return notes_; }

  private:
    /// What it takes to read a metric of it.
    struct File {
        std::filesystem::path path;
        run_file::TargetCounts counts;
        std::set<std::string> metrics;
    };

    std::vector<Night> nights_;
    std::vector<File> files_;
    std::vector<std::string> notes_;
};

}  // namespace rackproof
