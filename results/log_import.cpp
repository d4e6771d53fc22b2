#include "results/log_import.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "core/error.hpp"
#include "core/plan.hpp"
#include "core/utf8.hpp"
#include "results/csv_entry.hpp"
#include "results/fingerprint.hpp"
#include "results/log_formats.hpp"
#include "results/log_run.hpp"

namespace rackproof {
namespace {

using logs::in_quotes;
using logs::LogFacts;
using logs::one_line;

constexpr std::array<std::pair<LogTool, std::string_view>, 5> kTools = {
    {{LogTool::NcclTests, "nccl-tests"},
     {LogTool::Nvbandwidth, "nvbandwidth"},
     {LogTool::Dcgm, "dcgm"},
     {LogTool::GpuBurn, "gpu-burn"},
     {LogTool::Superbench, "superbench"}}};

constexpr std::string_view kPlaceholder = "{node}";

bool is_name_char(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.';
}

LogFacts read_facts(const LogImport& import, logs::LogText& log) {
    switch (import.tool) {
        case LogTool::NcclTests: return logs::read_nccl_tests(log, import.collective);
        case LogTool::Nvbandwidth: return logs::read_nvbandwidth(log);
        case LogTool::Dcgm: return logs::read_dcgm(log);
        case LogTool::GpuBurn: return logs::read_gpu_burn(log);
        case LogTool::Superbench: return logs::read_superbench(log);
    }
    throw Error{"read a log", "no tool of this number"};
}

/// As many of the last parts of `path` as `parts`, joined by '/'.
std::string last_parts(const std::filesystem::path& path, std::ptrdiff_t parts) {
    const std::string text = path.generic_string();
    std::size_t at = text.size();
    for (; parts > 0 && at != std::string::npos && at > 0; --parts) at = text.rfind('/', at - 1);
    return at == std::string::npos || at == 0 ? text : text.substr(at + 1);
}

/// '*' of a pattern stands for no '/'.
bool fits(std::string_view pattern, std::string_view text) {
    return matches(pattern, text) &&
           std::ranges::count(pattern, '/') == std::ranges::count(text, '/');
}

/// The one node of the fleet whose name stands in the path's last two parts as a word.
std::optional<std::string> fleet_node_in(const Fleet& fleet, const std::filesystem::path& path) {
    const std::string text = last_parts(path, 2);
    std::set<std::string> found;
    for (const FleetNode& node : fleet.nodes) {
        const std::string& name = node.node.name;
        const std::size_t at = text.find(name);
        if (name.empty() || at == std::string::npos) continue;
        const std::size_t end = at + name.size();
        const bool begins = at == 0 || !is_name_char(text[at - 1]) || text[at - 1] == '-';
        const bool ends = end == text.size() || !is_name_char(text[end]) || text[end] == '.';
        if (begins && ends) found.insert(name);
    }
    if (found.size() != 1) return std::nullopt;
    return *found.begin();
}

class Importer {
  public:
    explicit Importer(const LogImport& import) : import_{&import} {
        if (import.node) check_name(*import.node, "");
        for (const std::filesystem::path& file : import.files) read(file);
    }

    LogImported finish() {
        result_.run = assemble_run(files_, import_->fleet);
        Run& run = result_.run;
        if (remarks_ > result_.remarks.size()) {
            result_.remarks.push_back(std::to_string(remarks_ - result_.remarks.size()) +
                                      " more remarks; they are events of the run file");
        }
        run.run_id = identity_.uuid();
        run.tool_version = import_->tool_version;
        run.started = import_->started;
        run.plan_name = "imported";
        run.launcher = "import";
        run.complete = result_.skipped.empty();
        if (import_->fleet != nullptr) run.fleet_toml = import_->fleet->text;
        run.environment["imported"] = to_string(import_->tool);
        run.environment["files"] = std::to_string(files_.size());
        run.environment["lines_skipped"] = std::to_string(result_.skipped.size());
        return std::move(result_);
    }

  private:
    void read(const std::filesystem::path& path) {
        logs::LogText log = logs::LogText::read(path, import_->bad_lines);
        Fingerprint content;
        content.add(log.text());
        const auto [known, is_new] = file_of_content_.emplace(content.uuid(), log.name());
        if (!is_new) {
            throw InputError{
                {log.name(), {}, {}},
                "holds the same bytes as " + known->second + "; expected each log once"};
        }
        identity_.add(content.uuid());
        LogFacts facts = read_facts(*import_, log);
        name_nodes(path, facts);
        note_file(log.name(), facts);
        result_.readings += facts.readings.size();
        note_remarks(log.name(), facts);
        for (const std::string& text : log.skipped()) result_.skipped.push_back(text);
        files_.push_back({log.name(), std::move(facts)});
    }

    /// What is no number is told, with the file, but not more of it than a person reads.
    void note_remarks(const std::string& file, const LogFacts& facts) {
        constexpr std::size_t kMostRemarks = 20;
        for (const logs::LogEvent& event : facts.events) {
            const bool is_told = event.code == "superbench.unit" || event.severity != "info";
            if (!is_told) continue;
            ++remarks_;
            if (result_.remarks.size() < kMostRemarks) {
                result_.remarks.push_back(file + ": " + event.code + ": " + event.text);
            }
        }
    }

    /// Which file a node's numbers came from is part of the evidence.
    void note_file(const std::string& file, LogFacts& facts) const {
        std::set<std::string> nodes;
        for (const logs::LogReading& reading : facts.readings) {
            nodes.insert(reading.place.nodes.begin(), reading.place.nodes.end());
        }
        for (const std::string& node : nodes) {
            facts.events.push_back({node, -1, "info", "import.file", one_line(file)});
        }
    }

    void check_name(const std::string& name, const std::string& file) const {
        const std::string problem = csv::name_problem(name);
        if (!problem.empty() || name.empty()) {
            throw InputError{{file.empty() ? "--node" : file, {}, {}},
                             "the node's name " + (name.empty() ? "is empty" : problem)};
        }
    }

    /// "", and what stands for any machine, name no node.
    static bool says_nothing(const std::string& name) {
        return name.empty() || name == "localhost" || name.starts_with("localhost.");
    }

    std::string node_of_file(const std::filesystem::path& path) const {
        if (import_->node) return *import_->node;
        if (import_->node_pattern) {
            const auto found = node_in_path(path, *import_->node_pattern);
            if (found) return *found;
            throw InputError{{path.string(), {}, {}},
                             "its path does not end as --node-from " +
                                 in_quotes(*import_->node_pattern) +
                                 " says, or could in several ways"};
        }
        if (import_->fleet != nullptr) {
            if (const auto found = fleet_node_in(*import_->fleet, path)) return *found;
        }
        throw InputError{{path.string(), {}, {}},
                         "the log does not say which node it is of; expected --node NAME, or "
                         "--node-from 'burn-{node}.log' or the like, or --fleet with a node whose "
                         "name stands in the file's name"};
    }

    std::string in_fleet(const std::string& name, const std::string& file) const {
        check_name(name, file);
        if (import_->fleet == nullptr) return name;
        for (const FleetNode& node : import_->fleet->nodes) {
            if (same_host(node.node.name, name)) return node.node.name;
        }
        throw InputError{{file, {}, {}},
                         "the fleet file names no node " + in_quotes(name) +
                             "; expected one of its " +
                             std::to_string(import_->fleet->nodes.size())};
    }

    void name_nodes(const std::filesystem::path& path, LogFacts& facts) const {
        std::map<std::string, std::string> names;
        for (const logs::LogReading& reading : facts.readings) {
            for (const std::string& node : reading.place.nodes) names[node];
        }
        for (const logs::LogDevice& device : facts.devices) names[device.node];
        if (names.empty()) names[""];
        const auto named = std::ranges::count_if(
            names, [](const auto& entry) { return !says_nothing(entry.first); });
        if (named > 1 && import_->node) {
            throw InputError{{path.string(), {}, {}},
                             "names " + std::to_string(named) +
                                 " nodes itself; expected a log of one node with --node"};
        }
        const bool by_file = named == 0 || (named == 1 && names.size() == 1 &&
                                            (import_->node || import_->node_pattern));
        const bool has_unnamed =
            std::ranges::any_of(names, [](const auto& entry) { return says_nothing(entry.first); });
        std::string unnamed;
        if (by_file || (has_unnamed && named != 1)) {
            unnamed = in_fleet(node_of_file(path), path.string());
        } else if (has_unnamed) {
            unnamed = in_fleet(the_named(names), path.string());
        }
        for (auto& [said, name] : names) {
            name = by_file || says_nothing(said) ? unnamed : in_fleet(said, path.string());
        }
        rename(facts, names);
    }

    static std::string the_named(const std::map<std::string, std::string>& names) {
        return std::ranges::find_if(names,
                                    [](const auto& entry) { return !says_nothing(entry.first); })
            ->first;
    }

    static void rename(LogFacts& facts, const std::map<std::string, std::string>& names) {
        for (logs::LogReading& reading : facts.readings) {
            for (std::string& node : reading.place.nodes) node = names.at(node);
        }
        for (logs::LogDevice& device : facts.devices) device.node = names.at(device.node);
        // What happened without a node is told of the file's first one.
        for (logs::LogEvent& event : facts.events) {
            const auto known = names.find(event.node);
            event.node = known != names.end() ? known->second : names.begin()->second;
        }
    }

    const LogImport* import_;
    std::map<std::string, std::string> file_of_content_;
    Fingerprint identity_;
    std::vector<logs::NamedFacts> files_;
    std::size_t remarks_ = 0;
    LogImported result_;
};

}  // namespace

std::string_view to_string(LogTool tool) noexcept {
    for (const auto& [known, name] : kTools) {
        if (known == tool) return name;
    }
    return "?";
}

std::optional<LogTool> log_tool_from(std::string_view name) noexcept {
    for (const auto& [tool, known] : kTools) {
        if (known == name) return tool;
    }
    return std::nullopt;
}

std::optional<std::string> node_in_path(const std::filesystem::path& path,
                                        const std::string& pattern) {
    const std::size_t at = pattern.find(kPlaceholder);
    if (at == std::string::npos || pattern.find(kPlaceholder, at + 1) != std::string::npos) {
        throw InputError{{"--node-from", {}, {}},
                         "the pattern " + in_quotes(pattern) +
                             " does not have {node} once; expected it, as in 'burn-{node}.log' or "
                             "'{node}/gpu_burn.log'"};
    }
    const std::string text = last_parts(path, 1 + std::ranges::count(pattern, '/'));
    const std::string before = pattern.substr(0, at);
    const std::string after = pattern.substr(at + kPlaceholder.size());
    std::set<std::string> found;
    for (std::size_t begin = 0; begin < text.size(); ++begin) {
        if (!fits(before, std::string_view{text}.substr(0, begin))) continue;
        for (std::size_t end = begin; end < text.size() && is_name_char(text[end]); ++end) {
            if (!fits(after, std::string_view{text}.substr(end + 1))) continue;
            found.insert(text.substr(begin, end + 1 - begin));
        }
    }
    if (found.size() != 1) return std::nullopt;
    return *found.begin();
}

LogImported import_logs(const LogImport& import) { return Importer{import}.finish(); }

}  // namespace rackproof
