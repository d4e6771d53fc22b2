#include "runners/journal.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "core/error.hpp"
#include "tests/runners/sample_start.hpp"
#include "tests/support/file_size_limit.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof {
namespace {

using testing::ElementsAreArray;
using testing::HasSubstr;

class JournalTest : public testing::Test {
  protected:
    [[nodiscard]] std::filesystem::path path() const { return folder_.path() / "journal"; }

    static std::vector<record::Record> some_records() {
        return {test::sample_start(2, {test::sample_case("a", 0, Scope::Device)}),
                record::JobStarted{0, 2, 0.5, "mpirun"}, record::Samples{0, 0, {1.5, 2.5}, {}, {}},
                record::CellEnded{0, 0, Outcome::Lost, "gone", 3.25},
                record::RunFinished{"2026-11-23T04:42:00Z", true}};
    }

    void write(const std::vector<record::Record>& records) {
        JournalWriter writer{path()};
        for (const record::Record& record : records) writer.append(record);
        writer.sync();
    }

    [[nodiscard]] std::string bytes() const {
        std::ifstream file{path(), std::ios::binary};
        return {std::istreambuf_iterator<char>{file}, {}};
    }
    void set_bytes(const std::string& bytes) const {
        std::ofstream{path(), std::ios::binary} << bytes;
    }

    struct Content {
        std::vector<record::Record> records;
        std::uint64_t dropped = 0;
    };
    [[nodiscard]] Content read() const {
        JournalReader reader{path()};
        Content content;
        while (std::optional<record::Record> record = reader.next()) {
            content.records.push_back(std::move(*record));
        }
        content.dropped = reader.dropped_bytes();
        return content;
    }

    test::ScratchFolder folder_;
};

TEST_F(JournalTest, GivesBackWhatWasWritten) {
    const std::vector<record::Record> records = some_records();
    write(records);
    const Content content = read();
    EXPECT_THAT(content.records, ElementsAreArray(records));
    EXPECT_EQ(content.dropped, 0U);
}

TEST_F(JournalTest, EveryRecordIsInTheFileBeforeAppendReturns) {
    JournalWriter writer{path()};
    const std::vector<record::Record> records = some_records();
    for (std::size_t i = 0; i < records.size(); ++i) {
        writer.append(records[i]);
        EXPECT_EQ(read().records.size(), i + 1);
    }
}

TEST_F(JournalTest, ACutAtAnyByteDropsOnlyTheTornEntry) {
    const std::vector<record::Record> records = some_records();
    std::vector<std::size_t> ends;  // of the header and of each entry
    {
        JournalWriter writer{path()};
        ends.push_back(12);
        for (const record::Record& record : records) {
            writer.append(record);
            ends.push_back(std::filesystem::file_size(path()));
        }
    }
    const std::string whole = bytes();
    std::size_t intact = 0;
    for (std::size_t size = ends[0]; size < whole.size(); ++size) {
        set_bytes(whole.substr(0, size));
        if (size == ends[intact + 1]) ++intact;
        const Content content = read();
        ASSERT_EQ(content.records.size(), intact) << size;
        ASSERT_EQ(content.dropped, size - ends[intact]);
        for (std::size_t i = 0; i < intact; ++i) ASSERT_EQ(content.records[i], records[i]);
    }
    EXPECT_EQ(intact, records.size() - 1);
}

TEST_F(JournalTest, AFlippedBitAnywhereIsFound) {
    const std::vector<record::Record> records = some_records();
    write(records);
    const std::string whole = bytes();
    for (std::size_t at = 12; at < whole.size(); ++at) {
        std::string damaged = whole;
        damaged[at] = static_cast<char>(damaged[at] ^ (1 << (at % 8)));
        set_bytes(damaged);
        const Content content = read();
        ASSERT_LT(content.records.size(), records.size()) << "byte " << at;
        ASSERT_GT(content.dropped, 0U);
        for (std::size_t i = 0; i < content.records.size(); ++i) {
            ASSERT_EQ(content.records[i], records[i]);
        }
    }
}

TEST_F(JournalTest, AHugeLengthIsDroppedAndNotBelieved) {
    write({some_records().front()});
    const std::size_t good = bytes().size();
    set_bytes(bytes() + "\xFF\xFF\xFF\xFF" + std::string(8, 'x') + "tail");
    const Content content = read();
    EXPECT_EQ(content.records.size(), 1U);
    EXPECT_EQ(content.dropped, bytes().size() - good);
}

TEST_F(JournalTest, AnEntryMovedToAnotherPlaceIsNoEntry) {
    write({record::JobStarted{1, 1, 0, "a"}, record::JobStarted{2, 1, 0, "b"}});
    const std::string whole = bytes();
    const std::size_t entry = (whole.size() - 12) / 2;
    set_bytes(whole.substr(0, 12) + whole.substr(12 + entry) + whole.substr(12, entry));
    EXPECT_EQ(read().records.size(), 0U);
}

TEST_F(JournalTest, RefusesWhatIsNoJournal) {
    const auto message = [&]() -> std::string {
        try {
            const JournalReader reader{path()};
        } catch (const InputError& error) {
            return error.what();
        }
        return "no error";
    };
    EXPECT_THAT(message(), HasSubstr("cannot be read"));
    set_bytes("");
    EXPECT_THAT(message(), HasSubstr("no rackproof journal"));
    set_bytes("RPJRNL\r");
    EXPECT_THAT(message(), HasSubstr("no rackproof journal"));
    set_bytes("something else entirely");
    EXPECT_THAT(message(), HasSubstr("no rackproof journal"));
    for (const char version : {'\1', '\2', '\3', '\5'}) {
        set_bytes("RPJRNL\r\n" + std::string{version} + std::string(3, '\0'));
        EXPECT_THAT(message(), HasSubstr("version " + std::to_string(version) +
                                         "; this rackproof reads version 4"));
    }
}

TEST_F(JournalTest, NeverWritesOverAJournal) {
    write(some_records());
    const std::string before = bytes();
    EXPECT_THROW(JournalWriter{path()}, Error);
    EXPECT_EQ(bytes(), before);
}

TEST_F(JournalTest, HasItsNameOnceItsFirstRecordIsInIt) {
    {
        JournalWriter writer{path()};
        EXPECT_FALSE(std::filesystem::exists(path()));
        EXPECT_THROW(JournalWriter{path()}, InputError);  // two at the same time
    }
    EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
    write(some_records());
    EXPECT_EQ(read().records.size(), some_records().size());
    EXPECT_FALSE(std::filesystem::exists(path().string() + ".new"));
}

TEST_F(JournalTest, GoesOnBehindItsWholeEntries) {
    const std::vector<record::Record> records = some_records();
    write({records[0], records[1], records[2]});
    const std::string whole = bytes();
    std::filesystem::resize_file(path(), whole.size() - 1);
    JournalReader reader{path()};
    while (reader.next()) continue;
    {
        JournalWriter writer{JournalClaim{path()}, reader.whole_bytes()};
        writer.append(records[3]);
    }
    const Content content = read();
    EXPECT_THAT(content.records, testing::ElementsAre(records[0], records[1], records[3]));
    EXPECT_EQ(content.dropped, 0U);
    const std::filesystem::path torn = path().string() + ".torn";
    EXPECT_EQ(std::filesystem::file_size(torn), whole.size() - 1 - reader.whole_bytes());
    EXPECT_THROW(JournalWriter(JournalClaim{path()}, bytes().size() + 1), Error);
}

TEST_F(JournalTest, BelongsToOne) {
    write(some_records());
    std::optional<JournalClaim> claim{path()};
    EXPECT_THROW(JournalClaim{path()}, InputError);
    claim.reset();
    EXPECT_NO_THROW(JournalClaim{path()});
    EXPECT_THROW(JournalClaim{path().string() + "x"}, Error);
}

TEST_F(JournalTest, ALookSaysWhoHoldsItAndKeepsNobodyOut) {
    write(some_records());
    EXPECT_EQ(look_at_journal(path()).hold, JournalHold::Free);
    {
        const JournalClaim claim{path()};
        EXPECT_EQ(look_at_journal(path()).hold, JournalHold::Held);
    }
    EXPECT_EQ(look_at_journal(path()).hold, JournalHold::Free);
    EXPECT_THROW((void)look_at_journal(path().string() + "x"), InputError);
    std::atomic<bool> ended = false;
    std::thread looker{[&] {
        while (!ended) (void)look_at_journal(path());
    }};
    for (int i = 0; i < 200; ++i) EXPECT_NO_THROW(JournalClaim{path()});
    ended = true;
    looker.join();
}

TEST_F(JournalTest, ItsTimeMovesWhileNothingIsWritten) {
    JournalWriter writer{path()};
    writer.append(test::sample_start(1, {}));
    const JournalLook before = look_at_journal(path());
    EXPECT_EQ(before.hold, JournalHold::Held);
    const auto until = SteadyClock::now() + seconds(30);
    while (look_at_journal(path()).changed_ns == before.changed_ns) {
        ASSERT_LT(SteadyClock::now(), until);
        writer.sync_if_due();
    }
    EXPECT_EQ(look_at_journal(path()).file, before.file);
}

/// What a writer says when its journal is looked after, as it is every second.
std::string trouble(JournalWriter& writer) {
    const auto until = SteadyClock::now() + seconds(30);
    while (SteadyClock::now() < until) {
        try {
            writer.sync_if_due();
        } catch (const Error& error) {
            return error.what();
        }
    }
    return "none";
}

TEST_F(JournalTest, ARemovedFolderIsAnErrorAndWhatArrivedIsPutBack) {
    const std::filesystem::path folder = folder_.path() / "run";
    std::filesystem::create_directory(folder);
    const std::vector<record::Record> records = some_records();
    JournalWriter writer{folder / "journal"};
    for (const record::Record& record : records) writer.append(record);
    std::filesystem::remove_all(folder);
    EXPECT_THAT(trouble(writer), HasSubstr("was removed while the run went on"));
    EXPECT_THROW(writer.append(records[0]), Error);
    std::filesystem::rename(folder / "journal", path());
    EXPECT_THAT(read().records, ElementsAreArray(records));
}

TEST_F(JournalTest, AMovedFolderIsAnErrorAndWhatArrivedIsThere) {
    const std::filesystem::path folder = folder_.path() / "run";
    std::filesystem::create_directory(folder);
    JournalWriter writer{folder / "journal"};
    writer.append(some_records()[0]);
    std::filesystem::rename(folder / "journal", path());
    EXPECT_THAT(trouble(writer), HasSubstr("has been moved away"));
    EXPECT_EQ(read().records.size(), 1U);
}

TEST_F(JournalTest, AFullDiskIsAnErrorAndLeavesWhatIsWhole) {
    const record::Record record = record::JobStarted{1, 1, 0, std::string(500, 'x')};
    JournalWriter writer{path()};
    writer.append(record);
    {
        const test::FileSizeLimit limit{700};
        EXPECT_THROW(writer.append(record), Error);
    }
    // There is room again, but a gap in the story is worse than its end.
    EXPECT_THROW(writer.append(record), Error);
    const Content content = read();
    EXPECT_EQ(content.records.size(), 1U);
    EXPECT_EQ(content.dropped, 0U);
}

}  // namespace
}  // namespace rackproof
