#include "runners/journal.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

#include "core/error.hpp"

namespace rackproof {
namespace {

constexpr std::string_view kMagic = "RPJRNL\r\n";
constexpr std::size_t kFileHeader = kMagic.size() + sizeof kJournalVersion;
constexpr std::size_t kEntryHeader = sizeof(std::uint32_t) + sizeof(std::uint64_t);

/// Checksum of an entry that begins at byte `offset` of the file.
std::uint64_t checksum(std::uint64_t offset, std::span<const std::byte> payload) {
    static_assert(crypto_shorthash_BYTES == sizeof(std::uint64_t));
    std::array<unsigned char, crypto_shorthash_KEYBYTES> key{"rackpr1"};
    static_assert(sizeof key == 8 + sizeof offset);
    std::memcpy(key.data() + 8, &offset, sizeof offset);
    std::uint64_t result = 0;
    crypto_shorthash(reinterpret_cast<unsigned char*>(&result),
                     reinterpret_cast<const unsigned char*>(payload.data()), payload.size(),
                     key.data());
    return result;
}

bool stands_at(const std::filesystem::path& path) {
    struct stat there {};
    return ::lstat(path.c_str(), &there) == 0;
}

/// Appends what stands in `from`, from byte `offset` to its end, to the file `to`.
void copy_bytes(int from, std::uint64_t offset, const std::filesystem::path& to) {
    const std::string attempted = "write " + to.string();
    const Descriptor file{
        ::open(to.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644)};
    if (!file) throw system_error(attempted, errno);
    std::array<char, 64 * 1024> piece{};
    while (true) {
        const ssize_t count = ::pread(from, piece.data(), piece.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw system_error("read the journal for " + to.string(), errno);
        if (count == 0) break;
        offset += static_cast<std::uint64_t>(count);
        std::string_view rest{piece.data(), static_cast<std::size_t>(count)};
        while (!rest.empty()) {
            const ssize_t written = ::write(file.get(), rest.data(), rest.size());
            if (written < 0 && errno == EINTR) continue;
            if (written <= 0) throw system_error(attempted, written < 0 ? errno : ENOSPC);
            rest.remove_prefix(static_cast<std::size_t>(written));
        }
    }
    if (::fsync(file.get()) != 0) throw system_error(attempted, errno);
}

template <class Value>
void append_bytes(std::vector<std::byte>& bytes, Value value) {
    const auto* first = reinterpret_cast<const std::byte*>(&value);
    bytes.insert(bytes.end(), first, first + sizeof value);
}

}  // namespace

JournalClaim::JournalClaim(const std::filesystem::path& journal)
    : JournalClaim{journal, Descriptor{::open(journal.c_str(),
                                              O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW)}} {}

JournalClaim::JournalClaim(std::filesystem::path journal, Descriptor file)
    : path_{std::move(journal)}, file_{std::move(file)} {
    if (!file_) throw system_error("open the journal " + path_.string() + " for writing", errno);
    // Who only looks (look_at_journal) has it for a moment.
    constexpr int kTries = 100;
    for (int i = 0; i < kTries; ++i) {
        if (::flock(file_.get(), LOCK_EX | LOCK_NB) == 0) return;
        if (errno != EWOULDBLOCK) break;
        if (i + 1 < kTries) std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    if (errno != EWOULDBLOCK) throw system_error("lock the journal " + path_.string(), errno);
    throw InputError{{path_.string(), {}, {}},
                     "another rackproof is writing this run; wait for its end, or end it"};
}

JournalLook look_at_journal(const std::filesystem::path& journal) {
    const InputPlace place{journal.string(), {}, {}};
    const Descriptor file{::open(journal.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    struct stat now {};
    if (!file || ::fstat(file.get(), &now) != 0) {
        const int error = errno;
        throw InputError{place,
                         "cannot be read as a journal: " + std::generic_category().message(error)};
    }
    JournalLook look;
    look.changed_ns = now.st_mtim.tv_sec * std::int64_t{1'000'000'000} + now.st_mtim.tv_nsec;
    look.file = now.st_ino;
    if (::flock(file.get(), LOCK_SH | LOCK_NB) == 0) {
        look.hold = JournalHold::Free;
    } else if (errno == EWOULDBLOCK) {
        look.hold = JournalHold::Held;
    }
    return look;
}

JournalWriter::JournalWriter(const std::filesystem::path& path)
    : path_{path},
      claim_{path.string() + ".new",
             Descriptor{::open((path.string() + ".new").c_str(),
                               O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0644)}} {
    const std::string attempted = "create the journal " + path_.string();
    if (stands_at(path_)) {
        (void)::unlink(claim_.path_.c_str());
        throw system_error(attempted, EEXIST);
    }
    if (::ftruncate(file(), 0) != 0) throw system_error(attempted, errno);
    std::vector<std::byte> header;
    for (const char c : kMagic) header.push_back(static_cast<std::byte>(c));
    append_bytes(header, kJournalVersion);
    write_all(header);
}

JournalWriter::JournalWriter(JournalClaim claim, std::uint64_t whole_bytes)
    : path_{claim.path_}, claim_{std::move(claim)}, size_{whole_bytes} {
    const std::string attempted = "go on with the journal " + path_.string();
    struct stat now {};
    if (::fstat(file(), &now) != 0) throw system_error(attempted, errno);
    const auto size = static_cast<std::uint64_t>(now.st_size);
    if (size < whole_bytes) throw Error{attempted, "it has become shorter than it was"};
    if (size == whole_bytes) return;
    copy_bytes(file(), whole_bytes, path_.string() + ".torn");
    if (::ftruncate(file(), static_cast<off_t>(whole_bytes)) != 0) {
        throw system_error(attempted, errno);
    }
}

JournalWriter::~JournalWriter() {
    if (claim_.file_ && !is_published()) (void)::unlink(claim_.path_.c_str());
}

/// With its first record the journal gets its name: what stands under it holds a run. Whoever
/// would come before us had to hold our claim.
void JournalWriter::publish() {
    sync();
    const std::string attempted = "create the journal " + path_.string();
    if (::rename(claim_.path_.c_str(), path_.c_str()) != 0) throw system_error(attempted, errno);
    claim_.path_ = path_;
    const std::filesystem::path folder = path_.has_parent_path() ? path_.parent_path() : ".";
    const Descriptor entry{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!entry || ::fsync(entry.get()) != 0) throw system_error(attempted, errno);
}

void JournalWriter::append(const record::Record& record) {
    const std::vector<std::byte> payload = record::encode(record);
    if (payload.size() > UINT32_MAX) throw Error{"journal a record", "larger than 4 GiB"};
    std::vector<std::byte> entry;
    entry.reserve(kEntryHeader + payload.size());
    append_bytes(entry, static_cast<std::uint32_t>(payload.size()));
    append_bytes(entry, checksum(size_, payload));
    entry.insert(entry.end(), payload.begin(), payload.end());
    write_all(entry);
    if (!is_published()) publish();
    sync_if_due();
}

void JournalWriter::write_all(std::span<const std::byte> bytes) {
    const std::string attempted = "write to the journal " + path_.string();
    if (broken_) throw Error{attempted, "an earlier write failed"};
    std::size_t written = 0;
    while (written < bytes.size()) {
        const ssize_t count = ::write(file(), bytes.data() + written, bytes.size() - written);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) {
            const int error = count < 0 ? errno : ENOSPC;
            broken_ = true;
            // A reader finds the torn entry by its checksum if even this does not work.
            const bool cut = ::ftruncate(file(), static_cast<off_t>(size_)) == 0;
            throw system_error(attempted + (cut ? "" : " (its last entry is torn)"), error);
        }
        written += static_cast<std::size_t>(count);
    }
    size_ += bytes.size();
    dirty_ = true;
}

void JournalWriter::sync_if_due() {
    if (seconds_since(synced_) < 1.0) return;
    // So that whoever looks sees somebody there. Where it cannot be done, the next write says why.
    (void)::futimens(file(), nullptr);
    sync();
    synced_ = SteadyClock::now();
    if (!broken_) check_place();
}

void JournalWriter::sync() {
    if (!dirty_) return;
    if (::fdatasync(file()) != 0) {
        broken_ = true;
        throw system_error("bring the journal " + path_.string() + " to the disk", errno);
    }
    dirty_ = false;
}

/// A folder may be removed or moved under our feet: what we write would go nowhere then.
void JournalWriter::check_place() {
    struct stat ours {};
    struct stat there {};
    if (::fstat(file(), &ours) != 0) {
        throw system_error("look after the journal " + path_.string(), errno);
    }
    const bool found = ::stat(claim_.path_.c_str(), &there) == 0;
    if (found && there.st_dev == ours.st_dev && there.st_ino == ours.st_ino) return;
    broken_ = true;
    const std::string attempted = "write to the journal " + path_.string();
    if (ours.st_nlink > 0) throw Error{attempted, "it has been moved away while the run went on"};
    const std::filesystem::path saved = path_.string() + (found ? ".saved" : "");
    restore(saved);
    throw Error{attempted, "it was removed while the run went on; what had arrived now stands in " +
                               saved.string()};
}

/// All that the removed file held goes to another one.
void JournalWriter::restore(const std::filesystem::path& to) const {
    std::error_code ignored;  // then it cannot be written either, and that is told
    std::filesystem::create_directories(to.parent_path(), ignored);
    copy_bytes(file(), 0, to);
}

JournalReader::JournalReader(const std::filesystem::path& path) : path_{path} {
    const InputPlace place{path.string(), {}, {}};
    std::error_code error;
    size_ = std::filesystem::file_size(path, error);
    if (error) throw InputError{place, "cannot be read as a journal: " + error.message()};
    file_.open(path, std::ios::binary);
    std::array<char, kFileHeader> header{};
    if (size_ < kFileHeader || !file_.read(header.data(), header.size()) ||
        std::string_view{header.data(), kMagic.size()} != kMagic) {
        throw InputError{place, "is no rackproof journal"};
    }
    std::uint32_t version = 0;
    std::memcpy(&version, header.data() + kMagic.size(), sizeof version);
    if (version != kJournalVersion) {
        throw InputError{place, "is a journal of version " + std::to_string(version) +
                                    "; this rackproof reads version " +
                                    std::to_string(kJournalVersion) +
                                    ": the rackproof that began this run has to finish it"};
    }
    offset_ = kFileHeader;
}

std::optional<record::Record> JournalReader::next() {
    if (ended_) return std::nullopt;
    std::optional<record::Record> record = read_entry();
    ended_ = !record;
    return record;
}

void JournalReader::follow() {
    std::error_code error;
    size_ = std::filesystem::file_size(path_, error);
    if (error) {
        throw InputError{{path_.string(), {}, {}},
                         "cannot be read as a journal: " + error.message()};
    }
    size_ = std::max(size_, offset_);  // whoever goes on with a run cuts no whole entry off
    file_.clear();
    file_.seekg(static_cast<std::streamoff>(offset_));
    ended_ = false;
}

std::optional<record::Record> JournalReader::read_entry() {
    std::uint32_t length = 0;
    std::uint64_t expected = 0;
    if (size_ - offset_ < kEntryHeader) return std::nullopt;
    std::array<char, kEntryHeader> header{};
    if (!file_.read(header.data(), header.size())) return std::nullopt;
    std::memcpy(&length, header.data(), sizeof length);
    std::memcpy(&expected, header.data() + sizeof length, sizeof expected);
    if (length > size_ - offset_ - kEntryHeader) return std::nullopt;
    std::vector<std::byte> payload(length);
    if (!file_.read(reinterpret_cast<char*>(payload.data()), length)) return std::nullopt;
    if (checksum(offset_, payload) != expected) return std::nullopt;
    try {
        record::Record record = record::decode(payload);
        offset_ += kEntryHeader + length;
        return record;
    } catch (const Error&) {
        return std::nullopt;  // whole, and yet not ours: counted with what is dropped
    }
}

}  // namespace rackproof
