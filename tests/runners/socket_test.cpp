#include "runners/socket.hpp"

#include <gmock/gmock.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

#include "core/error.hpp"

namespace rackproof {
namespace {

std::vector<std::byte> bytes(std::string_view text) {
    const auto view = std::as_bytes(std::span{text});
    return {view.begin(), view.end()};
}

std::array<Descriptor, 2> socket_pair() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()) != 0) {
        throw Error{"socketpair", "failed"};
    }
    return {Descriptor{ends[0]}, Descriptor{ends[1]}};
}

TEST(EndpointTest, IsTextAndBack) {
    const Endpoint endpoint = endpoint_from("127.0.0.1:4711");
    EXPECT_EQ(endpoint.address, "127.0.0.1");
    EXPECT_EQ(endpoint.port, 4711);
    EXPECT_EQ(to_string(endpoint), "127.0.0.1:4711");
}

TEST(EndpointTest, RefusesEverythingElse) {
    for (const char* bad : {"", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536",
                            "127.0.0.1:80x", "host:80", ":80", "127.0.0.1:-1", "1.2.3:4"}) {
        EXPECT_THROW((void)endpoint_from(bad), InputError) << bad;
    }
}

TEST(SocketTest, ConnectsToAListenerOnItsAddressAlone) {
    const Descriptor listener = listen_on("127.0.0.1");
    const Endpoint endpoint = local_endpoint(listener);
    EXPECT_EQ(endpoint.address, "127.0.0.1");
    const Descriptor client = connect_to(endpoint, 5);
    EXPECT_TRUE(client);
    EXPECT_EQ(peer_name(client), to_string(endpoint));
    EXPECT_THROW((void)connect_to({"127.0.0.2", endpoint.port}, 5), Error);
    EXPECT_THROW((void)listen_on("no address"), InputError);
}

TEST(SocketTest, APeerThatIsGoneIsNoBytesAndNoSignal) {
    auto [a, b] = socket_pair();
    b.reset();
    EXPECT_FALSE(send_some(a.get(), bytes("hello")));
}

TEST(SocketTest, SendsOnlyWhatThePeerTakes) {
    const auto [a, b] = socket_pair();
    const std::vector<std::byte> much(std::size_t{64} << 20);
    const std::optional<std::size_t> sent = send_some(a.get(), much);
    ASSERT_TRUE(sent);
    EXPECT_GT(*sent, 0U);
    EXPECT_LT(*sent, much.size());
    EXPECT_EQ(send_some(a.get(), much), 0U);
}

TEST(FrameReaderTest, CutsAStreamAtWhateverPiecesItComesIn) {
    std::vector<std::byte> stream;
    for (const char* text : {"one", "", "three"}) {
        const std::vector<std::byte> frame = framed(bytes(text));
        stream.insert(stream.end(), frame.begin(), frame.end());
    }
    for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
        FrameReader reader{100};
        std::vector<std::vector<std::byte>> messages;
        for (std::size_t at = 0; at < stream.size(); at += piece) {
            reader.take_in(std::span{stream}.subspan(at, std::min(piece, stream.size() - at)));
            while (auto message = reader.next()) messages.push_back(std::move(*message));
        }
        EXPECT_THAT(messages, testing::ElementsAre(bytes("one"), bytes(""), bytes("three")));
    }
}

TEST(FrameReaderTest, ALengthOverTheLimitIsAnErrorAtOnce) {
    FrameReader reader{10};
    reader.take_in(framed(std::vector<std::byte>(10)));
    EXPECT_TRUE(reader.next());
    const std::uint32_t huge = 0xFFFFFFFF;
    std::array<std::byte, 4> claim{};
    std::memcpy(claim.data(), &huge, sizeof huge);
    reader.take_in(claim);
    EXPECT_THROW((void)reader.next(), Error);
}

TEST(FrameReaderTest, ReadsWhatCameBeforeTheEnd) {
    auto [a, b] = socket_pair();
    FrameReader reader{100};
    EXPECT_EQ(reader.read_from(b.get()), FrameReader::Arrival::Nothing);
    ASSERT_TRUE(send_some(a.get(), framed(bytes("last"))));
    a.reset();
    EXPECT_EQ(reader.read_from(b.get()), FrameReader::Arrival::Some);
    EXPECT_EQ(reader.next(), bytes("last"));
    EXPECT_EQ(reader.read_from(b.get()), FrameReader::Arrival::End);
}

}  // namespace
}  // namespace rackproof
