#include "tests/support/memory_context.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"

namespace rackproof::test {

const CaseSpec& MemoryContext::case_named(std::string_view name) const {
    const auto found = std::ranges::find(cases_, name, &CaseSpec::name);
    if (found == cases_.end()) throw Error{"record " + std::string{name}, "no such case"};
    return *found;
}

Communicator& MemoryContext::communicator() {
    if (ranks == nullptr) throw Unsupported{"the ranks of this job do not talk to each other"};
    return *ranks;
}

void MemoryContext::check(std::string_view name, const std::vector<double>& samples,
                          const std::vector<double>& times_s) const {
    const CaseSpec& spec = case_named(name);
    const std::string attempted = "record " + spec.name;
    const bool finite = std::ranges::all_of(samples, [](double v) { return std::isfinite(v); });
    if (samples.empty()) throw Error{attempted, "no samples"};
    if (!finite) throw Error{attempted, "a sample is no finite number"};
    if (samples.size() > static_cast<std::size_t>(spec.repetitions)) {
        throw Error{attempted, "more samples than repetitions"};
    }
    if (!times_s.empty() && times_s.size() != samples.size()) {
        throw Error{attempted, "the times are not as many as the samples"};
    }
}

void MemoryContext::record(std::string_view case_name, std::vector<double> samples,
                           std::vector<double> times_s, const Variant& variant) {
    const std::string& name = case_named(case_name).name;
    const bool stands = parts.contains(name) || parts_stand;
    if (!samples.empty() || !stands) check(name, samples, times_s);
    const bool first = recorded
                           .emplace(name, Recorded{.samples = std::move(samples),
                                                   .times_s = std::move(times_s),
                                                   .variant = variant})
                           .second;
    if (!first) throw Error{"record " + name, "recorded twice"};
}

void MemoryContext::record_part(std::string_view case_name, std::vector<double> samples,
                                std::vector<double> times_s, const Variant& variant) {
    check(case_name, samples, times_s);
    parts[case_named(case_name).name].push_back(
        {.samples = std::move(samples), .times_s = std::move(times_s), .variant = variant});
}

void MemoryContext::skip(std::string_view case_name, std::string_view reason) {
    skipped.emplace(case_named(case_name).name, reason);
}

void MemoryContext::record_rank_times(std::string_view case_name, std::vector<double> entry_s,
                                      std::vector<double> exit_s, double clock_error_s) {
    rank_times[case_named(case_name).name] = {
        .entry_s = std::move(entry_s), .exit_s = std::move(exit_s), .clock_error_s = clock_error_s};
}

void MemoryContext::reading(const Sensor& sensor, double value) {
    if (refuse_readings) {
        ++refused;
        throw Error{"send a reading", "the test refuses it"};
    }
    const std::scoped_lock lock{reading_};
    read[sensor.name].push_back(value);
}

void MemoryContext::event(std::string_view severity, std::string_view code, std::string_view text) {
    const std::scoped_lock lock{reading_};
    events.push_back(
        {now_s(), 0, rank, std::string{severity}, std::string{code}, std::string{text}});
}

void MemoryContext::node_fact(std::string_view key, std::string_view, std::string_view value) {
    node_facts.emplace(key, value);
}

void MemoryContext::node_event(std::string_view severity, std::string_view code,
                               std::string_view text) {
    events.push_back({now_s(), 0, -1, std::string{severity}, std::string{code}, std::string{text}});
}

std::size_t MemoryContext::readings() const {
    const std::scoped_lock lock{reading_};
    std::size_t count = 0;
    for (const auto& [name, values] : read) count += values.size();
    return count;
}

}  // namespace rackproof::test
