#pragma once

#include <cstddef>
#include <string_view>

#include "core/run.hpp"

/// The columns of the run file's tables, once for both directions: `visit` is called with each
/// column's name in the file and its member of the row. Names, once released, never change.
namespace rackproof::run_file {

inline constexpr int kFormatVersion = 1;
inline constexpr std::string_view kFormatName = "rackproof-run";

/// Bytes of a reason's or an event's text that are kept: a column of texts costs its longest for
/// every row, and what a dying rank printed may be long.
inline constexpr std::size_t kLongestProse = 4096;

/// The labels stand beside these as JSON.
template <class Visit>
void node_columns(Visit visit) {
    visit("name", &Node::name);
    visit("rack", &Node::rack);
    visit("row", &Node::row);
    visit("slot", &Node::slot);
    visit("sku", &Node::sku);
    visit("vendor", &Node::vendor);
    visit("state", &Node::state);
}

template <class Visit>
void device_columns(Visit visit) {
    visit("node", &Device::node);
    visit("index", &Device::index);
    visit("kind", &Device::kind);
    visit("model", &Device::model);
    visit("uuid", &Device::uuid);
    visit("serial", &Device::serial);
    visit("pci", &Device::pci);
    visit("vbios", &Device::vbios);
    visit("driver", &Device::driver);
}

template <class Visit>
void variant_columns(Visit visit) {
    visit("parameters", &Variant::parameters);
    visit("algorithm", &Variant::algorithm);
    visit("library", &Variant::library);
    visit("transport", &Variant::transport);
}

template <class Visit>
void reason_columns(Visit visit) {
    visit("metric", &Reason::metric);
    visit("target", &Reason::row);
    visit("text", &Reason::text);
}

/// Here the columns are the members themselves, vectors of equal length.
template <class Visit>
void rank_columns(Visit visit) {
    visit("cell", &RankTimes::cell);
    visit("rank", &RankTimes::rank);
    visit("repetition", &RankTimes::repetition);
    visit("entry", &RankTimes::entry);
    visit("exit", &RankTimes::exit);
    visit("clock_error", &RankTimes::clock_error);
}

template <class Visit>
void event_columns(Visit visit) {
    visit("time", &Event::time);
    visit("node", &Event::node);
    visit("device", &Event::device);
    visit("severity", &Event::severity);
    visit("code", &Event::code);
    visit("text", &Event::text);
}

/// The attributes of the root that are texts.
template <class Visit>
void root_texts(Visit visit) {
    visit("run_id", &Run::run_id);
    visit("started", &Run::started);
    visit("finished", &Run::finished);
    visit("tool_version", &Run::tool_version);
    visit("plan_name", &Run::plan_name);
    visit("launcher", &Run::launcher);
}

}  // namespace rackproof::run_file
