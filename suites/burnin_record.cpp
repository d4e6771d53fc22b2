#include "suites/burnin_record.hpp"

#include <limits>
#include <utility>

#include "suites/sampling.hpp"

namespace rackproof {
namespace {

Variant from(const std::string& source) {
    Variant variant;
    variant.algorithm = source;
    return variant;
}

}  // namespace

BurninRecord::BurninRecord(const std::vector<CaseSpec>& cases, const CaseSpec& lead,
                           SuiteContext& context, bool has_phases)
    : cases_{&cases},
      lead_{&lead},
      context_{&context},
      sent_s_{context.now_s()},
      from_s_{has_phases ? std::numeric_limits<double>::infinity()
                         : -std::numeric_limits<double>::infinity()},
      to_s_{std::numeric_limits<double>::infinity()} {
    temperature_.sent = recorded_count(lead, cases.at(kTemperature).name);
    power_.sent = recorded_count(lead, cases.at(kPower).name);
}

std::int32_t BurninRecord::slices_before() const { return recorded_count(*lead_, lead_->name); }

void BurninRecord::soak_begins(double now_s) {
    const std::scoped_lock lock{mutex_};
    from_s_ = now_s;
}

void BurninRecord::soak_ends(double now_s) {
    const std::scoped_lock lock{mutex_};
    to_s_ = now_s;
}

/// Within the soak, and no more than the manifest has room for; all of it is in the telemetry.
void BurninRecord::take(const HealthSeries& series, Pending& pending) const {
    for (; pending.taken < series.values.size(); ++pending.taken) {
        const double time_s = series.time_s[pending.taken];
        if (time_s < from_s_ || time_s > to_s_) continue;
        pending.series.values.push_back(series.values[pending.taken]);
        pending.series.time_s.push_back(time_s);
    }
}

void BurninRecord::sensors(const HostHealth& health) {
    const std::scoped_lock lock{mutex_};
    take(health.temperature(), temperature_);
    take(health.power(), power_);
    temperature_source_ = health.temperature_source();
    power_source_ = health.power_source();
    throttle_source_ = health.throttle_source();
    throttle_events_ = health.throttle_events();
}

void BurninRecord::slice(const Measurement& measured, double flops, const Variant& variant) {
    if (context_->now_s() - sent_s_ < lead_->parameters.real("keep_every_s")) return;
    sent_s_ = context_->now_s();
    send_rates(measured, flops, variant, false);
    const std::scoped_lock lock{mutex_};
    send(kTemperature, temperature_source_, false);
    send(kPower, power_source_, false);
    if (throttle_events_) send_throttle(throttle_source_, false);
}

void BurninRecord::stretch_ends(const Measurement& measured, double flops, const Variant& variant) {
    send_rates(measured, flops, variant, false);
    rates_sent_ = 0;
}

void BurninRecord::send_rates(const Measurement& measured, double flops, const Variant& variant,
                              bool is_last) {
    const auto begin = static_cast<std::ptrdiff_t>(rates_sent_);
    std::vector<double> samples =
        rates({measured.seconds.begin() + begin, measured.seconds.end()}, flops);
    std::vector<double> times_s{measured.time_s.begin() + begin, measured.time_s.end()};
    rates_sent_ = measured.seconds.size();
    if (is_last) {
        context_->record(lead_->name, std::move(samples), std::move(times_s), variant);
    } else if (!samples.empty()) {
        context_->record_part(lead_->name, std::move(samples), std::move(times_s), variant);
    }
}

void BurninRecord::send(Place place, const std::string& source, bool is_last) {
    Pending& pending = place == kTemperature ? temperature_ : power_;
    const CaseSpec& spec = cases_->at(place);
    HealthSeries part = std::exchange(pending.series, {});
    const auto room = static_cast<std::size_t>(spec.repetitions - pending.sent);
    if (part.values.size() > room) {
        part.values.resize(room);
        part.time_s.resize(room);
    }
    pending.sent += static_cast<std::int32_t>(part.values.size());
    if (is_last) {
        context_->record(spec.name, std::move(part.values), std::move(part.time_s), from(source));
    } else if (!part.values.empty()) {
        context_->record_part(spec.name, std::move(part.values), std::move(part.time_s),
                              from(source));
    }
}

/// One number, of all goes together.
void BurninRecord::send_throttle(const std::string& source, bool is_last) {
    const std::string& name = cases_->at(kThrottle).name;
    const double events = last_recorded(*lead_, name) + throttle_events_.value_or(0);
    const std::vector<double> times_s{context_->now_s()};
    if (is_last) {
        context_->record(name, {events}, times_s, from(source));
    } else {
        context_->record_part(name, {events}, times_s, from(source));
    }
}

void BurninRecord::finish_one(Place place, const std::string& source, const std::string& missing) {
    const Pending& pending = place == kTemperature ? temperature_ : power_;
    const bool any = pending.sent > 0 || !pending.series.values.empty();
    if (!any) return context_->skip(cases_->at(place).name, missing);
    send(place, source, true);
}

void BurninRecord::finish(const Measurement& measured, double flops, const Variant& variant,
                          const HostHealth& health) {
    sensors(health);
    send_rates(measured, flops, variant, true);
    const std::scoped_lock lock{mutex_};
    finish_one(kTemperature, health.temperature_source(), health.no_temperature());
    finish_one(kPower, health.power_source(), health.no_power());
    const std::string& throttle = cases_->at(kThrottle).name;
    if (throttle_events_ || recorded_count(*lead_, throttle) > 0) {
        send_throttle(health.throttle_source(), true);
    } else {
        context_->skip(throttle, health.no_throttle());
    }
}

}  // namespace rackproof
