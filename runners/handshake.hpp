#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "runners/message.hpp"
#include "runners/secret.hpp"

namespace rackproof {

/// The controller will not have us, and will not change its mind.
class NotAdmitted : public Error {
  public:
    using Error::Error;
};

/// Throws NotAdmitted, or Error if the controller is only busy now.
[[noreturn]] void give_way(const message::Refusal& refusal);

// Each side sends a nonce and proves the run's secret over the whole of what was said: the
// Hello as it was sent, and the controller's nonce. The two proofs carry different prefixes, so
// that neither can be sent back as the other, and no old one fits a new nonce.

/// The controller's side of one connection, from the first frame to the last word on whether the
/// peer is let in. Every method throws Error if it is not, with a reason that may be told.
class Doorkeeper {
  public:
    Doorkeeper(const Secret& secret, std::string tool_version);

    /// For the first frame: the versions are checked, and the peer is challenged.
    [[nodiscard]] message::Challenge challenge(std::span<const std::byte> hello_frame);

    /// For the second frame: lets the peer in, as who its Hello said it was.
    [[nodiscard]] const message::Hello& admit(std::span<const std::byte> answer_frame) const;

    [[nodiscard]] bool has_challenged() const { return !nonce_.empty(); }

  private:
    const Secret* secret_;
    std::string tool_version_;
    message::Hello hello_;
    std::string said_;  ///< the Hello's bytes
    std::string nonce_;
};

/// The worker's side.
class Visitor {
  public:
    /// Fills in protocol, tool version and nonce of `hello`.
    Visitor(const Secret& secret, message::Hello hello, std::string tool_version);

    [[nodiscard]] const std::vector<std::byte>& hello_frame() const { return hello_frame_; }

    /// The answer to the controller's first frame. Throws NotAdmitted if it refused us or
    /// does not know the secret itself, Error if it is only busy.
    [[nodiscard]] message::Answer answer(std::span<const std::byte> frame) const;

  private:
    const Secret* secret_;
    std::vector<std::byte> hello_frame_;
};

}  // namespace rackproof
