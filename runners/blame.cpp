#include "runners/blame.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "core/fleet.hpp"
#include "core/utf8.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kLongestEvidence = 1000;

/// Of these there can be several at once; of the others only one is believed.
bool may_be_several(ClueKind kind) {
    return kind == ClueKind::ProbeFailed || kind == ClueKind::BrokeProtocol ||
           kind == ClueKind::DiedOfSignal || kind == ClueKind::WentSilent;
}

std::string joined(std::span<const Clue> clues, const std::vector<std::int32_t>& of_nodes) {
    std::string text;
    for (const Clue& clue : clues) {
        if (std::ranges::find(of_nodes, clue.node) == of_nodes.end()) continue;
        text += (text.empty() ? "" : "; ") + clue.text;
    }
    return shortened(text, kLongestEvidence);
}

bool is_host_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.';
}

/// The word that begins the text, without the dot that may end a sentence behind it.
std::string_view first_word(std::string_view text) {
    std::size_t size = 0;
    while (size < text.size() && is_host_character(text[size])) ++size;
    while (size > 0 && text[size - 1] == '.') --size;
    return text.substr(0, size);
}

}  // namespace

std::vector<std::int32_t> suspects_of(std::span<const Clue> clues) {
    std::vector<std::int32_t> suspects;
    for (const Clue& clue : clues) {
        if (std::ranges::find(suspects, clue.node) == suspects.end()) suspects.push_back(clue.node);
    }
    return suspects;
}

Blame blame_of(std::span<const Clue> clues) {
    Blame blame;
    const auto strongest = std::ranges::min_element(clues, {}, &Clue::kind);
    if (strongest != clues.end() && strongest->kind != ClueKind::NotStarted) {
        std::vector<Clue> of_kind;
        std::ranges::copy_if(clues, std::back_inserter(of_kind),
                             [&](const Clue& clue) { return clue.kind == strongest->kind; });
        const std::vector<std::int32_t> nodes = suspects_of(of_kind);
        if (nodes.size() == 1 || may_be_several(strongest->kind)) blame.guilty = nodes;
        blame.is_proved = strongest->kind <= ClueKind::SlowOnlyWithIt;
    }
    blame.evidence = joined(clues, blame.guilty.empty() ? suspects_of(clues) : blame.guilty);
    return blame;
}

std::vector<std::string> hosts_named_lost(std::string_view words,
                                          std::span<const std::string> hosts) {
    constexpr std::array<std::string_view, 4> kBefore{"on node ", "Node failure on ",
                                                      "srun: error: ", "connect to host "};
    std::set<std::string> named;
    for (const std::string_view before : kBefore) {
        for (std::size_t at = words.find(before); at != std::string::npos;
             at = words.find(before, at + 1)) {
            const std::string_view word = first_word(words.substr(at + before.size()));
            for (const std::string& host : hosts) {
                if (!word.empty() && same_host(word, host)) named.insert(host);
            }
        }
    }
    return {named.begin(), named.end()};
}

}  // namespace rackproof
