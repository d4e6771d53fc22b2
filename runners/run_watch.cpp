#include "runners/run_watch.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "core/error.hpp"
#include "runners/manifest_check.hpp"

namespace rackproof {
namespace {

/// A device's power, the best sensor first (docs/telemetry.md).
constexpr std::array<std::string_view, 4> kPowers{"cpu.power", "gpu.power_average",
                                                  "gpu.power_usage", "gpu.power_instant"};
constexpr std::array<std::string_view, 2> kTemperatures{"cpu.temperature", "gpu.temperature"};
constexpr std::string_view kRate = "burnin.rate";

bool is_well(Outcome outcome) {
    return outcome == Outcome::Completed || outcome == Outcome::Skipped ||
           outcome == Outcome::Excluded;
}

std::unique_ptr<record::RunStarted> start_of(JournalReader& reader,
                                             const std::filesystem::path& journal) {
    std::optional<record::Record> first = reader.next();
    auto* start = first ? std::get_if<record::RunStarted>(&*first) : nullptr;
    if (start == nullptr) {
        throw InputError{{journal.string(), {}, {}}, "does not begin with the start of a run"};
    }
    try {
        check_manifest(start->manifest);
        for (const CaseSpec& spec : start->manifest.cases) {
            if (!is_index(spec.stage, start->manifest.stages)) {
                contradicts(numbered("stage", spec.stage));
            }
        }
    } catch (const InputError& error) {
        throw InputError{{journal.string(), {}, {}}, error.what()};
    }
    return std::make_unique<record::RunStarted>(std::move(*start));
}

}  // namespace

RunWatch::RunWatch(const std::filesystem::path& journal)
    : reader_{journal},
      start_{start_of(reader_, journal)},
      board_{std::make_unique<ProgressBoard>(start_->manifest)},
      devices_(start_->manifest.devices.size()),
      first_device_(start_->manifest.nodes.size(), -1),
      in_flight_(start_->manifest.cells.size(), false),
      has_ended_(start_->manifest.cells.size(), false) {
    for (std::size_t i = devices_.size(); i-- > 0;) {
        first_device_[static_cast<std::size_t>(start_->manifest.devices[i].node)] =
            static_cast<std::int32_t>(i);
    }
    for (std::size_t i = 0; i < has_ended_.size(); ++i) {
        for (DeviceWatch* device : devices_of(static_cast<std::int32_t>(i))) ++device->cells;
    }
    read_on();
}

void RunWatch::read_on() {
    reader_.follow();
    while (const std::optional<record::Record> next = reader_.next()) {
        // A resumed run goes on behind the end of the one before it.
        finished_.reset();
        std::visit([this](const auto& record) { take(record); }, *next);
    }
}

const CaseSpec* RunWatch::case_of(std::int32_t cell) const {
    const Manifest& manifest = start_->manifest;
    if (!is_index(cell, manifest.cells)) return nullptr;
    const Cell& planned = manifest.cells[static_cast<std::size_t>(cell)];
    return &manifest.cases[static_cast<std::size_t>(planned.case_index)];
}

std::vector<DeviceWatch*> RunWatch::devices_of(std::int32_t cell) {
    const CaseSpec* spec = case_of(cell);
    if (spec == nullptr) return {};
    const Target target = start_->manifest.cells[static_cast<std::size_t>(cell)].target;
    std::vector<std::int32_t> indices;
    if (spec->scope == Scope::Device) {
        indices = {target.first};
    } else if (spec->scope == Scope::DevicePair) {
        indices = {target.first, target.second};
    } else {
        for (const std::int32_t node : nodes_of(start_->manifest, spec->scope, target)) {
            indices.push_back(first_device_[static_cast<std::size_t>(node)]);
        }
    }
    std::vector<DeviceWatch*> found;
    for (const std::int32_t index : indices) {
        if (index >= 0) found.push_back(&devices_[static_cast<std::size_t>(index)]);
    }
    return found;
}

void RunWatch::heard(std::int32_t cell, double time_s) {
    if (!std::isfinite(time_s)) return;
    time_s_ = std::max(time_s_, time_s);
    for (DeviceWatch* device : devices_of(cell)) {
        device->heard_s = std::max(device->heard_s.value_or(time_s), time_s);
    }
}

void RunWatch::end_flight(std::int32_t cell) {
    const auto index = static_cast<std::size_t>(cell);
    if (!in_flight_[index]) return;
    in_flight_[index] = false;
    for (DeviceWatch* device : devices_of(cell)) --device->in_flight;
}

void RunWatch::take(const record::CellBegun& r) {
    const CaseSpec* spec = case_of(r.cell);
    if (spec == nullptr) return;
    stage_ = spec->stage;
    heard(r.cell, r.time_s);
    const auto index = static_cast<std::size_t>(r.cell);
    if (in_flight_[index]) return;
    in_flight_[index] = true;
    for (DeviceWatch* device : devices_of(r.cell)) ++device->in_flight;
}

void RunWatch::take(const record::CellEnded& r) {
    if (case_of(r.cell) == nullptr) return;
    if (std::isfinite(r.time_s)) time_s_ = std::max(time_s_, r.time_s);
    end_flight(r.cell);
    const auto index = static_cast<std::size_t>(r.cell);
    if (r.attempt != 0 || has_ended_[index]) return;
    has_ended_[index] = true;
    board_->cell_ended(r.cell, r.outcome);
    ++ended_;
    if (!is_well(r.outcome)) ++broken_;
    for (DeviceWatch* device : devices_of(r.cell)) {
        ++device->ended;
        if (!is_well(r.outcome)) ++device->broken;
    }
}

void RunWatch::take(const record::Operation& r) {
    heard(r.cell, r.time_s);
    for (DeviceWatch* device : devices_of(r.cell)) device->operation = r.text;
}

void RunWatch::take(const record::Samples& r) {
    const CaseSpec* spec = case_of(r.cell);
    if (spec == nullptr) return;
    board_->measured(r);
    const auto index = start_->manifest.cells[static_cast<std::size_t>(r.cell)].case_index;
    const bool of_one = spec->scope == Scope::Device || spec->scope == Scope::Node;
    const std::optional<double> value = middle_value(r);
    if (!of_one || spec->lead != index || !value) return;
    for (DeviceWatch* device : devices_of(r.cell)) {
        device->rate = {spec->name, spec->unit, spec->better, *value,
                        r.time_s.empty() ? device->heard_s.value_or(time_s_) : r.time_s.back()};
    }
}

void RunWatch::take(const record::Reading& r) {
    series_.push_back(r);
    latest(r);
}

void RunWatch::take(const record::Readings& r) {
    const std::size_t count = std::min({r.series.size(), r.after_s.size(), r.values.size()});
    for (std::size_t i = 0; i < count; ++i) {
        if (!is_index(r.series[i], series_)) continue;
        record::Reading& reading = series_[r.series[i]];
        reading.time_s = r.time_s + static_cast<double>(r.after_s[i]);
        reading.value = static_cast<double>(r.values[i]);
        latest(reading);
    }
}

void RunWatch::latest(const record::Reading& r) {
    if (!std::isfinite(r.time_s)) return;
    time_s_ = std::max(time_s_, r.time_s);
    if (r.scope != Scope::Device || !is_index(r.target, devices_)) return;
    DeviceWatch& device = devices_[static_cast<std::size_t>(r.target)];
    device.heard_s = std::max(device.heard_s.value_or(r.time_s), r.time_s);
    if (!std::isfinite(r.value)) return;
    if (r.sensor == kRate) {
        device.rate = {r.sensor, r.unit, Direction::HigherIsBetter, r.value, r.time_s};
    } else if (std::ranges::find(kTemperatures, r.sensor) != kTemperatures.end()) {
        device.temperature = {r.value, r.time_s};
    } else if (const auto* found = std::ranges::find(kPowers, r.sensor); found != kPowers.end()) {
        const auto from = static_cast<std::size_t>(found - kPowers.begin());
        if (device.power && from > device.power_from) return;
        device.power = {r.value, r.time_s};
        device.power_from = from;
    }
}

void RunWatch::take(const record::RunFinished& r) { finished_ = r; }

/// What was in flight is no more.
void RunWatch::take(const record::Resumed& r) {
    if (std::isfinite(r.time_s)) time_s_ = std::max(time_s_, r.time_s);
    series_.clear();
    for (std::size_t i = 0; i < in_flight_.size(); ++i) end_flight(static_cast<std::int32_t>(i));
}

}  // namespace rackproof
