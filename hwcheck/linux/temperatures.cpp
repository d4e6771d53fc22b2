#include <algorithm>
#include <optional>
#include <string>

#include "core/number_text.hpp"
#include "hwcheck/linux/sections.hpp"
#include "hwcheck/sysfs.hpp"

namespace rackproof {
namespace {

/// hwmon's files hold thousandths of a degree Celsius. None where it is no number, or none that can
/// be.
std::optional<double> celsius(const Tree& tree, const std::string& path) {
    constexpr double kMilli = 1e-3;
    constexpr double kHottest = 250;
    constexpr double kColdest = -60;
    const auto number = tree.number(path);
    if (!number) return {};
    const double value = static_cast<double>(*number) * kMilli;
    return value > kColdest && value < kHottest ? std::optional{value} : std::nullopt;
}

/// What the sensor says, and an event if that is critical by its own chip's word.
std::optional<double> read_sensor(const Tree& tree, const std::string& stem,
                                  const std::string& part, InventoryWriter& out) {
    const auto now = celsius(tree, stem + "_input");
    const auto critical = celsius(tree, stem + "_crit");
    if (now && critical && *critical > 0 && *now >= *critical) {
        const std::string label = tree.read(stem + "_label").text.value_or("a sensor");
        out.event("error", "over_temperature", part,
                  label + " has " + number_text(*now) + " degC, and " + number_text(*critical) +
                      " degC is critical");
    }
    return now;
}

}  // namespace

/// Of each chip the hottest sensor: a processor has one a core.
void read_temperatures(const Tree& tree, InventoryWriter& out) {
    constexpr const char* kSensors = "/sys/class/hwmon";
    std::int64_t chips = 0;
    for (const std::string& name : tree.names(kSensors)) {
        const std::string chip = std::string{kSensors} + "/" + name;
        std::string part = name;
        part.append(".").append(tree.read(chip + "/name").text.value_or("chip"));
        std::int64_t sensors = 0;
        std::optional<double> hottest;
        for (const std::string& file : tree.names(chip)) {
            const auto number = number_between(file, "temp", "_input");
            if (!number) continue;
            ++sensors;
            const auto now = read_sensor(tree, chip + "/temp" + *number, part, out);
            if (now) hottest = std::max(*now, hottest.value_or(*now));
        }
        chips += sensors > 0 ? 1 : 0;
        if (hottest) {
            out.add("temperature.hottest_degc", part, chip, number_text(*hottest));
        } else if (sensors > 0) {
            out.unknown("temperature.hottest_degc", part, chip, "no sensor says a temperature");
        }
    }
    if (tree.exists("/sys/class")) {
        out.add("temperature.chips", "", kSensors, chips);
    } else {
        out.unknown("temperature.chips", "", kSensors, kNoSuchFile);
    }
}

}  // namespace rackproof
