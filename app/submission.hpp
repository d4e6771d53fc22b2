#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace rackproof {

/// A rack's part of a submission. `folder` lies in the submission's folder.
struct SubmittedRack {
    std::string rack;
    std::string folder;
    std::int64_t nodes = 0;
    std::int64_t left_out = 0;  ///< of them, drained or down
    std::string job;            ///< Slurm's number; empty: not sent
    friend bool operator==(const SubmittedRack&, const SubmittedRack&) = default;
};

/// What `submit` has written and sent: DIR/submission.json, for `status` and for a second `submit`.
struct Submission {
    std::string plan;
    std::string partition;
    std::vector<SubmittedRack> racks;
    friend bool operator==(const Submission&, const Submission&) = default;
};

/// In place by rename, so that each job number is on the disk before the next rack is sent.
void write_submission(const std::filesystem::path& directory, const Submission& submission);

/// Throws InputError if there is none, or it is of a newer version, or anything else than
/// write_submission() wrote: a folder's name that leaves the directory, a job that is no number.
[[nodiscard]] Submission read_submission(const std::filesystem::path& directory);

}  // namespace rackproof
