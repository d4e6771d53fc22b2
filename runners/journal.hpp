#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>

#include "core/clock.hpp"
#include "core/descriptor.hpp"
#include "core/record.hpp"

namespace rackproof {

/// Version of the journal's layout and of the records in it.
inline constexpr std::uint32_t kJournalVersion = 1;

// The file: 8 bytes of magic, u32 version, then entries: u32 length, u64 checksum, and `length`
// bytes of record::encode. All little-endian. The checksum is SipHash-2-4 of the bytes, keyed
// with the entry's place in the file, so that no entry passes for another. It detects damage, not
// forgery.

/// Appends records to a new journal: one write() each, so that a kill at any moment loses no
/// record that append() returned for; a loss of power costs a second at the most.
class JournalWriter {
  public:
    /// Creates the file; throws Error if it exists or cannot be written.
    explicit JournalWriter(std::filesystem::path path);

    /// Throws Error if not all of it could be written; the file is cut back to its last whole
    /// entry then, as far as the disk lets us, and nothing more may be appended.
    void append(const record::Record& record);

    /// To the disk, if there is anything new and the last time was a second ago or more.
    void sync_if_due();
    void sync();

  private:
    void write_all(std::span<const std::byte> bytes);

    std::filesystem::path path_;
    Descriptor file_;
    std::uint64_t size_ = 0;  ///< bytes of whole entries
    bool broken_ = false;
    bool dirty_ = false;
    SteadyClock::time_point synced_ = SteadyClock::now();
};

/// Reads a journal from its beginning. What does not stand whole at the end (a torn write, a
/// damaged entry and all behind it) is not returned and counted in dropped_bytes().
class JournalReader {
  public:
    /// Throws InputError if the file cannot be read, is no journal, or is of a newer version.
    explicit JournalReader(const std::filesystem::path& path);

    /// The next record; nullopt at the end of what is whole.
    [[nodiscard]] std::optional<record::Record> next();

    /// Bytes behind the last whole entry; known once next() has returned nullopt.
    [[nodiscard]] std::uint64_t dropped_bytes() const { return size_ - offset_; }

  private:
    [[nodiscard]] std::optional<record::Record> read_entry();

    std::ifstream file_;
    std::uint64_t size_ = 0;
    std::uint64_t offset_ = 0;  ///< end of the last whole entry
    bool ended_ = false;
};

}  // namespace rackproof
