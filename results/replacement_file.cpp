#include "results/replacement_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "core/descriptor.hpp"
#include "core/error.hpp"

namespace rackproof::run_file {
namespace {

Descriptor opened(const std::filesystem::path& path, int flags) {
    Descriptor descriptor{::open(path.c_str(), flags | O_CLOEXEC)};
    if (!descriptor) throw system_error("open " + path.native(), errno);
    return descriptor;
}

void flush_file(const std::filesystem::path& path) {
    const Descriptor file = opened(path, O_RDONLY);
    if (::fsync(file.get()) != 0) throw system_error("flush " + path.native() + " to disk", errno);
}

/// Makes the rename last. File systems that cannot flush a folder answer EINVAL.
void flush_folder(const std::filesystem::path& path) {
    const Descriptor folder = opened(path.empty() ? "." : path, O_RDONLY | O_DIRECTORY);
    if (::fsync(folder.get()) != 0 && errno != EINVAL) {
        throw system_error("flush the folder " + path.native() + " to disk", errno);
    }
}

}  // namespace

ReplacementFile::ReplacementFile(const std::filesystem::path& final_path)
    : final_path_{final_path}, path_{final_path.native() + ".tmp-" + std::to_string(::getpid())} {
    ::unlink(path_.c_str());  // left by an earlier process that had our number
}

ReplacementFile::~ReplacementFile() {
    if (!in_place_) ::unlink(path_.c_str());
}

void ReplacementFile::put_in_place() {
    flush_file(path_);
    if (::rename(path_.c_str(), final_path_.c_str()) != 0) {
        throw system_error("rename " + path_.native() + " to " + final_path_.native(), errno);
    }
    in_place_ = true;
    flush_folder(final_path_.parent_path());
}

}  // namespace rackproof::run_file
