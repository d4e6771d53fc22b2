#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "suites/context.hpp"
#include "suites/host_health.hpp"
#include "suites/measure.hpp"
#include "suites/suite.hpp"

namespace rackproof {

/// What a burn-in's soak leaves, of its lead and its companions, sent part by part each
/// `keep_every_s`: what ends half-way leaves its evidence, and can go on.
class BurninRecord {
  public:
    /// The places of a burn-in's cases.
    enum Place : std::uint8_t { kRate, kTemperature, kPower, kThrottle, kBandwidth };

    /// `cases` are the lead and its companions by Place, as the suite names them; `lead` as it was
    /// handed to the suite. All outlive this. With phases the soak is to be begun.
    BurninRecord(const std::vector<CaseSpec>& cases, const CaseSpec& lead, SuiteContext& context,
                 bool has_phases);

    /// Slices of the rate that stood already when this began.
    [[nodiscard]] std::int32_t slices_before() const;

    /// With phases: only readings between these are of the soak; without, all are.
    void soak_begins(double now_s);
    void soak_ends(double now_s);

    /// What the sensors have come to; on the thread that reads them.
    void sensors(const HostHealth& health);

    /// After each slice of the rate: sends a part if it is time. `flops` of one operation.
    void slice(const Measurement& measured, double flops, const Variant& variant);

    /// The measurement ends here and another one begins: sends its slices.
    void stretch_ends(const Measurement& measured, double flops, const Variant& variant);

    /// All that is left, and what was not read at all is skipped. `variant` of the rate.
    void finish(const Measurement& measured, double flops, const Variant& variant,
                const HostHealth& health);

  private:
    /// Of one companion: what was taken over from the sensors and not been sent.
    struct Pending {
        HealthSeries series;
        std::size_t taken = 0;  ///< readings of the sensors that were looked at
        std::int32_t sent = 0;  ///< samples, with those that stood before
    };
    void take(const HealthSeries& series, Pending& pending) const;
    void send_rates(const Measurement& measured, double flops, const Variant& variant,
                    bool is_last);
    void send(Place place, const std::string& source, bool is_last);
    void send_throttle(const std::string& source, bool is_last);
    void finish_one(Place place, const std::string& source, const std::string& missing);

    const std::vector<CaseSpec>* cases_;
    const CaseSpec* lead_;
    SuiteContext* context_;
    double sent_s_;               ///< when a part was sent last
    std::size_t rates_sent_ = 0;  ///< of this stretch
    mutable std::mutex mutex_;    ///< of all that follows
    double from_s_;
    double to_s_;
    Pending temperature_;
    Pending power_;
    std::string temperature_source_;
    std::string power_source_;
    std::string throttle_source_;
    std::optional<double> throttle_events_;  ///< of this go
};

}  // namespace rackproof
