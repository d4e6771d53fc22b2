#include "runners/handshake.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"

namespace rackproof {
namespace {

using testing::HasSubstr;

std::vector<std::byte> bytes_of(const message::ToController& message) {
    return message::encode(message);
}

class HandshakeTest : public testing::Test {
  protected:
    static message::Hello hello() {
        message::Hello hello;
        hello.job = 3;
        hello.rank = 1;
        return hello;
    }
    static std::string refusal(Doorkeeper& door, const std::vector<std::byte>& frame) {
        try {
            (void)door.challenge(frame);
        } catch (const Error& error) {
            return error.what();
        }
        return "let in";
    }

    Secret secret_ = Secret::random();
    Doorkeeper door_{secret_, "1.2.3"};
    Visitor visitor_{secret_, hello(), "1.2.3"};
};

TEST_F(HandshakeTest, BothSidesProveTheSecret) {
    const message::Challenge challenge = door_.challenge(visitor_.hello_frame());
    const message::Answer answer = visitor_.answer(message::encode(message::ToWorker{challenge}));
    const message::Hello& admitted = door_.admit(bytes_of(answer));
    EXPECT_EQ(admitted.job, 3);
    EXPECT_EQ(admitted.rank, 1);
}

TEST_F(HandshakeTest, AWorkerOfAnotherRunIsRefused) {
    const Secret other = Secret::random();
    const Visitor stranger{other, hello(), "1.2.3"};
    const message::Challenge challenge = door_.challenge(stranger.hello_frame());
    // It sees that this is not its controller, and even if it answered all the same:
    EXPECT_THROW((void)stranger.answer(message::encode(message::ToWorker{challenge})), NotAdmitted);
    EXPECT_THROW((void)door_.admit(bytes_of(message::Answer{other.proof("anything")})), Error);
}

TEST_F(HandshakeTest, AnOldAnswerDoesNotOpenANewDoor) {
    const message::Challenge challenge = door_.challenge(visitor_.hello_frame());
    const message::Answer answer = visitor_.answer(message::encode(message::ToWorker{challenge}));
    Doorkeeper next{secret_, "1.2.3"};
    (void)next.challenge(visitor_.hello_frame());  // the same hello, replayed
    EXPECT_THROW((void)next.admit(bytes_of(answer)), Error);
}

TEST_F(HandshakeTest, TheControllersOwnProofIsNoAnswer) {
    const message::Challenge challenge = door_.challenge(visitor_.hello_frame());
    EXPECT_THROW((void)door_.admit(bytes_of(message::Answer{challenge.proof})), Error);
}

TEST_F(HandshakeTest, AnAnswerWithoutAChallengeIsRefused) {
    EXPECT_THROW((void)door_.admit(bytes_of(message::Answer{secret_.proof("")})), Error);
}

TEST_F(HandshakeTest, AHelloThatWasChangedOnTheWayIsRefused) {
    std::vector<std::byte> changed = visitor_.hello_frame();
    message::Hello other = std::get<message::Hello>(message::decode_to_controller(changed));
    other.rank = 0;
    changed = bytes_of(other);
    const message::Challenge challenge = door_.challenge(changed);
    EXPECT_THROW((void)visitor_.answer(message::encode(message::ToWorker{challenge})), NotAdmitted);
}

TEST_F(HandshakeTest, NamesTheVersionsThatDiffer) {
    const Visitor old{secret_, hello(), "1.2.2"};
    EXPECT_THAT(refusal(door_, old.hello_frame()),
                HasSubstr("it is rackproof 1.2.2, the controller is rackproof 1.2.3"));
    message::Hello newer = hello();
    newer.protocol_version = 7;
    EXPECT_THAT(refusal(door_, bytes_of(newer)), HasSubstr("version 7 of the back channel"));
}

TEST_F(HandshakeTest, RefusesWhatIsNoHello) {
    message::Hello other = hello();
    other.protocol = "HTTP";
    EXPECT_THAT(refusal(door_, bytes_of(other)), HasSubstr("does not speak"));
    message::Hello bare = hello();
    bare.tool_version = "1.2.3";
    bare.nonce = "short";
    EXPECT_THAT(refusal(door_, bytes_of(bare)), HasSubstr("nonce"));
    EXPECT_THAT(refusal(door_, bytes_of(message::Heartbeat{})), HasSubstr("did not say hello"));
    EXPECT_THAT(refusal(door_, {}), HasSubstr("too early"));
}

TEST_F(HandshakeTest, ARefusalIsFinalUnlessTheControllerIsBusy) {
    const auto frame = [](bool busy) {
        return message::encode(message::ToWorker{message::Refusal{"no\x1b[2J", busy}});
    };
    EXPECT_THROW((void)visitor_.answer(frame(false)), NotAdmitted);
    try {
        (void)visitor_.answer(frame(true));
        ADD_FAILURE() << "no error";
    } catch (const NotAdmitted&) {
        ADD_FAILURE() << "final, though only busy";
    } catch (const Error& error) {
        EXPECT_THAT(error.what(), testing::Not(HasSubstr("\x1b")));
    }
}

}  // namespace
}  // namespace rackproof
