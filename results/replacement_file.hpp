#pragma once

#include <filesystem>

namespace rackproof::run_file {

/// A file that is made beside the one it replaces, so that whoever opens `final_path` finds the
/// old file or the new one, whole. Removed again unless it was put in place.
class ReplacementFile {
  public:
    explicit ReplacementFile(const std::filesystem::path& final_path);
    ~ReplacementFile();
    ReplacementFile(const ReplacementFile&) = delete;
    ReplacementFile& operator=(const ReplacementFile&) = delete;

    /// Where to make it: "FINAL_PATH.tmp-PID"; nothing is there yet.
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

    /// Flushes it to disk, renames it, and flushes the folder. Throws Error.
    void put_in_place();

  private:
    std::filesystem::path final_path_;
    std::filesystem::path path_;
    bool in_place_ = false;
};

}  // namespace rackproof::run_file
