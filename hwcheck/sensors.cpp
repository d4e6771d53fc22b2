#include "hwcheck/sensors.hpp"

#include <algorithm>
#include <set>

#include "core/utf8.hpp"
#include "hwcheck/sysfs.hpp"

namespace rackproof {
namespace {

namespace fs = std::filesystem;

/// A family of hwmon files, PREFIX NUMBER "_input", and the unit that the kernel fixes for it
/// (Documentation/hwmon/sysfs-interface.rst).
struct Channel {
    std::string_view prefix;
    SensorKind kind;
    Unit unit;
    double scale;
};

constexpr Channel kChannels[] = {
    {"temp", SensorKind::Temperature, Unit::DegreeCelsius, 1e-3},
    {"power", SensorKind::Power, Unit::Watt, 1e-6},
    {"energy", SensorKind::Energy, Unit::Joule, 1e-6},
    {"fan", SensorKind::Fan, Unit::PerSecond, 1.0 / 60},
    {"in", SensorKind::Voltage, Unit::Volt, 1e-3},
    {"curr", SensorKind::Current, Unit::Ampere, 1e-3},
    {"freq", SensorKind::Frequency, Unit::Hertz, 1},
};

bool may_be_negative(SensorKind kind) {
    switch (kind) {
        case SensorKind::Temperature:
        case SensorKind::Power:
        case SensorKind::Voltage:
        case SensorKind::Current:
        case SensorKind::Margin: return true;
        case SensorKind::Energy:
        case SensorKind::Frequency:
        case SensorKind::ThrottleCount:
        case SensorKind::Fan:
        case SensorKind::EventReasons:
        case SensorKind::ThrottleTime:
        case SensorKind::PowerLimit:
        case SensorKind::Utilisation:
        case SensorKind::Link: return false;
    }
    return false;
}

/// `text` as a part of an HDF5 link name; `otherwise` where there is nothing usable in it.
std::string name_part(const std::optional<std::string>& text, const std::string& otherwise) {
    if (!text || text->empty()) return printable(otherwise);
    std::string part = printable(*text);
    std::ranges::replace(part, '/', '_');
    return part;
}

/// The sensors found so far; a name that is taken gets "#2", "#3", ...
class Found {
  public:
    void add(Sensor sensor) {
        const std::string wanted = sensor.name;
        for (int number = 2; !names_.insert(sensor.name).second; ++number) {
            sensor.name = wanted + "#" + std::to_string(number);
        }
        sensors_.push_back(std::move(sensor));
    }
    [[nodiscard]] std::vector<Sensor> take() { return std::move(sensors_); }

  private:
    std::vector<Sensor> sensors_;
    std::set<std::string> names_;
};

/// "temp3" if `file` is a reading of this channel. Some drivers give an average power alone.
std::optional<std::string> channel_name(const fs::path& file, const Channel& channel) {
    const std::string name = file.filename().string();
    std::optional<std::string> number = number_between(name, channel.prefix, "_input");
    if (!number && channel.kind == SensorKind::Power) {
        number = number_between(name, channel.prefix, "_average");
        const fs::path input = file.parent_path() / ("power" + number.value_or("") + "_input");
        std::error_code error;
        if (number && fs::exists(input, error)) return std::nullopt;
    }
    if (!number) return std::nullopt;
    return std::string{channel.prefix} + *number;
}

void find_channels(const fs::path& folder, const std::string& chip, Found& found) {
    for (const fs::path& file : entries(folder)) {
        for (const Channel& channel : kChannels) {
            const std::optional<std::string> name = channel_name(file, channel);
            if (!name) continue;
            const std::string label = name_part(read_text(folder / (*name + "_label")), *name);
            found.add({.name = "hwmon." + chip + "." + label,
                       .kind = channel.kind,
                       .unit = channel.unit,
                       .resolution = channel.scale,
                       .file = file,
                       .scale = channel.scale,
                       .wraps_at = std::nullopt});
        }
    }
}

/// Drivers older than the hwmon class's own attributes keep theirs in the device's folder.
void find_hwmon(const fs::path& sysfs, Found& found) {
    for (const fs::path& chip : entries(sysfs / "class/hwmon")) {
        std::optional<std::string> name = read_text(chip / "name");
        if (!name) name = read_text(chip / "device/name");
        const std::string part = name_part(name, chip.filename().string());
        find_channels(chip, part, found);
        find_channels(chip / "device", part, found);
    }
}

/// The zone "intel-rapl:0:1" as "rapl.package-0.dram", through its parent's name.
std::string rapl_name(const fs::path& zone) {
    const std::string id = zone.filename().string();
    const std::string own = name_part(read_text(zone / "name"), id);
    const std::size_t last = id.rfind(':');
    if (id.find(':') != last) return rapl_name(zone.parent_path() / id.substr(0, last)) + "." + own;
    return (id.starts_with("intel-rapl-mmio") ? "rapl-mmio." : "rapl.") + own;
}

void find_rapl(const fs::path& sysfs, Found& found) {
    for (const fs::path& zone : entries(sysfs / "class/powercap")) {
        const fs::path file = zone / "energy_uj";
        std::error_code error;
        if (!zone.filename().string().starts_with("intel-rapl") || !fs::exists(file, error)) {
            continue;
        }
        constexpr double kMicro = 1e-6;
        Sensor sensor{.name = rapl_name(zone),
                      .kind = SensorKind::Energy,
                      .unit = Unit::Joule,
                      .resolution = kMicro,
                      .file = file,
                      .scale = kMicro,
                      .wraps_at = std::nullopt};
        const std::optional<std::int64_t> range = read_whole_number(zone / "max_energy_range_uj");
        if (range && *range > 0) sensor.wraps_at = static_cast<double>(*range) * kMicro;
        found.add(std::move(sensor));
    }
}

void add_if_there(const fs::path& file, const std::string& name, SensorKind kind, Unit unit,
                  double scale, Found& found) {
    std::error_code error;
    if (!fs::exists(file, error)) return;
    found.add({.name = name,
               .kind = kind,
               .unit = unit,
               .resolution = scale,
               .file = file,
               .scale = scale,
               .wraps_at = std::nullopt});
}

void find_cpus(const fs::path& sysfs, Found& found) {
    std::set<std::int64_t> packages;
    for (const fs::path& cpu : entries(sysfs / "devices/system/cpu")) {
        const std::string name = cpu.filename().string();
        if (!number_between(name, "cpu", "")) continue;
        constexpr double kKilo = 1e3;
        add_if_there(cpu / "cpufreq/scaling_cur_freq", name + ".frequency", SensorKind::Frequency,
                     Unit::Hertz, kKilo, found);
        const fs::path throttle = cpu / "thermal_throttle";
        add_if_there(throttle / "core_throttle_count", name + ".throttle_count",
                     SensorKind::ThrottleCount, Unit::One, 1, found);
        const auto package = read_whole_number(cpu / "topology/physical_package_id");
        if (package && !packages.insert(*package).second) continue;
        const std::string owner =
            package ? "package" + std::to_string(*package) : name + ".package";
        add_if_there(throttle / "package_throttle_count", owner + ".throttle_count",
                     SensorKind::ThrottleCount, Unit::One, 1, found);
    }
}

}  // namespace

std::optional<double> read(const Sensor& sensor) {
    const std::optional<std::int64_t> number = read_whole_number(sensor.file);
    if (!number || (*number < 0 && !may_be_negative(sensor.kind))) return std::nullopt;
    return static_cast<double>(*number) * sensor.scale;
}

std::vector<Sensor> find_sensors(const fs::path& sysfs) {
    Found found;
    find_hwmon(sysfs, found);
    find_rapl(sysfs, found);
    find_cpus(sysfs, found);
    return found.take();
}

}  // namespace rackproof
