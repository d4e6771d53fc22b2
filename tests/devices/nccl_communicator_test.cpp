#include "devices/nccl/communicator.hpp"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <barrier>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "core/error.hpp"
#include "tests/support/nccl/fake_nccl.hpp"
#include "tests/support/nccl/file.hpp"
#include "tests/support/scratch_folder.hpp"
#include "tests/support/scripted_gpu.hpp"

namespace rackproof::nccl {
namespace {

using test::FakeNccl;
using test::ScriptedGpu;
using testing::AllOf;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// Ranks that are threads: what they say to each other goes through memory.
class ThreadRanks {
  public:
    explicit ThreadRanks(int ranks) : values_(static_cast<std::size_t>(ranks)), meeting_{ranks} {}
    [[nodiscard]] int size() const { return static_cast<int>(values_.size()); }
    std::vector<double> all(int rank, double value) {
        values_[static_cast<std::size_t>(rank)] = value;
        meeting_.arrive_and_wait();
        std::vector<double> seen = values_;
        meeting_.arrive_and_wait();
        return seen;
    }
    std::int64_t first(int rank, std::int64_t value) {
        if (rank == 0) first_ = value;
        meeting_.arrive_and_wait();
        const std::int64_t seen = first_;
        meeting_.arrive_and_wait();
        return seen;
    }
    void leave() { meeting_.arrive_and_drop(); }

  private:
    std::vector<double> values_;
    std::int64_t first_ = 0;
    std::barrier<> meeting_;
};

class ThreadCommunicator final : public Communicator {
  public:
    ThreadCommunicator(ThreadRanks& ranks, int rank) : ranks_{&ranks}, rank_{rank} {}
    [[nodiscard]] int rank() const override { return rank_; }
    [[nodiscard]] int size() const override { return ranks_->size(); }
    void barrier() override { (void)ranks_->all(rank_, 0); }
    [[nodiscard]] double max(double value) override {
        const std::vector<double> all = ranks_->all(rank_, value);
        return *std::max_element(all.begin(), all.end());
    }
    [[nodiscard]] double mean(double value) override {
        double sum = 0;
        for (const double one : ranks_->all(rank_, value)) sum += one;
        return sum / size();
    }
    [[nodiscard]] std::int64_t from_first(std::int64_t value) override {
        return ranks_->first(rank_, value);
    }
    [[nodiscard]] ClockOffset synchronise_clocks() override { return {}; }
    [[nodiscard]] std::unique_ptr<Workload> make_collective(const CollectiveShape&) override {
        throw Unsupported{"collectives of threads"};
    }

  private:
    ThreadRanks* ranks_;
    int rank_;
};

class NcclTest : public testing::Test {
  protected:
    NcclTest() { set({}); }

    static void set(const FakeNccl& script) {
        void* const library = ::dlopen(kFakeNccl, RTLD_NOW | RTLD_LOCAL);
        auto* const set_script =
            reinterpret_cast<test::SetFakeNccl*>(::dlsym(library, test::kSetFakeNccl));
        set_script(script);
    }

    using Body = std::function<void(Communicator& ranks, ScriptedGpu& gpu)>;

    /// Each rank in a thread of its own; what a rank threw, by rank, "" if nothing.
    std::vector<std::string> run(int count, const Body& body) {
        ThreadRanks ranks{count};
        std::vector<std::string> thrown(static_cast<std::size_t>(count));
        {
            std::vector<std::jthread> threads;
            for (int rank = 0; rank < count; ++rank) {
                threads.emplace_back([&, rank] {
                    ThreadCommunicator hosts{ranks, rank};
                    auto& gpu = gpus_.at(static_cast<std::size_t>(rank));
                    try {
                        const auto nccl = make_communicator(gpu, hosts, options_);
                        body(*nccl, gpu);
                    } catch (const std::exception& error) {
                        thrown[static_cast<std::size_t>(rank)] = error.what();
                        ranks.leave();
                    }
                });
            }
        }
        return thrown;
    }

    Options options_{.library = kFakeNccl};
    std::vector<ScriptedGpu> gpus_ = std::vector<ScriptedGpu>(8);
};

TEST_F(NcclTest, EveryCollectiveGivesTheRightNumbersAtEverySize) {
    for (const int ranks : {1, 2, 3, 8}) {
        const auto thrown = run(ranks, [](Communicator& nccl, ScriptedGpu&) {
            for (const Collective collective : kCollectives) {
                for (const std::int64_t bytes : {8, 4096, 100'000}) {
                    for (const ElementType type :
                         {ElementType::Fp64, ElementType::Fp32, ElementType::Int64}) {
                        const auto work = nccl.make_collective(
                            {.collective = collective, .bytes = bytes, .type = type});
                        for (int i = 0; i < 2; ++i) {
                            work->run();
                            work->verify();
                        }
                        EXPECT_EQ(work->work().bytes, static_cast<double>(effective_bytes(
                                                          collective, bytes, nccl.size())));
                    }
                }
            }
        });
        EXPECT_THAT(thrown, Each("")) << ranks;
    }
}

TEST_F(NcclTest, InPlaceToo) {
    const auto thrown = run(3, [](Communicator& nccl, ScriptedGpu&) {
        for (const Collective collective : {Collective::AllReduce, Collective::AllGather,
                                            Collective::ReduceScatter, Collective::Broadcast}) {
            for (const std::int64_t bytes : {24, 100'000}) {
                const auto work = nccl.make_collective({.collective = collective,
                                                        .bytes = bytes,
                                                        .type = ElementType::Fp32,
                                                        .buffers = Buffers::InPlace});
                for (int sample = 0; sample < 3; ++sample) {
                    for (int i = 0; i < 4; ++i) work->run();
                    work->verify();
                }
                EXPECT_THAT(work->variant().parameters, HasSubstr(R"("buffers":"in_place")"));
            }
        }
    });
    EXPECT_THAT(thrown, Each(""));
}

TEST_F(NcclTest, WhatNcclDoesNotHaveInPlaceIsUnsupported) {
    const auto thrown = run(2, [](Communicator& nccl, ScriptedGpu&) {
        EXPECT_THROW(
            (void)nccl.make_collective(
                {.collective = Collective::AllToAll, .bytes = 64, .buffers = Buffers::InPlace}),
            Unsupported);
    });
    EXPECT_THAT(thrown, Each(""));
}

TEST_F(NcclTest, SmallOnesAreRecordedAndLargeOnesAreNot) {
    const auto thrown = run(2, [](Communicator& nccl, ScriptedGpu& gpu) {
        for (const std::int64_t bytes : {1024, 1 << 20}) {
            const bool small = bytes == 1024;
            const auto work =
                nccl.make_collective({.collective = Collective::AllReduce, .bytes = bytes});
            work->run();
            work->verify();
            EXPECT_EQ(gpu.recorded, small ? 1 : 0);
            EXPECT_EQ(gpu.launched, 1);
            EXPECT_THAT(work->variant().parameters,
                        HasSubstr(small ? R"("launch":"graph")" : R"("launch":"plain")"));
        }
        EXPECT_EQ(gpu.recorded, 0);
    });
    EXPECT_THAT(thrown, Each(""));
    EXPECT_EQ(gpus_[0].blocks(), 0U);
}

TEST_F(NcclTest, SaysHowNcclDidIt) {
    set({.transport = "NET/IB/3/GDRDMA", .network = "IB", .algorithm = "NVLS", .nvls = true});
    const auto thrown = run(2, [](Communicator& nccl, ScriptedGpu&) {
        const auto work =
            nccl.make_collective({.collective = Collective::AllReduce, .bytes = 1 << 20});
        const Variant variant = work->variant();
        EXPECT_EQ(variant.algorithm, "ncclAllReduce NVLS SIMPLE");
        EXPECT_EQ(variant.library, "NCCL 2.28.9");
        EXPECT_THAT(variant.transport, AllOf(HasSubstr("NET/IB/GDRDMA"), HasSubstr("NVLS")));
        EXPECT_THAT(variant.parameters, HasSubstr(R"("channels":16)"));
        EXPECT_THAT(variant.parameters, HasSubstr(R"("type":"fp64")"));
        EXPECT_EQ(nccl.take_fallback(), "");
    });
    EXPECT_THAT(thrown, Each(""));
}

TEST_F(NcclTest, TcpBesideInfiniBandIsAFallback) {
    const test::ScratchFolder sys;
    std::filesystem::create_directories(sys / "class/infiniband/mlx5_0");
    options_.sys = sys.path();
    set({.transport = "NET/Socket/0", .network = "Socket"});
    const auto thrown = run(2, [](Communicator& nccl, ScriptedGpu&) {
        (void)nccl.make_collective({.collective = Collective::AllReduce, .bytes = 64});
        EXPECT_THAT(nccl.take_fallback(), AllOf(HasSubstr("TCP"), HasSubstr("mlx5_0")));
        EXPECT_EQ(nccl.take_fallback(), "") << "it is said once";
    });
    EXPECT_THAT(thrown, Each(""));
}

TEST_F(NcclTest, NoNvlsBehindNvSwitchesIsAFallback) {
    const test::ScratchFolder sys;
    const auto bus = sys / "bus/pci/devices/0000:04:00.0";
    std::filesystem::create_directories(bus);
    std::ofstream{bus / "vendor"} << "0x10de\n";
    std::ofstream{bus / "class"} << "0x068000\n";
    const test::ScratchFolder bare;
    struct Node {
        std::filesystem::path sys;
        const char* chip;
        bool nvls;
        bool is_told;
    };
    for (const Node& node : {Node{sys.path(), "sm_90", false, true},
                             {sys.path(), "sm_90", true, false},
                             {sys.path(), "sm_80", false, false},
                             {bare.path(), "sm_90", false, false}}) {
        options_.sys = node.sys;
        set({.nvls = node.nvls});
        for (ScriptedGpu& gpu : gpus_) gpu.facts.vector_unit = node.chip;
        const auto thrown = run(2, [&](Communicator& nccl, ScriptedGpu&) {
            (void)nccl.make_collective({.collective = Collective::AllReduce, .bytes = 64});
            const std::string told = nccl.take_fallback();
            EXPECT_EQ(told.empty(), !node.is_told) << node.chip << ": " << told;
            if (node.is_told) {
                EXPECT_THAT(told, HasSubstr("without NVLS"));
            }
            EXPECT_EQ(nccl.take_fallback(), "") << "it is said once";
        });
        EXPECT_THAT(thrown, Each(""));
    }
}

TEST_F(NcclTest, TcpWhereThereIsNothingElseIsNone) {
    const test::ScratchFolder sys;
    options_.sys = sys.path();
    set({.transport = "NET/Socket/0", .network = "Socket", .nvls = false});
    const auto thrown = run(2, [](Communicator& nccl, ScriptedGpu&) {
        const auto work = nccl.make_collective({.collective = Collective::AllReduce, .bytes = 64});
        EXPECT_EQ(nccl.take_fallback(), "");
        EXPECT_THAT(work->variant().transport, HasSubstr("no NVLS"));
    });
    EXPECT_THAT(thrown, Each(""));
}

TEST_F(NcclTest, AWrongNumberIsSeen) {
    set({.wrong_at_call = 3});  // after the first, alone: the warm one, then three samples
    const auto thrown = run(2, [](Communicator& nccl, ScriptedGpu&) {
        const auto work =
            nccl.make_collective({.collective = Collective::AllGather, .bytes = 1 << 20});
        for (int i = 0; i < 2; ++i) {
            work->run();
            work->verify();
        }
        work->run();
        work->verify();
    });
    EXPECT_THAT(thrown, Each(HasSubstr("wrong numbers of")));
    EXPECT_THAT(thrown[1], HasSubstr("rank 1 got 1"));
}

TEST_F(NcclTest, ACallThatMovesNothingIsSeen) {
    set({.idle_at_call = 2});
    const auto thrown = run(2, [](Communicator& nccl, ScriptedGpu&) {
        const auto work =
            nccl.make_collective({.collective = Collective::Broadcast, .bytes = 1 << 20});
        for (int i = 0; i < 2; ++i) {
            work->run();
            work->verify();
        }
    });
    EXPECT_THAT(thrown, Each(HasSubstr("wrong numbers of")));
}

TEST_F(NcclTest, AHangIsAborted) {
    set({.hangs_at_call = 2});
    options_.operation_patience_s = 0.2;
    const auto thrown = run(2, [](Communicator& nccl, ScriptedGpu&) {
        const auto work =
            nccl.make_collective({.collective = Collective::AllReduce, .bytes = 1 << 20});
        for (int i = 0; i < 2; ++i) {
            work->run();
            work->verify();
        }
    });
    EXPECT_THAT(thrown, Each(AllOf(HasSubstr("all_reduce of 1048576 bytes was not done within"),
                                   HasSubstr("aborted"))));
}

TEST_F(NcclTest, AnAsynchronousErrorEndsTheWait) {
    set({.async_error_after = 2});
    const auto thrown = run(2, [](Communicator& nccl, ScriptedGpu&) {
        const auto work =
            nccl.make_collective({.collective = Collective::SendReceive, .bytes = 1 << 20});
        for (int i = 0; i < 2; ++i) {
            work->run();
            work->verify();
        }
    });
    EXPECT_THAT(thrown, Each(HasSubstr("remote process exited")));
}

TEST_F(NcclTest, ARankThatNeverComesIsNotWaitedForForGood) {
    set({.hangs_at_init = 1});
    options_.init_patience_s = 0.2;
    const auto thrown = run(2, [](Communicator&, ScriptedGpu&) {});
    EXPECT_THAT(thrown, Each(HasSubstr("not all of the 2 ranks came together within 0.2 s")));
}

TEST_F(NcclTest, AGpuThatDoesNotAnswerIsNotTakenForAbsentRanks) {
    class LateGpu : public ScriptedGpu {
      public:
        void use_here() override { answer.get_future().wait(); }
        std::promise<void> answer;
    };
    static LateGpu& gpu =
        *std::make_unique<LateGpu>().release();  // for a thread that nobody waits for
    options_.init_patience_s = 0.1;
    ThreadRanks ranks{1};
    ThreadCommunicator hosts{ranks, 0};
    EXPECT_THAT(
        [&] { (void)make_communicator(gpu, hosts, options_); },
        testing::ThrowsMessage<Error>(HasSubstr("this rank's GPU did not answer within 0.1 s")));
    gpu.answer.set_value();
}

TEST_F(NcclTest, SaysWhyItCannotBegin) {
    set({.fails_at_init = kSystemError});
    const auto thrown = run(2, [](Communicator&, ScriptedGpu&) {});
    EXPECT_THAT(thrown, Each(HasSubstr("ncclCommInitRank: unhandled system error (2)")));
}

TEST_F(NcclTest, WhereThereIsNoneIsUnsupported) {
    options_.library = "/nonexistent/libnccl.so.2";
    EXPECT_THAT(run(1, [](Communicator&, ScriptedGpu&) {}), Each(HasSubstr("no NCCL here")));
    options_.library = kFakeNccl;
    set({.version = 2708});
    EXPECT_THAT(run(1, [](Communicator&, ScriptedGpu&) {}), Each(HasSubstr("this NCCL is 2.7.8")));
}

TEST_F(NcclTest, MakesTheGpuTheOneOfTheThreadThatConnects) {
    EXPECT_THAT(run(2, [](Communicator&, ScriptedGpu&) {}), Each(""));
    EXPECT_EQ(gpus_[0].used, 1);
    EXPECT_EQ(gpus_[1].used, 1);
}

}  // namespace
}  // namespace rackproof::nccl
