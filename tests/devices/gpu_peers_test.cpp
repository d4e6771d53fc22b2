#include <gmock/gmock.h>

#include "core/error.hpp"
#include "devices/gpu/gpu_device.hpp"
#include "devices/gpu/workloads.hpp"
#include "tests/support/scripted_gpu.hpp"

namespace rackproof::gpu {
namespace {

using test::HostGpu;
using test::ScriptedGpu;
using test::wrong_answer;
using testing::AllOf;
using testing::HasSubstr;

constexpr std::int64_t kPeerBytes = 4096;

/// Two GPUs of one process: each takes memory and kernels in its turn alone.
class GpuPeers : public testing::Test {
  protected:
    GpuPeers() {
        first_.facts.facts.pci = "0000:01:00.0";
        second_.facts.facts.pci = "0000:02:00.0";
        first_.among_others = second_.among_others = true;
        first_.use_here();
    }
    ~GpuPeers() override { HostGpu::in_use = nullptr; }

    [[nodiscard]] std::unique_ptr<Workload> copy(PeerCopy kind) {
        return make_peer_copy(first_, second_, kind, kPeerBytes);
    }
    /// Whatever was done with the other one.
    void expect_first_in_use() const { EXPECT_EQ(HostGpu::in_use, &first_); }

    ScriptedGpu first_;
    ScriptedGpu second_;
};

TEST_F(GpuPeers, WhatArrivesIsComparedByTheReceiver) {
    for (const PeerCopy kind : kPeerCopies) {
        const bool both = kind == PeerCopy::EngineBothWays || kind == PeerCopy::KernelBothWays;
        const auto work = copy(kind);
        EXPECT_EQ(work->work().bytes, (both ? 2 : 1) * kPeerBytes);
        EXPECT_THROW(work->verify(), Error) << "it never ran";
        const int first = first_.count("check");
        const int second = second_.count("check");
        work->run();
        EXPECT_EQ(wrong_answer(*work), "") << to_string(kind);
        EXPECT_EQ(second_.count("check"), second + 1) << to_string(kind);
        EXPECT_EQ(first_.count("check"), first + (both ? 1 : 0)) << to_string(kind);
        expect_first_in_use();
    }
    EXPECT_EQ(first_.blocks() + second_.blocks(), 0U) << "all of it was given back";
}

TEST_F(GpuPeers, EachSendsByItselfAndTheFirstSpansBoth) {
    for (const auto& [kind, call] :
         {std::pair{PeerCopy::EngineBothWays, "copy"}, {PeerCopy::KernelBothWays, "stream"}}) {
        const auto work = copy(kind);
        const int before[] = {first_.count(call), second_.count(call), first_.preceded,
                              second_.preceded};
        work->run();
        EXPECT_EQ(first_.count(call), before[0] + 1);
        EXPECT_EQ(second_.count(call), before[1] + 1);
        EXPECT_EQ(first_.preceded, before[2] + 1);
        EXPECT_EQ(second_.preceded, before[3] + 1);
    }
}

TEST_F(GpuPeers, ACopyThatDoesNothingIsSeen) {
    const auto work = copy(PeerCopy::EngineBothWays);
    work->run();
    EXPECT_EQ(wrong_answer(*work), "");
    second_.drops_copies = true;
    work->run();
    EXPECT_THAT(wrong_answer(*work),
                AllOf(HasSubstr("from GPU 0000:02:00.0 to GPU 0000:01:00.0"),
                      HasSubstr("number 0 of 512 arrived as"), HasSubstr("512 are wrong in all")));
    expect_first_in_use();
}

TEST_F(GpuPeers, AWrongNumberNamesBothEnds) {
    const auto work = copy(PeerCopy::Kernel);
    first_.spoils_element = 7;
    work->run();
    EXPECT_THAT(wrong_answer(*work),
                AllOf(HasSubstr("from GPU 0000:01:00.0 to GPU 0000:02:00.0"),
                      HasSubstr("number 7 of 512"), HasSubstr("1 are wrong in all")));
}

TEST_F(GpuPeers, WithoutPeerAccessEnginesGoThroughTheHostAndSaySo) {
    for (ScriptedGpu* blind : {&first_, &second_}) {
        blind->way = PeerWay::ThroughHost;
        const auto work = copy(PeerCopy::Engine);
        work->run();
        EXPECT_EQ(wrong_answer(*work), "");
        EXPECT_THAT(work->variant().transport, HasSubstr("through the host's memory"));
        for (const PeerCopy kind : {PeerCopy::Kernel, PeerCopy::KernelBothWays}) {
            EXPECT_THROW((void)copy(kind), Unsupported);
            expect_first_in_use();
        }
        blind->way = PeerWay::DirectAtomics;
    }
    first_.way = PeerWay::ThroughHost;
    EXPECT_THROW((void)make_peer_chase(first_, second_, 1 << 16, 3), Unsupported);
}

TEST_F(GpuPeers, TheTransportTellsALinkFromABus) {
    EXPECT_EQ(copy(PeerCopy::Engine)->variant().transport,
              "peer access with atomics, as over NVLink");
    second_.way = PeerWay::Direct;
    EXPECT_EQ(copy(PeerCopy::Engine)->variant().transport, "peer access");
}

TEST_F(GpuPeers, AChaseWalksTheOthersMemory) {
    const auto chase = make_peer_chase(first_, second_, 1 << 16, 3);
    EXPECT_EQ(second_.blocks(), 1U);
    chase->run();
    EXPECT_EQ(wrong_answer(*chase), "");
    EXPECT_GT(first_.count("chase"), 0);
    EXPECT_EQ(second_.count("chase"), 0);
    EXPECT_EQ(chase->variant().transport, "peer access with atomics, as over NVLink");
    first_.chase_error = 1;
    chase->run();
    EXPECT_THAT(wrong_answer(*chase), HasSubstr("it ended on line"));
}

TEST_F(GpuPeers, WhatFailsOnTheOtherLeavesTheFirstInUse) {
    second_.failure = {"check", 1, After::Usable};
    const auto work = copy(PeerCopy::Engine);
    work->run();
    EXPECT_THROW(work->verify(), GpuError);
    expect_first_in_use();
    second_.failure = {"allocate", second_.count("allocate") + 1, After::Usable};
    const auto blocks = first_.blocks();
    EXPECT_THROW((void)make_peer_chase(first_, second_, 1 << 16, 3), GpuError);
    expect_first_in_use();
    EXPECT_EQ(first_.blocks(), blocks);
}

TEST_F(GpuPeers, MemoryThatIsNotFreeOnEitherIsSaid) {
    for (ScriptedGpu* full : {&first_, &second_}) {
        full->free = kPeerBytes - 1;
        EXPECT_THROW((void)copy(PeerCopy::Engine), Unsupported);
        full->free = std::size_t{1} << 40U;
    }
    EXPECT_THROW((void)make_peer_copy(first_, second_, PeerCopy::Engine, 8), Error);
}

/// A device whose peers are the test's.
class GpuDevicePeers : public testing::Test {
  protected:
    GpuDevicePeers() : device_{std::make_unique<ScriptedGpu>(), own(), opener()} {}

    static DeviceInfo own() {
        DeviceInfo info;
        info.facts.pci = "0000:01:00.0";
        return info;
    }
    GpuDevice::OpenPeer opener() {
        return [this](const std::string& pci) -> std::unique_ptr<Gpu> {
            opened_.push_back(pci);
            if (pci != "0000:02:00.0") return nullptr;
            auto gpu = std::make_unique<ScriptedGpu>();
            gpu->use_here();
            peer_ = gpu.get();
            return gpu;
        };
    }

    std::vector<std::string> opened_;
    ScriptedGpu* peer_ = nullptr;
    GpuDevice device_;
};

TEST_F(GpuDevicePeers, AreOpenedOnceUntilTheSuiteEnds) {
    (void)device_.make_peer_copy(PeerCopy::Engine, "0000:02:00.0", kPeerBytes);
    (void)device_.make_peer_chase("0000:02:00.0", 1 << 16, 1);
    EXPECT_THAT(opened_, testing::ElementsAre("0000:02:00.0"));
    EXPECT_EQ(HostGpu::in_use, &device_.gpu()) << "the one that was opened took over";
    device_.drop_spare();
    (void)device_.make_peer_copy(PeerCopy::Engine, "0000:02:00.0", kPeerBytes);
    EXPECT_THAT(opened_, testing::SizeIs(2));
}

TEST_F(GpuDevicePeers, ThatThisProcessDoesNotSeeAreSaid) {
    for (const char* pci : {"0000:03:00.0", "", "0000:01:00.0"}) {
        EXPECT_THROW((void)device_.make_peer_copy(PeerCopy::Engine, pci, kPeerBytes), Unsupported);
    }
    GpuDevice alone{std::make_unique<ScriptedGpu>(), own()};
    EXPECT_THROW((void)alone.make_peer_chase("0000:02:00.0", 1 << 16, 1), Unsupported);
}

TEST_F(GpuDevicePeers, ALostPeerLosesTheProcess) {
    const auto work = device_.make_peer_copy(PeerCopy::Engine, "0000:02:00.0", kPeerBytes);
    EXPECT_FALSE(device_.is_lost());
    peer_->failure = {"check", 1, After::Lost};
    work->run();
    EXPECT_THROW(work->verify(), GpuError);
    EXPECT_TRUE(device_.is_lost());
}

}  // namespace
}  // namespace rackproof::gpu
