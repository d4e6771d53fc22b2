#include "devices/collective_pattern.hpp"

#include <gmock/gmock.h>

#include <vector>

#include "core/error.hpp"

namespace rackproof {
namespace {

using testing::HasSubstr;

struct RankBuffers {
    std::vector<double> send;
    std::vector<double> receive;
};

/// The collective as its definition reads, without MPI: what every rank's buffers hold after it.
class Ranks {
  public:
    Ranks(Collective collective, std::int64_t bytes, int ranks) {
        for (int rank = 0; rank < ranks; ++rank) {
            patterns.emplace_back(collective, bytes, rank, ranks);
            buffers.push_back(
                {std::vector<double>(patterns.back().send_elements()),
                 std::vector<double>(patterns.back().receive_elements(), kUntouched)});
            patterns.back().fill(buffers.back().send, buffers.back().receive);
        }
    }

    void run() {
        for (std::size_t rank = 0; rank < buffers.size(); ++rank) receive(rank);
    }

    void check() {
        for (std::size_t rank = 0; rank < buffers.size(); ++rank) {
            patterns[rank].check_and_wipe(buffers[rank].receive);
        }
    }

    std::vector<CollectivePattern> patterns;
    std::vector<RankBuffers> buffers;

  private:
    [[nodiscard]] double sum(std::size_t element) const {
        double total = 0;
        for (const RankBuffers& rank : buffers) total += rank.send[element];
        return total;
    }
    void receive(std::size_t rank) {
        const std::size_t count = patterns[rank].count();
        const std::size_t all = buffers.size();
        std::vector<double>& to = buffers[rank].receive;
        for (std::size_t i = 0; i < to.size(); ++i) {
            switch (patterns[rank].collective()) {
                case Collective::AllReduce: to[i] = sum(i); break;
                case Collective::AllGather: to[i] = buffers[i / count].send[i % count]; break;
                case Collective::ReduceScatter: to[i] = sum(rank * count + i); break;
                case Collective::Broadcast: to[i] = buffers[0].receive[i]; break;
                case Collective::AllToAll:
                    to[i] = buffers[i / count].send[rank * count + i % count];
                    break;
                case Collective::SendReceive:
                    to[i] = buffers[(rank + all - 1) % all].send[i];
                    break;
            }
        }
    }
};

TEST(CollectivePatternTest, TheRightAnswerPassesAtAnySizeAndCount) {
    for (const Collective collective : kCollectives) {
        for (const int count : {1, 2, 3, 8}) {
            for (const std::int64_t bytes : {1, 8, 100, 4096}) {
                Ranks ranks{collective, bytes, count};
                for (int i = 0; i < 2; ++i) {
                    ranks.run();
                    EXPECT_NO_THROW(ranks.check())
                        << to_string(collective) << " " << count << " " << bytes;
                }
            }
        }
    }
}

double number(const CollectivePattern::Run& run, std::size_t index) {
    const std::size_t place = run.first + index;
    return static_cast<double>((place * 2654435761U >> 12) & 0xFFFU) * run.factor + run.offset;
}

TEST(CollectivePatternTest, ItsRunsSayTheSameAsItsBuffers) {
    for (const Collective collective : kCollectives) {
        Ranks ranks{collective, 480, 3};
        for (std::size_t rank = 0; rank < 3; ++rank) {
            const CollectivePattern& pattern = ranks.patterns[rank];
            const CollectivePattern::Run sent = pattern.contribution();
            const bool root = collective == Collective::Broadcast && rank == 0;
            const auto& from = root ? ranks.buffers[rank].receive : ranks.buffers[rank].send;
            ASSERT_EQ(sent.count, from.size()) << to_string(collective);
            for (std::size_t i = 0; i < sent.count; ++i) EXPECT_EQ(number(sent, i), from[i]);
        }
        ranks.run();
        for (std::size_t rank = 0; rank < 3; ++rank) {
            std::size_t covered = 0;
            for (const CollectivePattern::Run& run : ranks.patterns[rank].arrivals()) {
                EXPECT_EQ(run.at, covered);
                covered += run.count;
                for (std::size_t i = 0; i < run.count; ++i) {
                    EXPECT_EQ(number(run, i), ranks.buffers[rank].receive[run.at + i])
                        << to_string(collective);
                }
            }
            EXPECT_EQ(covered, ranks.patterns[rank].receive_elements());
        }
    }
}

TEST(CollectivePatternTest, SmallerElementsAreMore) {
    const CollectivePattern wide{Collective::AllGather, 4096, 1, 4};
    const CollectivePattern narrow{Collective::AllGather, 4096, 1, 4, 2};
    EXPECT_EQ(narrow.count(), 4 * wide.count());
    EXPECT_EQ(narrow.bytes(), wide.bytes());
}

TEST(CollectivePatternTest, BytesAreTheEffectiveOnes) {
    for (const Collective collective : kCollectives) {
        EXPECT_EQ(CollectivePattern(collective, 100, 0, 3).bytes(),
                  effective_bytes(collective, 100, 3));
    }
}

TEST(CollectivePatternTest, AWrongContributionOfAnyRankIsSeenAnywhere) {
    constexpr int kRanks = 3;
    for (const Collective collective : kCollectives) {
        for (int guilty = 0; guilty < kRanks; ++guilty) {
            Ranks ranks{collective, 240, kRanks};
            const bool root_only = collective == Collective::Broadcast;
            if (root_only && guilty != 0) continue;
            auto& buffers = ranks.buffers[static_cast<std::size_t>(guilty)];
            (root_only ? buffers.receive : buffers.send).back() += 1;
            ranks.run();
            EXPECT_THROW(ranks.check(), WrongAnswer) << to_string(collective) << " " << guilty;
        }
    }
}

TEST(CollectivePatternTest, ContributionsOfTheWrongRankAreSeen) {
    for (const Collective collective :
         {Collective::AllGather, Collective::AllToAll, Collective::SendReceive}) {
        Ranks ranks{collective, 240, 3};
        std::swap(ranks.buffers[1].send, ranks.buffers[2].send);
        ranks.run();
        EXPECT_THROW(ranks.check(), WrongAnswer) << to_string(collective);
    }
}

TEST(CollectivePatternTest, ACallThatDoesNothingIsSeenTheSecondTimeToo) {
    for (const Collective collective : kCollectives) {
        Ranks ranks{collective, 240, 2};
        EXPECT_THROW(ranks.check(), WrongAnswer) << to_string(collective);
        ranks.run();
        ranks.check();
        try {
            ranks.check();
            ADD_FAILURE() << to_string(collective) << ": not wiped";
        } catch (const WrongAnswer& wrong) {
            EXPECT_THAT(wrong.what(), HasSubstr("got nothing as element 0"));
        }
    }
}

TEST(CollectivePatternTest, SaysWhichRankSawWhat) {
    Ranks ranks{Collective::Broadcast, 80, 2};
    ranks.run();
    ranks.buffers[1].receive[4] = 17;
    try {
        ranks.patterns[1].check_and_wipe(ranks.buffers[1].receive);
        ADD_FAILURE() << "not seen";
    } catch (const WrongAnswer& wrong) {
        EXPECT_THAT(wrong.what(), HasSubstr("broadcast: rank 1 got 17"));
        EXPECT_THAT(wrong.what(), HasSubstr("as element 4, expected "));
    }
}

}  // namespace
}  // namespace rackproof
