#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/descriptor.hpp"

namespace rackproof::nccl {

/// How NCCL did a collective, by its own words.
struct Choice {
    std::string algorithm;  ///< "RING", "TREE", "NVLS", ...
    std::string protocol;   ///< "SIMPLE", "LL", "LL128"
    int channels = 0;       ///< 0: not said
};

/// What NCCL has said so far in its debug output (NCCL_DEBUG=INFO with the subsystems INIT, NET and
/// TUNING): how its ranks are connected, and what it chose for each collective. The lines are those
/// of NCCL 2.18 to 2.30 (src/init.cc, src/enqueue.cc, src/transport/*.cc); what it does not say is
/// not known, and is never guessed.
class OwnWords {
  public:
    void read(std::string_view text);  ///< may end in the middle of a line; goes on there

    /// How this rank's channels go, without the numbers that differ from rank to rank: "P2P/CUMEM",
    /// "SHM", "NET/IB/GDRDMA", "NET/Socket".
    [[nodiscard]] const std::set<std::string>& transports() const { return transports_; }
    [[nodiscard]] const std::string& network() const { return network_; }  ///< "IB", "Socket"
    /// nullopt if it said nothing of it.
    [[nodiscard]] const std::optional<bool>& nvls() const { return nvls_; }
    /// The last choice for this function ("AllReduce") and size in bytes of what NCCL counts.
    [[nodiscard]] std::optional<Choice> choice(const std::string& function) const;

  private:
    void read_line(std::string_view line);

    std::string rest_;
    std::set<std::string> transports_;
    std::string network_;
    std::optional<bool> nvls_;
    std::map<std::string, Choice> choices_;
};

/// Where NCCL's debug output of this process goes: memory, of which nothing is left when it ends.
class OwnWordsFile {
  public:
    /// Sets NCCL_DEBUG, NCCL_DEBUG_SUBSYS and NCCL_DEBUG_FILE; before NCCL's first call, which
    /// reads them once. One a process.
    OwnWordsFile();

    /// Where what is written from now on begins.
    [[nodiscard]] long end() const;

    /// Reads on, from `position`, which goes on as well. One reader at a time is served for long.
    void read_into(OwnWords& words, long& position) const;

  private:
    Descriptor file_;
};

}  // namespace rackproof::nccl
