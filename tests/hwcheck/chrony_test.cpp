#include "hwcheck/linux/chrony.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <thread>
#include <vector>

#include "core/descriptor.hpp"

namespace rackproof {
namespace {

using testing::HasSubstr;

using Packet = std::vector<std::byte>;

void put(Packet& packet, std::size_t at, const std::vector<int>& bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i)
        packet[at + i] = static_cast<std::byte>(bytes[i]);
}

/// What chronyd 4.3 answered to question 0x1234 after `chronyc settime` had told it that its clock
/// was 29.387662888 s behind: stratum 5, synchronised; its delay and dispersion set here to
/// 1 and 0.25 s.
Packet answer() {
    Packet packet(104);
    put(packet, 0, {6, 2, 0, 0, 0, 33, 0, 5});
    put(packet, 16, {0, 0, 0x12, 0x34});
    put(packet, 28 + 24, {0, 5, 0, 0});
    put(packet, 28 + 40, {0x0C, 0xEB, 0x19, 0xEF});  // 29.38766288757...
    put(packet, 28 + 48, {0x0C, 0xEB, 0x19, 0xEF});
    put(packet, 28 + 64, {0x04, 0x80, 0x00, 0x00});  // 2^23 * 2^(2 - 25)
    put(packet, 28 + 68, {0x00, 0x80, 0x00, 0x00});
    return packet;
}

TEST(ChronyAnswer, IsOfTheClockAgainstNtp) {
    const ChronyAnswer read = chrony_answer(answer(), 0x1234);
    ASSERT_TRUE(read.tracking) << read.why_not;
    EXPECT_EQ(read.tracking->stratum, 5);
    EXPECT_TRUE(read.tracking->is_synchronised);
    EXPECT_NEAR(read.tracking->offset_s, -29.387662888, 1e-6) << "behind";
    EXPECT_NEAR(read.tracking->rms_offset_s, 29.387662888, 1e-6);
    EXPECT_DOUBLE_EQ(read.tracking->root_delay_s, 1);
    EXPECT_DOUBLE_EQ(read.tracking->root_dispersion_s, 0.25);
    EXPECT_NEAR(read.tracking->error_bound_s(), 29.387662888 + 0.25 + 0.5, 1e-6);
}

TEST(ChronyAnswer, ANegativeCorrectionIsAClockAhead) {
    Packet packet = answer();
    put(packet, 28 + 40, {0xFD, 0x80, 0x00, 0x00});  // -2^23 * 2^(-2 - 25)
    EXPECT_DOUBLE_EQ(chrony_answer(packet, 0x1234).tracking->offset_s, 0.0625);
}

TEST(ChronyAnswer, WhatIsNoneHasNoNumber) {
    const auto why = [](std::size_t at, int byte) {
        Packet packet = answer();
        put(packet, at, {byte});
        const ChronyAnswer read = chrony_answer(packet, 0x1234);
        EXPECT_FALSE(read.tracking);
        return read.why_not;
    };
    EXPECT_THAT(why(0, 7), HasSubstr("version 6"));
    EXPECT_THAT(why(1, 1), HasSubstr("version 6"));
    EXPECT_THAT(why(19, 0), HasSubstr("another question"));
    EXPECT_THAT(why(9, 2), HasSubstr("refuses to answer (status 2)"));
    EXPECT_THAT(why(28 + 24, 1), HasSubstr("stratum"));
    Packet cut = answer();
    cut.pop_back();
    EXPECT_THAT(chrony_answer(cut, 0x1234).why_not, HasSubstr("version 6"));
    EXPECT_THAT(chrony_answer({}, 0x1234).why_not, HasSubstr("version 6"));
}

TEST(ChronyAnswer, SaysThatItIsNotSynchronised) {
    Packet packet = answer();
    put(packet, 28 + 26, {0, 3});
    EXPECT_FALSE(chrony_answer(packet, 0x1234).tracking->is_synchronised);
}

/// A port of the loopback on which somebody answers `packet` with the question's number in it, or
/// nobody does.
class Responder {
  public:
    Responder() {
        address_.sin_family = AF_INET;
        address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address_;
        EXPECT_EQ(::bind(channel_.get(), reinterpret_cast<sockaddr*>(&address_), size), 0);
        EXPECT_EQ(::getsockname(channel_.get(), reinterpret_cast<sockaddr*>(&address_), &size), 0);
    }
    [[nodiscard]] std::uint16_t port() const { return ntohs(address_.sin_port); }

    void answer_once(Packet packet) const {
        std::array<std::byte, 512> asked{};
        sockaddr_in from{};
        socklen_t size = sizeof from;
        const ssize_t got = ::recvfrom(channel_.get(), asked.data(), asked.size(), 0,
                                       reinterpret_cast<sockaddr*>(&from), &size);
        ASSERT_EQ(got, 104) << "no shorter than the answer";
        EXPECT_EQ(asked[5], std::byte{33});
        std::copy_n(asked.begin() + 8, 4, packet.begin() + 16);
        ::sendto(channel_.get(), packet.data(), packet.size(), 0,
                 reinterpret_cast<const sockaddr*>(&from), size);
    }

  private:
    Descriptor channel_{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    sockaddr_in address_{};
};

TEST(AskChrony, TellsWhatItAnswers) {
    const Responder responder;
    std::jthread chronyd{[&] { responder.answer_once(answer()); }};
    const ChronyAnswer read = ask_chrony(responder.port());
    ASSERT_TRUE(read.tracking) << read.why_not;
    EXPECT_EQ(read.tracking->stratum, 5);
}

TEST(AskChrony, WaitsForNobodyLong) {
    const Responder silent;
    EXPECT_EQ(ask_chrony(silent.port()).why_not, "no chronyd answers");
    std::uint16_t closed = 0;
    {
        const Responder gone;
        closed = gone.port();
    }
    EXPECT_EQ(ask_chrony(closed).why_not, "no chronyd answers");
}

}  // namespace
}  // namespace rackproof
