#include "runners/back_channel.hpp"

#include <gmock/gmock.h>

#include <cstring>
#include <functional>
#include <future>
#include <thread>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/version.hpp"
#include "runners/worker_channel.hpp"

namespace rackproof {
namespace {

using testing::AnyOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

message::Hello hello_of(std::int32_t job, std::int32_t rank) {
    message::Hello hello;
    hello.job = job;
    hello.rank = rank;
    return hello;
}

class BackChannelTest : public testing::Test {
  protected:
    /// Serves until `done`; every test ends or its time-out does it.
    void serve_until(const std::function<bool()>& done) {
        while (!done()) {
            for (Arrival& arrival : channel_.handle(now_s_)) {
                if (auto* joined = std::get_if<arrival::Joined>(&arrival)) {
                    joined_.push_back(joined->id);
                    if (welcomes_) channel_.send(joined->id, message::Welcome{});
                } else if (auto* said = std::get_if<arrival::Said>(&arrival)) {
                    said_.push_back(std::move(*said));
                } else if (auto* closed = std::get_if<arrival::Closed>(&arrival)) {
                    closed_.push_back(std::move(*closed));
                } else {
                    refused_.push_back(std::get<arrival::Refused>(arrival).text);
                }
            }
        }
    }
    void serve_until_refused(std::size_t count) {
        serve_until([&] { return refused_.size() >= count; });
    }

    /// Joins from another thread while this one serves.
    [[nodiscard]] std::future<Admission> joining(const Secret& secret, std::int32_t job,
                                                 std::int32_t rank) {
        return std::async(std::launch::async, [this, &secret, job, rank] {
            return join(channel_.endpoint(), secret, hello_of(job, rank), 5);
        });
    }
    [[nodiscard]] Admission joined(std::int32_t job, std::int32_t rank) {
        std::future<Admission> admission = joining(secret_, job, rank);
        serve_until([&] {
            return admission.wait_for(std::chrono::milliseconds(1)) == std::future_status::ready;
        });
        return admission.get();
    }
    [[nodiscard]] Descriptor stranger() const { return connect_to(channel_.endpoint(), 5); }
    static void say(const Descriptor& socket, std::span<const std::byte> bytes) {
        ASSERT_EQ(send_some(socket.get(), bytes), bytes.size());
    }
    static std::vector<std::byte> frame_of(const message::ToController& message) {
        return framed(message::encode(message));
    }
    /// The message that a stranger gets, while the channel serves.
    message::ToWorker reply_to(const Descriptor& socket) {
        FrameReader reader{kFrameLimit};
        std::optional<std::vector<std::byte>> frame;
        serve_until([&] {
            (void)reader.read_from(socket.get());
            frame = reader.next();
            return frame.has_value();
        });
        return message::decode_to_worker(*frame);
    }

    Secret secret_ = Secret::random();
    BackChannel channel_{"127.0.0.1", secret_, kVersion};
    double now_s_ = 0;
    bool welcomes_ = true;
    std::vector<RankId> joined_;
    std::vector<arrival::Said> said_;
    std::vector<arrival::Closed> closed_;
    std::vector<std::string> refused_;
};

TEST_F(BackChannelTest, CarriesMessagesBothWays) {
    channel_.expect(4, 2);
    const Admission admission = joined(4, 1);
    EXPECT_THAT(joined_, testing::ElementsAre(RankId{4, 1}));
    say(admission.socket, frame_of(message::Heartbeat{"multiply"}));
    serve_until([&] { return !said_.empty(); });
    EXPECT_EQ(said_[0].id, (RankId{4, 1}));
    EXPECT_EQ(std::get<message::Heartbeat>(said_[0].message).operation, "multiply");
    channel_.send({4, 1}, message::Quit{});
    EXPECT_TRUE(std::holds_alternative<message::Quit>(reply_to(admission.socket)));
}

TEST_F(BackChannelTest, TenThousandRecordsArriveInOrder) {
    channel_.expect(0, 2);
    std::vector<Admission> ranks;
    ranks.push_back(joined(0, 0));
    ranks.push_back(joined(0, 1));
    constexpr std::int32_t kRecords = 10'000;
    std::vector<std::thread> threads;
    for (Admission& admission : ranks) {
        threads.emplace_back([&admission] {
            WorkerChannel channel{std::move(admission), {}};
            for (std::int32_t i = 0; i < kRecords; ++i) {
                channel.send(message::report(record::Operation{0, i, 0, std::string(300, 'x')}));
            }
            (void)channel.flush(30);
        });
    }
    serve_until([&] { return said_.size() == 2 * kRecords; });
    for (std::thread& thread : threads) thread.join();
    std::array<std::int32_t, 2> next{};
    for (const arrival::Said& said : said_) {
        const auto record = message::record_of(std::get<message::Report>(said.message));
        ASSERT_EQ(std::get<record::Operation>(record).cell,
                  next.at(static_cast<std::size_t>(said.id.rank))++);
    }
}

TEST_F(BackChannelTest, WhatWasSentBeforeADeathArrives) {
    channel_.expect(0, 1);
    {
        const Admission admission = joined(0, 0);
        channel_.send({0, 0}, message::Quit{});  // never read: the kernel resets the connection
        say(admission.socket, frame_of(message::Dying{11}));
    }
    serve_until([&] { return !closed_.empty(); });
    ASSERT_THAT(said_, SizeIs(1));
    EXPECT_EQ(std::get<message::Dying>(said_[0].message).signal, 11);
    EXPECT_FALSE(closed_[0].problem);
}

TEST_F(BackChannelTest, AWrongSecretIsRefusedOnBothSides) {
    channel_.expect(0, 1);
    const Secret other = Secret::random();
    std::future<Admission> admission = joining(other, 0, 0);
    serve_until_refused(1);
    EXPECT_THROW((void)admission.get(), NotAdmitted);
    EXPECT_THAT(joined_, IsEmpty());
}

TEST_F(BackChannelTest, ARankThatIsNotExpectedIsRefused) {
    channel_.expect(1, 1);
    for (const RankId id : {RankId{1, 1}, RankId{2, 0}, RankId{1, -1}}) {
        std::future<Admission> admission = joining(secret_, id.job, id.rank);
        const std::size_t before = refused_.size();
        serve_until_refused(before + 1);
        EXPECT_THAT(refused_.back(), HasSubstr("is not expected"));
        EXPECT_THROW((void)admission.get(), NotAdmitted);
    }
}

TEST_F(BackChannelTest, ARankJoinsOnceOnly) {
    channel_.expect(0, 1);
    const Admission first = joined(0, 0);
    std::future<Admission> second = joining(secret_, 0, 0);
    serve_until_refused(1);
    EXPECT_THROW((void)second.get(), NotAdmitted);
    say(first.socket, frame_of(message::Heartbeat{}));
    serve_until([&] { return !said_.empty(); });
    EXPECT_THAT(closed_, IsEmpty());
}

TEST_F(BackChannelTest, GarbageIsRefused) {
    const Descriptor peer = stranger();
    say(peer, framed(std::vector<std::byte>(100, std::byte{'x'})));
    serve_until_refused(1);
    EXPECT_THAT(refused_[0], HasSubstr("127.0.0.1"));
}

TEST_F(BackChannelTest, AHugeLengthIsRefusedAtOnce) {
    for (const std::uint32_t claim : {0xFFFFFFFFU, static_cast<std::uint32_t>(2U << 20)}) {
        const Descriptor peer = stranger();
        std::array<std::byte, 4> bytes{};
        std::memcpy(bytes.data(), &claim, sizeof claim);
        say(peer, bytes);
        const std::size_t before = refused_.size();
        serve_until_refused(before + 1);
        EXPECT_THAT(refused_.back(), HasSubstr("the limit is 4096"));
    }
}

TEST_F(BackChannelTest, AReplayedConversationIsRefused) {
    channel_.expect(0, 2);
    const Visitor visitor{secret_, hello_of(0, 0), kVersion};
    const Descriptor first = stranger();
    say(first, framed(visitor.hello_frame()));
    const message::ToWorker challenge = reply_to(first);
    const auto answer = frame_of(visitor.answer(message::encode(challenge)));
    say(first, answer);
    serve_until([&] { return !joined_.empty(); });

    const Descriptor second = stranger();
    say(second, framed(visitor.hello_frame()));
    (void)reply_to(second);
    say(second, answer);
    serve_until_refused(1);
    EXPECT_THAT(refused_[0], HasSubstr("does not know the run's secret"));
    EXPECT_THAT(joined_, SizeIs(1));
}

TEST_F(BackChannelTest, WhoIsSlowIsRefused) {
    const Descriptor peer = stranger();
    say(peer, std::vector<std::byte>(2));  // half a length
    serve_until([&] { return !channel_.handle(now_s_).empty() || now_s_++ > 3; });
    EXPECT_THAT(refused_, IsEmpty());
    now_s_ += 2 * BackChannel::kAdmissionTime_s;
    serve_until_refused(1);
    EXPECT_THAT(refused_[0], HasSubstr("in time"));
}

TEST_F(BackChannelTest, ManyStrangersKeepNoRankOut) {
    channel_.expect(0, 1);
    std::vector<Descriptor> strangers;
    for (std::size_t i = 0; i < 2 * BackChannel::kMostStrangers; ++i) {
        strangers.push_back(stranger());
        serve_until([] { return true; });
        (void)channel_.handle(now_s_);
        now_s_ += 0.001;
    }
    const Admission admission = joined(0, 0);
    EXPECT_THAT(joined_, SizeIs(1));
}

TEST_F(BackChannelTest, WhoHasSaidHelloOutlastsTheSilent) {
    channel_.expect(0, 1);
    const Visitor visitor{secret_, hello_of(0, 0), kVersion};
    const Descriptor first = stranger();  // the oldest of all
    say(first, framed(visitor.hello_frame()));
    const message::ToWorker challenge = reply_to(first);
    std::vector<Descriptor> silent;
    while (silent.size() < BackChannel::kMostStrangers + 10) {
        silent.push_back(stranger());
        serve_until([] { return true; });
        (void)channel_.handle(now_s_);
    }
    say(first, frame_of(visitor.answer(message::encode(challenge))));
    serve_until([&] { return !joined_.empty(); });
    EXPECT_THAT(joined_, testing::ElementsAre(RankId{0, 0}));
}

TEST_F(BackChannelTest, AStrangerThatSendsWithoutEndIsRefused) {
    const Descriptor peer = stranger();
    std::vector<std::byte> whole(5000, std::byte{1});  // a length of 16 MiB, and no end
    while (refused_.empty()) {
        (void)send_some(peer.get(), whole);
        serve_until([] { return true; });
        for (const Arrival& arrival : channel_.handle(now_s_)) {
            if (const auto* refused = std::get_if<arrival::Refused>(&arrival)) {
                refused_.push_back(refused->text);
            }
        }
    }
    EXPECT_THAT(refused_[0], HasSubstr("the limit is 4096"));
}

TEST_F(BackChannelTest, ARankThatBreaksTheProtocolIsClosedWithTheProblem) {
    channel_.expect(0, 1);
    const Admission admission = joined(0, 0);
    say(admission.socket, framed(std::vector<std::byte>(10, std::byte{0xEE})));
    serve_until([&] { return !closed_.empty(); });
    ASSERT_TRUE(closed_[0].problem);
    EXPECT_THAT(*closed_[0].problem, HasSubstr("not known"));
}

TEST_F(BackChannelTest, AForgottenJobIsClosedAndLetsNobodyIn) {
    channel_.expect(0, 2);
    const Admission admission = joined(0, 0);
    channel_.forget(0);
    FrameReader reader{kFrameLimit};
    EXPECT_EQ(reader.read_from(admission.socket.get()), FrameReader::Arrival::End);
    std::future<Admission> late = joining(secret_, 0, 1);
    serve_until_refused(1);
    EXPECT_THROW((void)late.get(), NotAdmitted);
    EXPECT_THAT(closed_, IsEmpty());
    channel_.send({0, 0}, message::Quit{});  // to nobody
}

TEST_F(BackChannelTest, ARankThatTakesNothingInIsClosed) {
    channel_.expect(0, 1);
    const Admission admission = joined(0, 0);
    message::RunCell order;
    CaseSpec spec;
    spec.definition = std::string(std::size_t{1} << 20, 'x');
    order.cells.assign(4, {0, true, spec});
    serve_until([&] {
        channel_.send({0, 0}, order);
        return !closed_.empty();
    });
    EXPECT_EQ(closed_[0].problem, "takes nothing in");
}

TEST(WorkerChannelTest, SaysSoOnceWhenTheControllerHasGone) {
    const Secret secret = Secret::random();
    auto channel = std::make_unique<BackChannel>("127.0.0.1", secret, kVersion);
    channel->expect(0, 1);
    std::future<Admission> admission =
        std::async(std::launch::async,
                   [&, to = channel->endpoint()] { return join(to, secret, hello_of(0, 0), 5); });
    while (admission.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready) {
        for (const Arrival& arrival : channel->handle(0)) {
            if (std::holds_alternative<arrival::Joined>(arrival)) {
                channel->send({0, 0}, message::Welcome{});
            }
        }
    }
    std::promise<void> gone;
    WorkerChannel worker{admission.get(), {{}, [&] { gone.set_value(); }}};
    channel.reset();
    gone.get_future().wait();
    EXPECT_FALSE(worker.next_command());
    worker.send(message::Heartbeat{});  // to nobody, and without waiting
    EXPECT_FALSE(worker.flush(1));
}

TEST(WorkerChannelTest, NobodyThereIsAnError) {
    const Endpoint endpoint = local_endpoint(listen_on("127.0.0.1"));  // and closed again
    EXPECT_THROW((void)join(endpoint, Secret::random(), hello_of(0, 0), 0.3), Error);
}

}  // namespace
}  // namespace rackproof
