#include "app/fleet_file.hpp"

#include <charconv>
#include <map>

#include "app/csv_text.hpp"
#include "app/plan_file.hpp"
#include "app/toml_table.hpp"
#include "core/error.hpp"
#include "core/utf8.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kMostNodes = 1'000'000;
constexpr std::int64_t kMostDevices = 4096;
constexpr std::size_t kLongestFact = 256;

/// Takes nodes in, and refuses the second of a name.
class Roll {
  public:
    void add(FleetNode node, const InputPlace& place) {
        const auto [first, is_new] = places_.emplace(node.node.name, place);
        if (!is_new) {
            std::string where = first->second.file;
            if (first->second.line) where = "line " + std::to_string(*first->second.line);
            throw InputError{
                place, "a second node named '" + node.node.name + "'; the first is in " + where};
        }
        if (fleet_.nodes.size() >= kMostNodes) {
            throw InputError{place, "more than " + std::to_string(kMostNodes) + " nodes"};
        }
        fleet_.nodes.push_back(std::move(node));
    }

    Fleet finish(std::string text, const std::string& file, std::string_view expected) {
        if (fleet_.nodes.empty()) {
            throw InputError{{file, {}, {}}, "names no node; expected " + std::string{expected}};
        }
        fleet_.text = std::move(text);
        return std::move(fleet_);
    }

    [[nodiscard]] std::size_t room() const { return kMostNodes - fleet_.nodes.size(); }

  private:
    Fleet fleet_;
    std::map<std::string, InputPlace> places_;
};

/// A fact of a node is shown to people: one short line without control characters.
std::string checked_fact(std::string text, const InputPlace& place, std::string_view key) {
    if (text.size() > kLongestFact || printable(text) != text) {
        throw InputError{place, "'" + std::string{key} +
                                    "' is no plain text; expected at most 256 bytes, and no "
                                    "control characters"};
    }
    return text;
}

void take_fact(TomlTable& table, std::string_view key, std::string& into) {
    std::optional<std::string> text = table.text(key);
    if (text) into = checked_fact(std::move(*text), table.place_of(key), key);
}

std::map<std::string, std::string> labels_of(TomlTable& table) {
    std::map<std::string, std::string> labels;
    const toml::node* node = table.raw("labels");
    if (node == nullptr) return labels;
    if (!node->is_table()) {
        throw InputError{table.place_of("labels"), "'labels' is " + std::string{toml_type(*node)} +
                                                       "; expected a table of texts"};
    }
    for (const auto& [key, value] : *node->as_table()) {
        const InputPlace place{table.place().file, static_cast<int>(key.source().begin.line),
                               static_cast<int>(key.source().begin.column)};
        const std::string name = checked_fact(std::string{key.str()}, place, "a label's name");
        if (!value.is_string()) {
            throw InputError{place, "label '" + name + "' is " + std::string{toml_type(value)} +
                                        "; expected a text"};
        }
        labels[name] = checked_fact(value.as_string()->get(), place, name);
    }
    return labels;
}

/// What [[node]] and [[rack]] have in common.
FleetNode node_facts(TomlTable& table) {
    FleetNode entry;
    take_fact(table, "row", entry.node.row);
    take_fact(table, "sku", entry.node.sku);
    take_fact(table, "vendor", entry.node.vendor);
    entry.node.labels = labels_of(table);
    if (const auto devices = table.integer("devices", 1, kMostDevices)) {
        entry.devices = static_cast<std::int32_t>(*devices);
    }
    if (const auto gpus = table.integer("gpus", 0, kMostDevices)) {
        entry.gpus = static_cast<std::int32_t>(*gpus);
    }
    return entry;
}

std::string checked_host(std::string name, const InputPlace& place) {
    const std::string problem = host_name_problem(name);
    if (problem.empty()) return name;
    throw InputError{place,
                     "'" + printable(shortened(name, 80)) + "' is no host name: it " + problem};
}

void add_node(TomlTable table, Roll& roll) {
    FleetNode entry = node_facts(table);
    std::optional<std::string> name = table.text("name");
    if (!name) table.refuse_missing("name", "the node's host name");
    const InputPlace place = table.place_of("name");
    entry.node.name = checked_host(std::move(*name), place);
    take_fact(table, "rack", entry.node.rack);
    take_fact(table, "slot", entry.node.slot);
    take_fact(table, "state", entry.node.state);
    if (table.raw("reason") != nullptr) take_fact(table, "reason", entry.node.labels["reason"]);
    table.refuse_unknown_keys();
    roll.add(std::move(entry), place);
}

void add_rack(TomlTable table, Roll& roll) {
    FleetNode entry = node_facts(table);
    if (table.raw("name") == nullptr) table.refuse_missing("name", "the rack's name");
    take_fact(table, "name", entry.node.rack);
    const std::optional<std::string> list = table.text("nodes");
    if (!list) table.refuse_missing("nodes", "host names such as \"n[001-018]\"");
    table.refuse_unknown_keys();
    const InputPlace place = table.place_of("nodes");
    std::vector<std::string> hosts;
    try {
        hosts = expand_hosts(*list, roll.room());
    } catch (const InputError& error) {
        throw InputError{place, error.what()};
    }
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        FleetNode node = entry;
        node.node.name = hosts[i];
        node.node.slot = std::to_string(i + 1);
        roll.add(std::move(node), place);
    }
}

/// A line of a CSV, by the columns of its header.
class CsvNodes {
  public:
    CsvNodes(CsvText& csv, std::vector<CsvField> header) : csv_{&csv}, header_{std::move(header)} {
        std::map<std::string, int> seen;
        for (const CsvField& column : header_) {
            const InputPlace place = csv.place_of(column);
            (void)checked_fact(column.text, place, "a column's name");
            if (column.text.empty()) throw InputError{place, "a column without a name"};
            if (!seen.emplace(column.text, 0).second) {
                throw InputError{place, "a second column named '" + column.text + "'"};
            }
        }
        if (!seen.contains("node")) {
            throw InputError{csv.place_of(header_.front()),
                             "there is no column 'node'; expected a header line such as "
                             "\"node,rack,slot,sku,devices\""};
        }
    }

    void add(const std::vector<CsvField>& line, Roll& roll) const {
        if (line.size() != header_.size()) {
            throw InputError{csv_->place_of(line.back()),
                             "the line has " + std::to_string(line.size()) + " fields; expected " +
                                 std::to_string(header_.size())};
        }
        FleetNode entry;
        InputPlace place;
        for (std::size_t i = 0; i < line.size(); ++i) {
            if (header_[i].text == "node") {
                place = csv_->place_of(line[i]);
                entry.node.name = checked_host(line[i].text, place);
            } else if (!line[i].text.empty()) {
                take(entry, header_[i].text, line[i]);
            }
        }
        roll.add(std::move(entry), place);
    }

  private:
    void take(FleetNode& entry, const std::string& column, const CsvField& field) const {
        const std::map<std::string, std::string*> facts{
            {"rack", &entry.node.rack},   {"row", &entry.node.row},
            {"slot", &entry.node.slot},   {"sku", &entry.node.sku},
            {"state", &entry.node.state}, {"vendor", &entry.node.vendor}};
        const InputPlace place = csv_->place_of(field);
        if (column == "devices") {
            entry.devices = count_in(field.text, 1, place);
        } else if (column == "gpus") {
            entry.gpus = count_in(field.text, 0, place);
        } else if (const auto fact = facts.find(column); fact != facts.end()) {
            *fact->second = checked_fact(field.text, place, column);
        } else {
            entry.node.labels[column] = checked_fact(field.text, place, column);
        }
    }

    static std::int32_t count_in(const std::string& text, std::int32_t least,
                                 const InputPlace& place) {
        std::int32_t count = 0;
        const char* end = text.data() + text.size();
        const auto [rest, error] = std::from_chars(text.data(), end, count);
        if (error != std::errc{} || rest != end || count < least || count > kMostDevices) {
            throw InputError{place, "'" + printable(shortened(text, 40)) +
                                        "' is no count of devices; expected a whole number from " +
                                        std::to_string(least) + " to " +
                                        std::to_string(kMostDevices) + ", or nothing"};
        }
        return count;
    }

    CsvText* csv_;
    std::vector<CsvField> header_;
};

}  // namespace

Fleet parse_fleet_toml(std::string text, const std::string& file) {
    const toml::table document = parse_toml(text, file);
    TomlTable root{document, file, ""};
    Roll roll;
    for (TomlTable& rack : root.tables("rack")) add_rack(rack, roll);
    for (TomlTable& node : root.tables("node")) add_node(node, roll);
    root.refuse_unknown_keys();
    return roll.finish(std::move(text), file, "[[node]] or [[rack]]");
}

Fleet parse_fleet_csv(std::string text, const std::string& file) {
    CsvText csv{text, file};
    std::optional<std::vector<CsvField>> header = csv.next();
    if (!header) throw InputError{{file, {}, {}}, "is empty; expected a header line with 'node'"};
    const CsvNodes nodes{csv, std::move(*header)};
    Roll roll;
    while (const std::optional<std::vector<CsvField>> line = csv.next()) nodes.add(*line, roll);
    return roll.finish(std::move(text), file, "a line for each node");
}

Fleet read_fleet(const std::filesystem::path& path) {
    std::string text = read_text_file(path, kMostFleetBytes);
    if (path.extension() == ".csv") return parse_fleet_csv(std::move(text), path.string());
    return parse_fleet_toml(std::move(text), path.string());
}

}  // namespace rackproof
