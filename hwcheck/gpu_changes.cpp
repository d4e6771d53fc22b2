#include "hwcheck/gpu_changes.hpp"

#include <array>
#include <optional>

#include "core/number_text.hpp"

namespace rackproof {
namespace {

/// Less than this share of the time is told and no error: an edge that every GPU meets.
constexpr double kThrottledShare = 0.01;

std::optional<std::uint64_t> known(const GpuState& state, const std::string& name) {
    const auto found = state.find(name);
    return found == state.end() ? std::nullopt : found->second.value();
}

struct GpuCounterRule {
    const char* counter;
    const char* severity;
    const char* code;
    const char* what;
};
constexpr GpuCounterRule kGpuCounters[] = {
    {"ecc.volatile.uncorrected", "error", "gpu_ecc_uncorrected",
     "uncorrected ECC errors (since the driver was loaded)"},
    {"ecc.aggregate.uncorrected", "error", "gpu_ecc_uncorrected",
     "uncorrected ECC errors (of its life)"},
    {"ecc.volatile.corrected", "warning", "gpu_ecc_corrected",
     "corrected ECC errors (since the driver was loaded)"},
    {"ecc.aggregate.corrected", "warning", "gpu_ecc_corrected",
     "corrected ECC errors (of its life)"},
    {"remap.uncorrectable", "error", "gpu_row_remapped",
     "rows remapped after an uncorrectable error"},
    {"remap.correctable", "warning", "gpu_row_remapped_correctable",
     "rows remapped after correctable errors"},
    {"pcie.replays", "warning", "gpu_pcie_replays", "PCIe replays"},
};
constexpr GpuCounterRule kLinkCounters[] = {
    {"replays", "warning", "gpu_nvlink_errors", "replays"},
    {"crc_flit_errors", "warning", "gpu_nvlink_errors", "CRC errors in flits"},
    {"crc_data_errors", "warning", "gpu_nvlink_errors", "CRC errors in data"},
    {"receive_errors", "warning", "gpu_nvlink_errors", "receive errors"},
    {"recoveries", "error", "gpu_nvlink_recovery", "recoveries"},
    {"recovery_events", "error", "gpu_nvlink_recovery", "recoveries"},
    {"failed_recoveries", "error", "gpu_nvlink_recovery", "recoveries that failed"},
};

/// Changes as they are found; those of one code and severity become one.
class Found {
  public:
    void add(const std::string& severity, const std::string& code, const std::string& text) {
        for (GpuChange& change : changes_) {
            if (change.code != code || change.severity != severity) continue;
            change.text += "; " + text;
            return;
        }
        changes_.push_back({severity, code, text});
    }
    [[nodiscard]] std::vector<GpuChange> take() { return std::move(changes_); }

  private:
    std::vector<GpuChange> changes_;
};

void compare(const GpuState& before, const GpuState& after, const std::string& counter,
             const GpuCounterRule& rule, const std::string& what, Found& found) {
    const std::optional<std::uint64_t> was = known(before, counter);
    const std::optional<std::uint64_t> is = known(after, counter);
    if (!was || !is || *is == *was) return;
    if (*is < *was) {
        found.add("warning", "gpu_counters_reset",
                  counter + " went back from " + std::to_string(*was) + " to " +
                      std::to_string(*is) + ": the GPU was reset, or its driver loaded again");
        if (*is == 0) return;
    }
    const std::uint64_t since = *is < *was ? *is : *is - *was;
    found.add(rule.severity, rule.code,
              std::to_string(since) + " new " + what + ", " + std::to_string(*is) + " in all");
}

std::string action_words(std::uint64_t action) {
    constexpr std::array<const char*, 6> kWords{"none",
                                                "reset the GPU",
                                                "reboot the node",
                                                "drain its peers",
                                                "drain its peers and reset the GPU",
                                                "recover the IMEX domain"};
    return action < kWords.size() ? kWords[action] : "action " + std::to_string(action);
}

/// States that are wrong whenever they stand; told when they begin to.
void states(const GpuState& before, const GpuState& after, Found& found) {
    const auto began = [&](const char* name) -> std::optional<std::uint64_t> {
        const std::uint64_t is = known(after, name).value_or(0);
        if (is == 0 || known(before, name) == is) return std::nullopt;
        return is;
    };
    if (began("remap.pending")) {
        found.add("error", "gpu_row_remap_pending",
                  "rows of its memory wait to be remapped; that takes a reset of the GPU");
    }
    if (began("remap.failure")) {
        found.add("error", "gpu_row_remap_failure", "a row of its memory could not be remapped");
    }
    if (const auto action = began("recovery_action")) {
        found.add("error", "gpu_recovery_action", "the driver asks: " + action_words(*action));
    }
}

void pcie(const GpuState& before, const GpuState& after, Found& found) {
    const auto below = [](const GpuState& state, const std::string& name) {
        const std::optional<std::uint64_t> is = known(state, name);
        const std::optional<std::uint64_t> can = known(state, name + "_max");
        return is && can && *is < *can;
    };
    const auto tell = [&](const std::string& name, const char* words) {
        if (!below(after, name) || below(before, name)) return;
        found.add("error", "gpu_pcie_degraded",
                  std::string{"its PCIe link has "} + words + " " +
                      std::to_string(*known(after, name)) + "; both ends can do " +
                      std::to_string(*known(after, name + "_max")));
    };
    tell("pcie.width", "width");
    // An idle GPU lets the generation go down to save power; one at work does not.
    const std::optional<std::uint64_t> reasons = known(after, "gpu.event_reasons");
    if (reasons && (*reasons & nvml::kReasonIdle) == 0) tell("pcie.generation", "generation");
}

void links(const GpuState& before, const GpuState& after, Found& found) {
    const std::uint64_t count = known(after, "nvlink.count").value_or(0);
    for (std::uint64_t link = 0; link < count && link < nvml::kMostLinks; ++link) {
        const std::string name = "nvlink." + std::to_string(link) + ".";
        if (known(before, name + "active").value_or(0) != 0 && known(after, name + "active") == 0) {
            found.add("error", "gpu_nvlink_down", "NVLink " + std::to_string(link) + " went down");
        }
        for (const GpuCounterRule& rule : kLinkCounters) {
            compare(before, after, name + rule.counter, rule,
                    std::string{rule.what} + " on NVLink " + std::to_string(link), found);
        }
    }
}

constexpr std::pair<const char*, const char*> kBadThrottles[] = {
    {"gpu.throttle.sw_thermal_ns", "software thermal slowdown"},
    {"gpu.throttle.hw_thermal_ns", "hardware thermal slowdown"},
    {"gpu.throttle.power_brake_ns", "power brake"},
    {"gpu.throttle.thermal_ns", "thermal limit"},
    {"gpu.throttle.reliability_ns", "reliability limit"},
};

void throttling(const GpuState& before, const GpuState& after, double elapsed_s, Found& found) {
    constexpr double kPerSecond = 1e9;
    bool counted = false;
    for (const auto& [counter, words] : kBadThrottles) {
        const std::optional<std::uint64_t> was = known(before, counter);
        const std::optional<std::uint64_t> is = known(after, counter);
        if (!was || !is) continue;
        counted = true;
        if (*is <= *was) continue;
        const double throttled_s = static_cast<double>(*is - *was) / kPerSecond;
        found.add(throttled_s > kThrottledShare * elapsed_s ? "error" : "warning", "gpu_throttled",
                  number_text(throttled_s) + " s of " + number_text(elapsed_s) +
                      " s slowed down by " + words);
    }
    // The counters know better than one look; hardware slowdown has none of its own.
    const std::uint64_t asked = counted ? nvml::kReasonHwSlowdown : kBadEventReasons;
    const std::uint64_t bad = known(after, "gpu.event_reasons").value_or(0) & asked;
    if (bad != 0)
        found.add("error", "gpu_throttled", "slowed down now by " + event_reason_words(bad));
}

}  // namespace

std::string event_reason_words(std::uint64_t reasons) {
    constexpr std::pair<std::uint64_t, const char*> kNames[] = {
        {nvml::kReasonIdle, "idle"},
        {nvml::kReasonApplicationClocks, "application_clocks"},
        {nvml::kReasonSwPowerCap, "sw_power_cap"},
        {nvml::kReasonHwSlowdown, "hw_slowdown"},
        {nvml::kReasonSyncBoost, "sync_boost"},
        {nvml::kReasonSwThermal, "sw_thermal"},
        {nvml::kReasonHwThermal, "hw_thermal"},
        {nvml::kReasonPowerBrake, "power_brake"},
        {nvml::kReasonDisplayClocks, "display_clocks"}};
    std::string words;
    for (const auto& [bit, name] : kNames) {
        if ((reasons & bit) == 0) continue;
        words += (words.empty() ? "" : ", ") + std::string{name};
        reasons &= ~bit;
    }
    if (reasons != 0) words += (words.empty() ? "" : ", ") + ("bits " + std::to_string(reasons));
    return words.empty() ? "none" : words;
}

std::vector<GpuChange> gpu_troubles(const GpuState& state) {
    Found found;
    states({}, state, found);
    pcie({}, state, found);
    return found.take();
}

std::vector<GpuChange> gpu_changes(const GpuState& before, const GpuState& after,
                                   double elapsed_s) {
    Found found;
    for (const GpuCounterRule& rule : kGpuCounters) {
        compare(before, after, rule.counter, rule, rule.what, found);
    }
    states(before, after, found);
    pcie(before, after, found);
    links(before, after, found);
    throttling(before, after, elapsed_s, found);
    return found.take();
}

}  // namespace rackproof
