#include <algorithm>
#include <map>
#include <utility>

#include "core/number_text.hpp"
#include "core/utf8.hpp"
#include "results/log_formats.hpp"

namespace rackproof::logs {
namespace {

constexpr std::string_view kProgress = "%  proc'd:";

/// What gpu-burn says of one GPU over its run.
struct Burn {
    std::int64_t products = 0;  ///< matrices multiplied, as last printed
    std::vector<double> rates;  ///< FLOP/s, one for each time that the count went on
    std::vector<double> degrees;
    std::vector<double> watts;
    double errors = 0;   ///< all of them: gpu-burn prints those since its last summary
    double printed = 0;  ///< as last printed
    bool died = false;
    std::optional<bool> faulty;  ///< gpu-burn's own last word
};

/// The parts of "A - B - C" without the spaces around them.
std::vector<std::string_view> parts(std::string_view text) {
    std::vector<std::string_view> found;
    for (;;) {
        const std::size_t dash = text.find(" - ");
        std::string_view part = text.substr(0, dash);
        while (part.starts_with(' ')) part.remove_prefix(1);
        while (part.ends_with(' ')) part.remove_suffix(1);
        found.push_back(part);
        if (dash == std::string_view::npos) return found;
        text.remove_prefix(dash + 3);
    }
}

std::optional<std::string_view> section(std::string_view text, std::string_view label) {
    constexpr std::string_view kLabels[] = {"errors:", "temps:", "power:"};
    const std::size_t at = text.find(label);
    if (at == std::string_view::npos) return std::nullopt;
    text.remove_prefix(at + label.size());
    std::size_t end = text.size();
    for (const std::string_view next : kLabels) end = std::min(end, text.find(next));
    return text.substr(0, end);
}

class GpuBurnReader {
  public:
    explicit GpuBurnReader(LogText& log) : log_{&log} {}

    LogFacts read() {
        std::string_view line;
        while (log_->next(line)) {
            if (!line.empty()) take(line);
        }
        if (burns_.empty()) {
            log_->refuse_all(std::max(log_->line(), 1),
                             "the file holds no progress of gpu-burn; expected \"10.0%  proc'd: "
                             "...\"");
        }
        number_devices();
        for (std::size_t i = 0; i < burns_.size(); ++i) add(burns_[i], number_[i]);
        return std::move(facts_);
    }

  private:
    void take(std::string_view line) {
        const std::size_t progress = line.find(kProgress);
        if (progress != std::string_view::npos) return take_progress(line);
        const std::vector<std::string_view> found = words(line);
        if (found.empty() || take_device(line, found) || take_verdict(found)) return;
        if (take_known(line, found)) return;
        log_->refuse(log_->line(), in_quotes(line) +
                                       " is nothing that gpu-burn prints; expected its progress or "
                                       "its verdicts (--skip-bad passes over such lines)");
    }

    /// Some reports stand in one line, with or without a carriage return before each.
    void take_progress(std::string_view line) {
        std::size_t at = line.find(kProgress);
        while (at != std::string_view::npos) {
            const std::size_t next = line.find(kProgress, at + 1);
            std::string_view report = line.substr(at, next - at);
            if (next != std::string_view::npos) {  // less the next one's percentage
                const std::size_t end = report.find_last_not_of("0123456789.\r ");
                report = report.substr(0, end + 1);
            }
            if (!take_report(report.substr(kProgress.size()))) {
                log_->refuse(log_->line(), in_quotes(line.substr(at > 5 ? at - 5 : 0)) +
                                               " is no progress of gpu-burn; expected proc'd, "
                                               "errors and temps of " +
                                               std::to_string(burns_.size()) + " GPUs");
            }
            at = next;
        }
    }

    bool take_report(std::string_view report) {
        const std::size_t errors_at = report.find("errors:");
        if (errors_at == std::string_view::npos) return false;
        const auto products = parts(report.substr(0, errors_at));
        const auto errors = parts(section(report, "errors:").value_or(""));
        const auto degrees = parts(section(report, "temps:").value_or(""));
        const auto watts = section(report, "power:");
        if (burns_.empty()) burns_.resize(products.size());
        if (products.size() != burns_.size() || errors.size() != burns_.size() ||
            degrees.size() != burns_.size()) {
            return false;
        }
        for (std::size_t i = 0; i < burns_.size(); ++i) {
            if (!take_errors(burns_[i], errors[i]) || !take_products(burns_[i], products[i]) ||
                !take_reading(burns_[i].degrees, degrees[i], "C")) {
                return false;
            }
        }
        if (!watts) return true;
        const auto powers = parts(*watts);
        if (powers.size() != burns_.size()) return false;
        for (std::size_t i = 0; i < burns_.size(); ++i) {
            if (!take_reading(burns_[i].watts, powers[i], "W")) return false;
        }
        return true;
    }

    /// "2261 (7150 Gflop/s)": the rate is that of the last time the count went on.
    static bool take_products(Burn& burn, std::string_view part) {
        const auto found = words(part);
        if (found.size() != 3 || !found[1].starts_with('(') || found[2] != "Gflop/s)") return false;
        const bool is_gone = found[0] == "-1";
        const auto count = whole(found[0], std::int64_t{1} << 50U);
        const auto rate = decimal(found[1].substr(1), 9);
        if ((!count && !is_gone) || !rate || *rate < 0) return false;
        if (is_gone) burn.died = true;
        if (!count || *count <= burn.products) return true;
        burn.products = *count;
        burn.rates.push_back(*rate);
        return true;
    }

    static bool take_errors(Burn& burn, std::string_view part) {
        const auto found = words(part);
        if (found.empty()) return false;
        const auto count = whole(found[0], std::int64_t{1} << 50U);
        const bool is_noted =
            found.size() == 2 && (found[1] == "(WARNING!)" || found[1] == "(DIED!)");
        if (!count || (found.size() > 1 && !is_noted)) return false;
        if (found.size() == 2 && found[1] == "(DIED!)") burn.died = true;
        const auto now = static_cast<double>(*count);
        burn.errors += now >= burn.printed ? now - burn.printed : now;
        burn.printed = now;
        return true;
    }

    /// "38 C", or "--" where nvidia-smi said nothing yet.
    static bool take_reading(std::vector<double>& values, std::string_view part,
                             std::string_view unit) {
        const auto found = words(part);
        if (found.size() == 1 && found[0] == "--") return true;
        const auto value = found.size() == 2 && found[1] == unit ? decimal(found[0]) : std::nullopt;
        if (value) values.push_back(*value);
        return value.has_value();
    }

    /// "GPU 0: Tesla V100-SXM2-16GB (UUID: GPU-d7e44cff-...)"
    bool take_device(std::string_view line, const std::vector<std::string_view>& found) {
        const std::size_t uuid = line.find("(UUID: ");
        if (found[0] != "GPU" || found.size() < 4 || uuid == std::string_view::npos) return false;
        const auto index = found[1].ends_with(':')
                               ? whole(found[1].substr(0, found[1].size() - 1), kMostDevices - 1)
                               : std::nullopt;
        const std::size_t model = line.find(": ");
        if (!index || model + 2 >= uuid) return false;
        LogDevice device;
        device.index = static_cast<std::int32_t>(*index);
        device.model = printable(line.substr(model + 2, uuid - model - 3));
        device.uuid = printable(line.substr(uuid + 7, line.find(')', uuid) - uuid - 7));
        facts_.devices.push_back(std::move(device));
        return true;
    }

    /// "GPU 0: OK"
    bool take_verdict(const std::vector<std::string_view>& found) {
        if (found[0] != "GPU" || found.size() != 3 || !found[1].ends_with(':')) return false;
        const auto index = whole(found[1].substr(0, found[1].size() - 1), kMostDevices - 1);
        const bool is_word = found[2] == "OK" || found[2] == "FAULTY";
        if (!index || !is_word || static_cast<std::size_t>(*index) >= burns_.size()) return false;
        burns_[static_cast<std::size_t>(*index)].faulty = found[2] == "FAULTY";
        return true;
    }

    bool take_known(std::string_view line, const std::vector<std::string_view>& found) {
        constexpr std::string_view kStarts[] = {
            "Killing processes", "Freed memory", "Uninitted cublas", "Results are", "done",
            "Summary at:",       "Burning for",  "Using compare",    "Run length",  "Tested"};
        const std::size_t initialized = line.find("Initialized device ");
        if (initialized != std::string_view::npos) {
            const auto index = whole(words(line.substr(initialized))[2], kMostDevices - 1);
            if (index) initialized_.push_back(static_cast<std::int32_t>(*index));
            return index.has_value();
        }
        const bool is_trouble = line.find("Could not") != std::string_view::npos ||
                                line.find("No clients are alive") != std::string_view::npos ||
                                line.find("Couldn't init") != std::string_view::npos ||
                                line.starts_with("read[");
        if (is_trouble) {
            facts_.events.push_back({"", -1, "error", "gpu-burn.error", printable(line)});
            return true;
        }
        const std::string_view trimmed = line.substr(line.find_first_not_of(" \t\r"));
        return !found.empty() && std::ranges::any_of(kStarts, [&](std::string_view start) {
            return trimmed.starts_with(start);
        });
    }

    /// With -i N the only GPU at work is printed as the first one.
    void number_devices() {
        for (std::size_t i = 0; i < burns_.size(); ++i) {
            number_.push_back(static_cast<std::int32_t>(i));
        }
        if (burns_.size() != 1) return;
        if (initialized_.size() == 1) {
            number_[0] = initialized_[0];
        } else if (facts_.devices.size() > 1) {
            log_->refuse_all(1, "gpu-burn worked on one of " +
                                    std::to_string(facts_.devices.size()) +
                                    " GPUs and does not say on which; expected a line 'Initialized "
                                    "device N'");
        }
    }

    LogReading reading_of(const Burn& burn, std::int32_t device, const std::string& name) const {
        LogReading reading;
        reading.metric.name = "gpu-burn." + name;
        reading.metric.suite = "gpu-burn";
        reading.place = {Scope::Device, {""}, device};
        if (burn.died) {
            reading.outcome = Outcome::Lost;
            reading.reason = "gpu-burn says that its process died";
        } else if (burn.errors > 0 || burn.faulty.value_or(false)) {
            reading.outcome = Outcome::WrongAnswer;
            reading.reason = "gpu-burn counted " + number_text(burn.errors) + " wrong products" +
                             (burn.faulty.value_or(false) ? " and says FAULTY" : "");
        } else if (!burn.faulty) {
            reading.outcome = Outcome::Failed;
            reading.reason = "the log ends at line " + std::to_string(log_->line()) +
                             ", before gpu-burn's own verdict on this GPU";
        }
        return reading;
    }

    void add(const Burn& burn, std::int32_t device) {
        LogReading errors = reading_of(burn, device, "errors");
        errors.metric.better = Direction::LowerIsBetter;
        errors.metric.definition = "products that were wrong";
        errors.values = {burn.errors};
        facts_.readings.push_back(std::move(errors));

        LogReading rate = reading_of(burn, device, "rate");
        rate.metric.unit = "FLOP/s";
        rate.metric.definition =
            "of matrix products; the first reading, which spans the start, is left out";
        if (burn.rates.size() > 1) rate.values.assign(burn.rates.begin() + 1, burn.rates.end());
        if (rate.values.empty() && rate.outcome == Outcome::Completed) {
            rate.outcome = Outcome::Skipped;
            rate.reason = "no reading but the first, which spans the start; burn for longer";
        }
        facts_.readings.push_back(std::move(rate));
        add_sensor(burn, device, burn.degrees, "temperature", "degC");
        add_sensor(burn, device, burn.watts, "power", "W");
    }

    /// The last reading, when it is warm: the others rise with time, and are no repetitions.
    void add_sensor(const Burn& burn, std::int32_t device, const std::vector<double>& values,
                    const std::string& name, const std::string& unit) {
        if (values.empty()) return;
        LogReading reading = reading_of(burn, device, name);
        reading.metric.unit = unit;
        reading.metric.better = unit == "W" ? Direction::None : Direction::LowerIsBetter;
        reading.metric.definition = "as last printed";
        reading.values = {values.back()};
        facts_.readings.push_back(std::move(reading));
    }

    LogText* log_;
    std::vector<Burn> burns_;
    std::vector<std::int32_t> initialized_;
    std::vector<std::int32_t> number_;
    LogFacts facts_;
};

}  // namespace

LogFacts read_gpu_burn(LogText& log) { return GpuBurnReader{log}.read(); }

}  // namespace rackproof::logs
