#include "runners/handshake.hpp"

#include "core/utf8.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kNonceSize = 32;

enum class Side : std::uint8_t { Controller, Worker };

std::string transcript(Side side, std::string_view hello, std::string_view nonce) {
    std::string text = side == Side::Controller ? "rackproof controller 1:" : "rackproof worker 1:";
    return text.append(nonce).append(hello);
}

std::string_view as_text(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A version as a stranger wrote it, fit to be shown.
std::string shown(const std::string& version) { return shortened(printable(version), 40); }

void check_versions(const message::Hello& hello, const std::string& tool_version) {
    constexpr const char* kAttempted = "let a peer in";
    if (hello.protocol != message::kProtocolName) {
        throw Error{kAttempted, "it does not speak rackproof's back channel"};
    }
    if (hello.protocol_version != message::kProtocolVersion) {
        throw Error{kAttempted, "it speaks version " + std::to_string(hello.protocol_version) +
                                    " of the back channel, the controller version " +
                                    std::to_string(message::kProtocolVersion)};
    }
    if (hello.tool_version != tool_version) {
        throw Error{kAttempted, "it is rackproof " + shown(hello.tool_version) +
                                    ", the controller is rackproof " + tool_version};
    }
}

}  // namespace

void give_way(const message::Refusal& refusal) {
    const std::string answer = "refused: " + shortened(printable(refusal.reason), 400);
    if (refusal.busy) throw Error{"join the run", answer};
    throw NotAdmitted{"join the run", answer};
}

Doorkeeper::Doorkeeper(const Secret& secret, std::string tool_version)
    : secret_{&secret}, tool_version_{std::move(tool_version)} {}

message::Challenge Doorkeeper::challenge(std::span<const std::byte> hello_frame) {
    message::ToController first = message::decode_to_controller(hello_frame);
    auto* hello = std::get_if<message::Hello>(&first);
    if (hello == nullptr) throw Error{"let a peer in", "it did not say hello"};
    check_versions(*hello, tool_version_);
    if (hello->nonce.size() != kNonceSize) throw Error{"let a peer in", "its nonce is malformed"};
    hello_ = std::move(*hello);
    said_ = as_text(hello_frame);
    nonce_ = random_bytes(kNonceSize);
    return {nonce_, secret_->proof(transcript(Side::Controller, said_, nonce_))};
}

const message::Hello& Doorkeeper::admit(std::span<const std::byte> answer_frame) const {
    const message::ToController second = message::decode_to_controller(answer_frame);
    const auto* answer = std::get_if<message::Answer>(&second);
    if (answer == nullptr || !has_challenged()) {
        throw Error{"let a peer in", "it did not answer the challenge"};
    }
    if (!secret_->proves(answer->proof, transcript(Side::Worker, said_, nonce_))) {
        throw Error{"let a peer in", "it does not know the run's secret"};
    }
    return hello_;
}

Visitor::Visitor(const Secret& secret, message::Hello hello, std::string tool_version)
    : secret_{&secret} {
    hello.tool_version = std::move(tool_version);
    hello.nonce = random_bytes(kNonceSize);
    hello_frame_ = message::encode(message::ToController{std::move(hello)});
}

message::Answer Visitor::answer(std::span<const std::byte> frame) const {
    const message::ToWorker reply = message::decode_to_worker(frame);
    if (const auto* refusal = std::get_if<message::Refusal>(&reply)) {
        give_way(*refusal);
    }
    const auto* challenge = std::get_if<message::Challenge>(&reply);
    const std::string_view said = as_text(hello_frame_);
    if (challenge == nullptr || challenge->nonce.size() != kNonceSize ||
        !secret_->proves(challenge->proof, transcript(Side::Controller, said, challenge->nonce))) {
        throw NotAdmitted{"join the run", "the peer is not this run's controller"};
    }
    return {secret_->proof(transcript(Side::Worker, said, challenge->nonce))};
}

}  // namespace rackproof
