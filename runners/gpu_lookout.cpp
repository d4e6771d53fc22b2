#include "runners/gpu_lookout.hpp"

#include <fmt/format.h>

#include <utility>

#include "core/utf8.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kLongestText = 1024;

std::string text_or_none(const GpuFacts& facts, const std::string& key) {
    const auto found = facts.find(key);
    return found == facts.end() ? "" : found->second.value().value_or("");
}

}  // namespace

GpuLookout::GpuLookout(Place place, const RunClock* clock,
                       std::function<void(const record::Record&)> send)
    : place_{place}, clock_{clock}, send_{std::move(send)} {}

void GpuLookout::begin(const std::function<std::shared_ptr<GpuSource>()>& open) {
    std::shared_ptr<GpuSource> gpu;
    try {
        gpu = open();
    } catch (const std::exception& error) {
        return give_up("nvml_failed", error.what());
    }
    const GpuRead<GpuFacts> facts = gpu->facts();
    if (!facts.code.empty()) return give_up(facts.code, facts.problem);
    say_facts(facts.reading);
    GpuRead<GpuState> state = gpu->state();
    if (!state.code.empty()) return give_up(state.code, state.problem);
    for (const GpuChange& change : gpu_troubles(state.reading)) tell(change, "at the first look");
    gpu_ = std::move(gpu);
    sensors_ = gpu_sensors(gpu_);
    last_ = std::move(state.reading);
    last_s_ = clock_->now_s();
}

void GpuLookout::look(std::string_view at_work) {
    if (!gpu_) return;
    GpuRead<GpuState> state = gpu_->state();
    const double now_s = clock_->now_s();
    if (!state.code.empty()) return give_up(state.code, state.problem);
    const std::string when = fmt::format(
        "between {:.1f} s and {:.1f} s of the run, with {} at work", last_s_, now_s, at_work);
    for (const GpuChange& change : gpu_changes(last_, state.reading, now_s - last_s_)) {
        tell(change, when);
    }
    last_ = std::move(state.reading);
    last_s_ = now_s;
}

/// What was not answered is one fact of its own, so that "none" is never taken for "0".
void GpuLookout::say_facts(const GpuFacts& facts) {
    const std::string source = "NVML " + text_or_none(facts, "nvml");
    std::string missing;
    const auto say = [&](const std::string& key, const std::string& value) {
        send_(record::Fact{"nvml." + key, Scope::Device, place_.device, source, value});
    };
    for (const auto& [key, answer] : facts) {
        say(key, answer.value().value_or(""));
        if (!answer) missing += (missing.empty() ? "" : "; ") + key + ": " + answer.why();
    }
    say("not_known", missing);
}

void GpuLookout::tell(const GpuChange& change, std::string_view when) {
    send_(
        record::Happened{{clock_->now_s(), place_.node, place_.device, change.severity, change.code,
                          shortened(fmt::format("{} ({})", change.text, when), kLongestText)}});
}

void GpuLookout::give_up(std::string_view code, std::string_view problem) {
    gpu_.reset();
    tell({"error", std::string{code}, std::string{problem}}, "it is not read any more");
}

}  // namespace rackproof
