#include "core/spool_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>

#include "core/error.hpp"

namespace rackproof {
namespace {

/// Not every file system makes files without a name, so it has one for a moment.
Descriptor nameless_file(const std::filesystem::path& folder) {
    std::string name = (folder / "spool-XXXXXX").native();
    Descriptor file{::mkostemp(name.data(), O_CLOEXEC)};
    if (!file) throw system_error("make a temporary file in " + folder.native(), errno);
    ::unlink(name.c_str());
    return file;
}

}  // namespace

std::uint64_t SpoolFile::append(std::span<const std::byte> bytes) {
    if (!file_) file_ = nameless_file(folder_.empty() ? "." : folder_);
    const std::uint64_t offset = size_;
    write(offset, bytes);
    size_ += bytes.size();
    return offset;
}

void SpoolFile::write(std::uint64_t offset, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t count =
            ::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) {
            throw system_error("write to a temporary file in " + folder_.native(), errno);
        }
        bytes = bytes.subspan(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
    }
}

void SpoolFile::read(std::uint64_t offset, std::span<std::byte> bytes) const {
    while (!bytes.empty()) {
        const ssize_t count =
            ::pread(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) {
            throw system_error("read a temporary file in " + folder_.native(),
                               count < 0 ? errno : EIO);
        }
        bytes = bytes.subspan(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
    }
}

}  // namespace rackproof
