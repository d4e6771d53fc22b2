#include "runners/worker_context.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>

#include "core/error.hpp"
#include "core/utf8.hpp"
#include "runners/task.hpp"
#include "suites/suite.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kLongestText = 1024;

std::string quoted(std::string_view name) { return "'" + std::string{name} + "'"; }

void check_finite(std::string_view what, const std::vector<double>& values) {
    const auto bad = std::ranges::find_if_not(values, [](double v) { return std::isfinite(v); });
    if (bad == values.end()) return;
    throw Error{what, "sample " + std::to_string(bad - values.begin()) + " is " +
                          std::to_string(*bad) + ", which is no finite number"};
}

}  // namespace

std::string boot_id() {
    std::ifstream file{"/proc/sys/kernel/random/boot_id"};
    std::string id;
    std::getline(file, id);
    return id;
}

double steady_now_s() { return seconds_since(SteadyClock::time_point{}); }

RunClock::RunClock(const message::Welcome& welcome, std::string_view this_boot_id) {
    const bool same_clock = !this_boot_id.empty() && welcome.boot_id == this_boot_id;
    const double now_s = same_clock ? welcome.steady_s : steady_now_s();
    start_ = SteadyClock::time_point{} + seconds(now_s - welcome.now_s);
}

WorkerContext::WorkerContext(const Placement& placement, const message::RunCell& order)
    : placement_{&placement}, order_{&order}, traces_(order.cells.size()) {
    for (std::size_t i = 0; i < traces_.size(); ++i) {
        traces_[i].parts = recorded_count(order.cells.front().spec, order.cells[i].spec.name) > 0;
    }
}

std::size_t WorkerContext::index_of(std::string_view case_name) const {
    const auto found = std::ranges::find_if(
        order_->cells, [&](const message::CellOrder& c) { return c.spec.name == case_name; });
    if (found == order_->cells.end()) {
        throw Error{"record " + quoted(case_name), "it is no case of this run"};
    }
    return static_cast<std::size_t>(found - order_->cells.begin());
}

void WorkerContext::send(const record::Record& record) {
    placement_->channel->send(message::report(record));
}

void WorkerContext::operation(std::string_view text) {
    const std::string words = shortened(text, kLongestText);
    placement_->watch->say(words);
    send(record::Operation{placement_->rank, order_->cells.front().cell, now_s(), words});
}

void WorkerContext::record(std::string_view case_name, std::vector<double> samples,
                           std::vector<double> times_s, const Variant& variant) {
    const std::size_t index = index_of(case_name);
    if (!samples.empty() || !traces_[index].parts) {
        send_samples(index, std::move(samples), std::move(times_s), variant);
    }
    traces_[index].recorded = true;
}

void WorkerContext::record_part(std::string_view case_name, std::vector<double> samples,
                                std::vector<double> times_s, const Variant& variant) {
    const std::size_t index = index_of(case_name);
    send_samples(index, std::move(samples), std::move(times_s), variant);
    traces_[index].parts = true;
}

void WorkerContext::send_samples(std::size_t index, std::vector<double> samples,
                                 std::vector<double> times_s, const Variant& variant) {
    const message::CellOrder& cell = order_->cells[index];
    const std::string attempted = "record " + quoted(std::string_view{cell.spec.name});
    const CaseTrace& trace = traces_[index];
    if (trace.recorded || trace.skipped) throw Error{attempted, "it has its result already"};
    if (samples.empty()) throw Error{attempted, "there are no samples"};
    if (samples.size() > static_cast<std::size_t>(cell.spec.repetitions)) {
        throw Error{attempted, std::to_string(samples.size()) + " samples; its repetitions are " +
                                   std::to_string(cell.spec.repetitions)};
    }
    if (!times_s.empty() && times_s.size() != samples.size()) {
        throw Error{attempted, "the times are not as many as the samples"};
    }
    check_finite(attempted, samples);
    check_finite(attempted, times_s);
    const bool one_speaks = !is_by_one_rank(cell.spec.scope);
    if (!cell.wanted || (one_speaks && placement_->rank != 0)) return;
    send(record::Samples{cell.cell, order_->attempt, std::move(samples), std::move(times_s),
                         variant});
}

void WorkerContext::skip(std::string_view case_name, std::string_view reason) {
    const std::size_t index = index_of(case_name);
    CaseTrace& trace = traces_[index];
    const std::string attempted = "skip " + quoted(case_name);
    if (index == 0) throw Error{attempted, "a lead case is skipped by throwing Unsupported"};
    if (trace.recorded) throw Error{attempted, "it has its result already"};
    trace.skipped = shortened(reason, kLongestText);
}

void WorkerContext::record_rank_times(std::string_view case_name, std::vector<double> entry_s,
                                      std::vector<double> exit_s, double clock_error_s) {
    const message::CellOrder& cell = order_->cells[index_of(case_name)];
    const std::string attempted = "record the rank times of " + quoted(case_name);
    if (entry_s.size() != exit_s.size()) throw Error{attempted, "entries and exits differ"};
    if (entry_s.size() > static_cast<std::size_t>(cell.spec.repetitions)) {
        throw Error{attempted, "they are more than its repetitions"};
    }
    check_finite(attempted, entry_s);
    check_finite(attempted, exit_s);
    check_finite(attempted, {clock_error_s});
    if (!cell.wanted) return;
    send(record::RankTimes{cell.cell, order_->attempt, placement_->rank, std::move(entry_s),
                           std::move(exit_s), clock_error_s});
}

void WorkerContext::reading(const Sensor& sensor, double value) {
    if (!std::isfinite(value)) throw Error{"record sensor " + sensor.name, "no finite number"};
    const bool own = sensor.scope == Scope::Device;
    const message::Welcome& place = placement_->welcome;
    send(record::Reading{sensor.name, std::string{symbol(sensor.unit)}, sensor.scope,
                         own ? place.device : place.node, sensor.resolution, now_s(), value});
}

void WorkerContext::event(std::string_view severity, std::string_view code, std::string_view text) {
    send(record::Happened{{now_s(), placement_->welcome.node, placement_->welcome.device,
                           std::string{severity}, std::string{code},
                           shortened(text, kLongestText)}});
}

void WorkerContext::node_fact(std::string_view key, std::string_view source,
                              std::string_view value) {
    send(record::Fact{std::string{key}, Scope::Node, placement_->welcome.node,
                      shortened(source, kLongestText), std::string{value}});
}

void WorkerContext::node_event(std::string_view severity, std::string_view code,
                               std::string_view text) {
    send(record::Happened{{now_s(), placement_->welcome.node, -1, std::string{severity},
                           std::string{code}, shortened(text, kLongestText)}});
}

}  // namespace rackproof
