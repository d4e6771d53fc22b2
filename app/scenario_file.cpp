#include "app/scenario_file.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <sstream>
#include <utility>

#include "app/locations.hpp"
#include "app/plan_file.hpp"
#include "app/scenario_tables.hpp"
#include "app/toml_set.hpp"
#include "app/toml_table.hpp"
#include "core/error.hpp"
#include "core/utf8.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kMostScenarioBytes = std::size_t{1} << 20;

/// Reads one file, and remembers where the entries of its tables stand.
class Reader {
  public:
    Reader(const toml::table& document, const std::string& file) : root_{document, file, ""} {}

    ScenarioFile read() {
        simulator::Scenario& scenario = file_.scenario;
        if (const auto name = root_.text("name")) scenario.name = *name;
        static_cast<void>(root_.text("description"));
        static_cast<void>(root_.table("policy"));
        const auto seed = root_.integer("seed", 0, std::numeric_limits<std::int64_t>::max());
        constexpr std::int64_t kMostNights = 1000;
        const auto nights = root_.integer("nights", 1, kMostNights);
        scenario.nights = static_cast<std::int32_t>(nights.value_or(scenario.nights));
        if (seed) file_.seed = static_cast<std::uint64_t>(*seed);
        if (auto fleet = root_.table("fleet")) {
            places_["fleet"].push_back(*fleet);
            scenario_tables::read_fleet(*fleet, scenario);
        }
        read_all("sku", scenario.skus, scenario_tables::read_sku);
        read_metrics();
        read_all("population", scenario.populations, scenario_tables::read_population);
        read_all("gradient", scenario.gradients, scenario_tables::read_gradient);
        read_all("rack_effect", scenario.rack_effects, scenario_tables::read_rack_effect);
        read_all("fault", scenario.faults, scenario_tables::read_fault);
        root_.refuse_unknown_keys();
        if (const auto problem = simulator::find_problem(scenario)) {
            throw InputError{place_of(*problem), problem->text};
        }
        return std::move(file_);
    }

  private:
    template <class Item>
    void read_all(const std::string& name, std::vector<Item>& items, Item (*read_one)(TomlTable&)) {
        for (TomlTable& table : root_.tables(name)) {
            places_[name].push_back(table);
            items.push_back(read_one(table));
        }
    }

    void read_metrics() {
        for (TomlTable& table : root_.tables("metric")) {
            for (simulator::MetricModel& metric : scenario_tables::read_metric(table)) {
                places_["metric"].push_back(table);
                file_.scenario.metrics.push_back(std::move(metric));
            }
        }
    }

    [[nodiscard]] InputPlace place_of(const simulator::Problem& problem) const {
        const auto tables = places_.find(problem.table);
        if (tables == places_.end() || problem.index >= tables->second.size()) {
            return root_.place();
        }
        return tables->second[problem.index].place_of(problem.key);
    }

    TomlTable root_;
    std::map<std::string, std::vector<TomlTable>> places_;
    ScenarioFile file_;
};

std::vector<std::string> scenario_names(const std::filesystem::path& folder) {
    std::vector<std::string> names;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator{folder, error}) {
        if (entry.path().extension() == ".toml") names.push_back(entry.path().stem().string());
    }
    std::ranges::sort(names);
    return names;
}

}  // namespace

std::filesystem::path find_scenario(const std::string& given) {
    std::error_code error;
    if (std::filesystem::exists(given, error)) return given;
    if (given.empty() || given.find('/') != std::string::npos) {
        throw InputError{{given, {}, {}}, "cannot be opened; expected a scenario (TOML)"};
    }
    const std::filesystem::path folder = shipped_plans() / "scenarios";
    const std::filesystem::path shipped = folder / (given + ".toml");
    if (std::filesystem::exists(shipped, error)) return shipped;
    std::string names;
    for (const std::string& name : scenario_names(folder)) {
        names += (names.empty() ? "" : ", ") + name;
    }
    throw InputError{"there is no scenario '" + printable(given) +
                     "'; expected a file or one of: " + names};
}

ScenarioFile read_scenario(const std::filesystem::path& path,
                           const std::vector<std::string>& settings) {
    return parse_scenario(read_text_file(path, kMostScenarioBytes), path.string(), settings);
}

ScenarioFile parse_scenario(std::string text, const std::string& file,
                            const std::vector<std::string>& settings) {
    toml::table document = parse_toml(text, file);
    for (const std::string& setting : settings) set_toml(document, setting);
    if (!settings.empty()) {
        std::ostringstream changed;
        changed << document << "\n";
        text = changed.str();
    }
    ScenarioFile read = Reader{document, file}.read();
    static_cast<void>(parse_plan_policy(text, file));
    read.scenario.toml = std::move(text);
    return read;
}

}  // namespace rackproof
