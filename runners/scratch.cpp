#include "runners/scratch.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>

#include "core/error.hpp"
#include "core/log.hpp"

namespace rackproof {
namespace {

constexpr const char* kPrefix = "rackproof-job-";

std::filesystem::path base_folder() {
    std::error_code error;
    const std::filesystem::path shared = "/dev/shm";
    if (std::filesystem::is_directory(shared, error)) return shared;
    return std::filesystem::temp_directory_path();
}

/// The folder, locked; empty if someone else has the lock or it is not ours.
Descriptor locked(const std::filesystem::path& folder) {
    Descriptor lock{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)};
    struct stat status {};
    const bool ours = lock && ::fstat(lock.get(), &status) == 0 && status.st_uid == ::geteuid();
    if (!ours || ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) return {};
    return lock;
}

void clear_what_is_left(const std::filesystem::path& base) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator{base, error}) {
        if (!entry.path().filename().string().starts_with(kPrefix)) continue;
        const Descriptor lock = locked(entry.path());
        if (lock) std::filesystem::remove_all(entry.path(), error);
    }
}

}  // namespace

Scratch::Scratch() {
    const std::filesystem::path base = base_folder();
    clear_what_is_left(base);
    const std::string pattern = (base / kPrefix).string() + "XXXXXX";
    constexpr int kTries = 100;
    for (int i = 0; i < kTries && !lock_; ++i) {
        std::string name = pattern;
        if (::mkdtemp(name.data()) == nullptr) {
            throw system_error("make the folder " + name, errno);
        }
        // Between the two calls another controller may have taken it for left behind.
        lock_ = locked(name);
        if (lock_ && !std::filesystem::exists(name)) lock_.reset();
        path_ = name;
    }
    if (!lock_) throw Error{"make a folder under " + base.string(), "it is always taken away"};
}

Scratch::~Scratch() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
    if (error) log_warning("cannot remove " + path_.string() + ": " + error.message());
}

}  // namespace rackproof
