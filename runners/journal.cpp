#include "runners/journal.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
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

template <class Value>
void append_bytes(std::vector<std::byte>& bytes, Value value) {
    const auto* first = reinterpret_cast<const std::byte*>(&value);
    bytes.insert(bytes.end(), first, first + sizeof value);
}

}  // namespace

JournalWriter::JournalWriter(std::filesystem::path path)
    : path_{std::move(path)},
      file_{::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644)} {
    if (!file_) throw system_error("create the journal " + path_.string(), errno);
    std::vector<std::byte> header;
    for (const char c : kMagic) header.push_back(static_cast<std::byte>(c));
    append_bytes(header, kJournalVersion);
    write_all(header);
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
    sync_if_due();
}

void JournalWriter::write_all(std::span<const std::byte> bytes) {
    const std::string attempted = "write to the journal " + path_.string();
    if (broken_) throw Error{attempted, "an earlier write failed"};
    std::size_t written = 0;
    while (written < bytes.size()) {
        const ssize_t count = ::write(file_.get(), bytes.data() + written, bytes.size() - written);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) {
            const int error = count < 0 ? errno : ENOSPC;
            broken_ = true;
            // A reader finds the torn entry by its checksum if even this does not work.
            const bool cut = ::ftruncate(file_.get(), static_cast<off_t>(size_)) == 0;
            throw system_error(attempted + (cut ? "" : " (its last entry is torn)"), error);
        }
        written += static_cast<std::size_t>(count);
    }
    size_ += bytes.size();
    dirty_ = true;
}

void JournalWriter::sync_if_due() {
    if (dirty_ && seconds_since(synced_) >= 1.0) sync();
}

void JournalWriter::sync() {
    if (!dirty_) return;
    if (::fdatasync(file_.get()) != 0) {
        throw system_error("bring the journal " + path_.string() + " to the disk", errno);
    }
    dirty_ = false;
    synced_ = SteadyClock::now();
}

JournalReader::JournalReader(const std::filesystem::path& path) {
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
    if (version == 0 || version > kJournalVersion) {
        throw InputError{place, "is a journal of version " + std::to_string(version) +
                                    "; this rackproof reads versions up to " +
                                    std::to_string(kJournalVersion)};
    }
    offset_ = kFileHeader;
}

std::optional<record::Record> JournalReader::next() {
    if (ended_) return std::nullopt;
    std::optional<record::Record> record = read_entry();
    ended_ = !record;
    return record;
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
