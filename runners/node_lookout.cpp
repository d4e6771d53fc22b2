#include "runners/node_lookout.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/utf8.hpp"
#include "hwcheck/node_changes.hpp"

namespace rackproof {
namespace {

constexpr const char* kUnreadable = "hwcheck_unreadable";

}  // namespace

NodeLookout::NodeLookout(std::int32_t node, const RunClock* clock, std::function<Inventory()> read,
                         std::function<void(const record::Record&)> send)
    : node_{node}, clock_{clock}, read_{std::move(read)}, send_{std::move(send)} {}

/// False once it cannot be read whole: a second look would wait as long again.
bool NodeLookout::read(Inventory& into) {
    try {
        into = read_();
    } catch (const std::exception& error) {
        into = {};
        into.events.push_back({"", "error", kUnreadable, error.what()});
    }
    const auto unreadable = std::ranges::find(into.events, kUnreadable, &InventoryEvent::code);
    if (unreadable == into.events.end()) return true;
    tell(*unreadable, "its counters are not read any more");
    into.events.erase(unreadable);
    return false;
}

void NodeLookout::begin() {
    watching_ = read(last_);
    for (const InventoryEvent& event : last_.happened) tell(event, "before the first case");
    last_s_ = clock_->now_s();
}

void NodeLookout::look(std::string_view at_work) {
    if (!watching_) return;
    Inventory now;
    watching_ = read(now);
    // What did not arrive is not gone: it counts as unchanged, behind what did.
    if (!watching_) now.items.insert(now.items.end(), last_.items.begin(), last_.items.end());
    const double now_s = clock_->now_s();
    const std::string when = fmt::format(
        "between {:.1f} s and {:.1f} s of the run, with {} at work", last_s_, now_s, at_work);
    for (const InventoryEvent& event : node_changes(last_, now)) tell(event, when);
    last_ = std::move(now);
    last_s_ = now_s;
}

void NodeLookout::tell(const InventoryEvent& event, std::string_view when) {
    constexpr std::size_t kLongestText = 1024;
    const std::string part = event.part.empty() ? "" : event.part + ": ";
    send_(record::Happened{
        {clock_->now_s(), node_, -1, event.severity, event.code,
         shortened(fmt::format("{}{} ({})", part, event.text, when), kLongestText)}});
}

}  // namespace rackproof
