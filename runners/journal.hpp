#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>

#include "core/clock.hpp"
#include "core/descriptor.hpp"
#include "core/record.hpp"

namespace rackproof {

/// Version of the journal's layout and of the records in it. A journal is the work in hand of one
/// rackproof; what is kept is the run file. So no other version is read.
inline constexpr std::uint32_t kJournalVersion = 4;

// The file: 8 bytes of magic, u32 version, then entries: u32 length, u64 checksum, and `length`
// bytes of record::encode. All little-endian. The checksum is SipHash-2-4 of the bytes, keyed
// with the entry's place in the file, so that no entry passes for another. It detects damage, not
// forgery.

/// Keeps everybody else from writing to a journal (flock), as long as it lives.
class JournalClaim {
  public:
    /// For an existing one, before it is read to go on with it. Throws InputError if another
    /// process has it, Error if it cannot be opened for writing.
    explicit JournalClaim(const std::filesystem::path& journal);

  private:
    friend class JournalWriter;
    JournalClaim(std::filesystem::path journal, Descriptor file);

    std::filesystem::path path_;
    Descriptor file_;
};

/// Who writes to a journal, as far as its lock tells.
enum class JournalHold {
    Held,     ///< a controller has claimed it
    Free,     ///< nobody of this machine has; over NFS, maybe somebody elsewhere
    Unknown,  ///< this file system has no locks
};

/// A look at a journal from outside, for whoever shows a run. It disturbs nobody: a claim waits for
/// the moment that it takes.
struct JournalLook {
    JournalHold hold = JournalHold::Unknown;
    std::int64_t changed_ns = 0;  ///< when it was last written to or beaten; of its file system
    std::uint64_t file = 0;       ///< another one if the journal was replaced
};
/// Throws InputError if it cannot be opened.
[[nodiscard]] JournalLook look_at_journal(const std::filesystem::path& journal);

/// Appends records to a journal: one write() each, so that a kill at any moment loses no record
/// that append() returned for; a loss of power costs a second at the most.
class JournalWriter {
  public:
    /// A new journal. It stands under its name once its first record is in it. Throws Error if
    /// there is one, or if it cannot be written.
    explicit JournalWriter(const std::filesystem::path& path);

    /// Goes on behind the first `whole_bytes` of a journal; what stands behind them is moved to
    /// PATH.torn. Throws Error if it cannot be written.
    JournalWriter(JournalClaim claim, std::uint64_t whole_bytes);

    JournalWriter(const JournalWriter&) = delete;
    JournalWriter& operator=(const JournalWriter&) = delete;
    JournalWriter(JournalWriter&&) noexcept = default;
    JournalWriter& operator=(JournalWriter&&) = delete;
    ~JournalWriter();

    /// Throws Error if not all of it could be written; the file is cut back to its last whole
    /// entry then, as far as the disk lets us, and nothing more may be appended.
    void append(const record::Record& record);

    /// Once a second: brings what is new to the disk, and sets the file's time to now, so that
    /// whoever looks at it sees somebody there. Throws Error if what is new does not get there, or
    /// the journal is no longer where it was; if it has been removed, all of it is written there
    /// again first.
    void sync_if_due();
    void sync();

  private:
    void publish();
    void write_all(std::span<const std::byte> bytes);
    void check_place();
    void restore(const std::filesystem::path& to) const;
    [[nodiscard]] int file() const { return claim_.file_.get(); }
    [[nodiscard]] bool is_published() const { return claim_.path_ == path_; }

    std::filesystem::path path_;
    JournalClaim claim_;      ///< under another name until the first record is in it
    std::uint64_t size_ = 0;  ///< bytes of whole entries
    bool broken_ = false;
    bool dirty_ = false;
    SteadyClock::time_point synced_ = SteadyClock::now();
};

/// Reads a journal from its beginning. What does not stand whole at the end (a torn write, a
/// damaged entry and all behind it) is not returned and counted in dropped_bytes().
class JournalReader {
  public:
    /// Throws InputError if the file cannot be read, is no journal, or is of another version.
    explicit JournalReader(const std::filesystem::path& path);

    /// The next record; nullopt at the end of what is whole.
    [[nodiscard]] std::optional<record::Record> next();

    /// After the end: looks how far the file has grown, so that next() goes on behind what it has
    /// returned. Throws InputError if the file is gone.
    void follow();

    /// Bytes behind the last whole entry; known once next() has returned nullopt.
    [[nodiscard]] std::uint64_t dropped_bytes() const { return size_ - offset_; }
    [[nodiscard]] std::uint64_t whole_bytes() const { return offset_; }

  private:
    [[nodiscard]] std::optional<record::Record> read_entry();

    std::filesystem::path path_;
    std::ifstream file_;
    std::uint64_t size_ = 0;
    std::uint64_t offset_ = 0;  ///< end of the last whole entry
    bool ended_ = false;
};

}  // namespace rackproof
