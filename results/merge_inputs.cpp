#include "results/merge_inputs.hpp"

#include <algorithm>
#include <cctype>
#include <numeric>
#include <set>
#include <tuple>

#include "core/error.hpp"
#include "core/index.hpp"
#include "core/utf8.hpp"
#include "results/fingerprint.hpp"
#include "results/merge_telemetry.hpp"
#include "results/run_file_reader.hpp"
#include "results/utc_time.hpp"

namespace rackproof::merging {
namespace {

[[noreturn]] void refuse(const Input& input, const std::string& problem) {
    throw InputError{{input.path.string(), {}, {}}, problem};
}

Input read_input(const std::filesystem::path& path) {
    run_file::RunFileReader reader{path, run_file::RunFileReader::Telemetry::Read};
    Input input;
    input.path = path;
    input.metrics = reader.metric_names();
    input.frame = std::move(reader.frame());
    input.counts.emplace(input.frame);
    for (Reason& reason : input.frame.reasons) {
        input.reasons[reason.metric].emplace_back(reason.row, std::move(reason.text));
    }
    input.frame.reasons.clear();
    return input;
}

/// The first line in which two texts differ, as the end of a sentence.
std::string first_difference(std::string_view mine, std::string_view theirs) {
    constexpr std::size_t kMostBytes = 80;
    const auto line_of = [](std::string_view& text) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        return line;
    };
    for (int number = 1;; ++number) {
        const std::string_view a = line_of(mine);
        const std::string_view b = line_of(theirs);
        if (a == b && !(mine.empty() && theirs.empty())) continue;
        return "line " + std::to_string(number) + " is '" + shortened(printable(a), kMostBytes) +
               "' instead of '" + shortened(printable(b), kMostBytes) + "'";
    }
}

void require_one_plan(const std::vector<Input>& inputs) {
    const Input& first = inputs.front();
    for (const Input& input : inputs) {
        if (input.frame.plan_name != first.frame.plan_name) {
            refuse(input, "it is a run of the plan '" + printable(input.frame.plan_name) +
                              "', and " + first.path.string() + " of '" +
                              printable(first.frame.plan_name) + "'; expected runs of one plan");
        }
        if (input.frame.plan_toml != first.frame.plan_toml) {
            refuse(input, "its plan differs from that of " + first.path.string() + ": " +
                              first_difference(input.frame.plan_toml, first.frame.plan_toml));
        }
    }
}

void require_own_nodes(const std::vector<Input>& inputs) {
    std::map<std::string_view, const Input*> owner;
    for (const Input& input : inputs) {
        for (const Node& node : input.frame.nodes) {
            const auto [known, is_new] = owner.emplace(node.name, &input);
            if (is_new) continue;
            refuse(input, "its node '" + printable(node.name) + "' is also in " +
                              known->second->path.string() + "; expected each node in one file");
        }
    }
}

std::string first_node(const Input& input) {
    const auto first = std::ranges::min_element(input.frame.nodes, {}, &Node::name);
    return first == input.frame.nodes.end() ? "" : first->name;
}

/// Positions of `items` in the order of `key`; where[i] is the place of item i.
template <class Item, class Key>
std::vector<std::size_t> ordered(const std::vector<Item>& items, Key key) {
    std::vector<std::size_t> order(items.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return key(items[i]); });
    return order;
}

/// An item of the whole: which input's, and which of that.
struct Origin {
    std::size_t input = 0;
    std::int32_t index = 0;
};

template <class Part>
std::vector<Origin> origins(const std::vector<Input>& inputs, Part part) {
    std::vector<Origin> all;
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        const auto count = static_cast<std::int32_t>(part(inputs[i]).size());
        for (std::int32_t k = 0; k < count; ++k) all.push_back({i, k});
    }
    return all;
}

/// A host's name without its domain, in small letters: same_host() are alike in it.
std::string short_name(std::string_view name) {
    std::string own{name.substr(0, name.find('.'))};
    std::ranges::transform(own, own.begin(), [](unsigned char c) { return std::tolower(c); });
    return own;
}

/// Gives every node what the fleet says of it; returns the fleet's nodes that are in no input.
std::vector<Node> take_fleet(std::vector<Input>& inputs, const Fleet& fleet) {
    std::multimap<std::string, std::size_t> places;
    for (std::size_t i = 0; i < fleet.nodes.size(); ++i) {
        places.emplace(short_name(fleet.nodes[i].node.name), i);
    }
    std::vector<const Input*> owner(fleet.nodes.size());
    for (Input& input : inputs) {
        for (Node& node : input.frame.nodes) {
            const auto [first, last] = places.equal_range(short_name(node.name));
            const auto entry = std::find_if(first, last, [&](const auto& each) {
                return same_host(fleet.nodes[each.second].node.name, node.name);
            });
            if (entry == last) {
                refuse(input, "its node '" + printable(node.name) +
                                  "' is not in the fleet file; expected it among the " +
                                  std::to_string(fleet.nodes.size()) + " nodes there");
            }
            const Input*& other = owner[entry->second];
            const Node& named = fleet.nodes[entry->second].node;
            if (other != nullptr) {
                refuse(input, "its node '" + printable(node.name) + "' is the fleet file's '" +
                                  named.name + "', which is also in " + other->path.string() +
                                  "; expected each node once");
            }
            other = &input;
            node = named;
        }
    }
    std::vector<Node> absent;
    for (std::size_t i = 0; i < owner.size(); ++i) {
        if (owner[i] == nullptr) absent.push_back(fleet.nodes[i].node);
    }
    return absent;
}

/// `absent` are nodes of no input.
void join_nodes(std::vector<Input>& inputs, std::vector<Node> absent, Run& whole) {
    auto all = origins(
        inputs, [](const Input& input) -> auto& { return input.frame.nodes; });
    for (std::size_t k = 0; k < absent.size(); ++k) {
        all.push_back({inputs.size(), static_cast<std::int32_t>(k)});
    }
    const auto node = [&](const Origin& from) -> Node& {
        const bool is_absent = from.input == inputs.size();
        return is_absent ? absent[at(from.index)] : inputs[from.input].frame.nodes[at(from.index)];
    };
    for (Input& input : inputs) input.node.resize(input.frame.nodes.size());
    const auto order = ordered(all, [&](const Origin& from) { return node(from).name; });
    for (const std::size_t i : order) {
        const auto place = static_cast<std::int32_t>(whole.nodes.size());
        whole.nodes.push_back(std::move(node(all[i])));
        if (all[i].input < inputs.size()) {
            inputs[all[i].input].node[at(all[i].index)] = place;
            continue;
        }
        const Node& missing = whole.nodes.back();
        const std::string why = takes_part(missing) ? "" : "; " + why_no_part(missing);
        whole.events.push_back({0, place, -1, "error", "node_absent",
                                "no file of this node is among those merged" + why});
    }
}

void join_devices(std::vector<Input>& inputs, Run& whole) {
    const auto all = origins(
        inputs, [](const Input& input) -> auto& { return input.frame.devices; });
    const auto device = [&](const Origin& from) -> Device& {
        return inputs[from.input].frame.devices[at(from.index)];
    };
    for (Input& input : inputs) {
        input.device.resize(input.frame.devices.size());
        for (Device& own : input.frame.devices) own.node = input.node[at(own.node)];
    }
    const auto order = ordered(all, [&](const Origin& from) {
        return std::pair{device(from).node, device(from).index};
    });
    for (const std::size_t i : order) {
        inputs[all[i].input].device[at(all[i].index)] =
            static_cast<std::int32_t>(whole.devices.size());
        whole.devices.push_back(std::move(device(all[i])));
    }
}

void join_groups(std::vector<Input>& inputs, Run& whole) {
    const auto all = origins(
        inputs, [](const Input& input) -> auto& { return input.frame.groups; });
    for (Input& input : inputs) {
        input.group.resize(input.frame.groups.size());
        for (auto& group : input.frame.groups) {
            for (std::int32_t& member : group) member = input.node[at(member)];
        }
    }
    const auto group = [&](const Origin& from) -> std::vector<std::int32_t>& {
        return inputs[from.input].frame.groups[at(from.index)];
    };
    for (const std::size_t i : ordered(all, group)) {
        inputs[all[i].input].group[at(all[i].index)] =
            static_cast<std::int32_t>(whole.groups.size());
        whole.groups.push_back(group(all[i]));
    }
}

void join_variants(std::vector<Input>& inputs, Run& whole) {
    std::map<Variant, std::int32_t> numbers;
    for (const Input& input : inputs) {
        for (const Variant& variant : input.frame.variants) numbers.emplace(variant, 0);
    }
    for (auto& [variant, number] : numbers) {
        number = static_cast<std::int32_t>(whole.variants.size());
        whole.variants.push_back(variant);
    }
    for (Input& input : inputs) {
        for (const Variant& own : input.frame.variants) input.variant.push_back(numbers.at(own));
    }
}

void join_inventory(const std::vector<Input>& inputs, Run& whole) {
    std::map<std::string, InventoryColumn> columns;
    for (const Input& input : inputs) {
        for (const InventoryColumn& own : input.frame.inventory) {
            const bool of_nodes = own.scope == Scope::Node;
            InventoryColumn& column = columns[own.key];
            if (column.key.empty()) {
                const std::size_t length = of_nodes ? whole.nodes.size() : whole.devices.size();
                column = {own.key, own.scope, own.source, std::vector<std::string>(length)};
            }
            if (column.scope != own.scope) {
                refuse(input, "its inventory '" + printable(own.key) +
                                  "' is of another scope than in the files before");
            }
            if (column.source != own.source) column.source = "differs";
            const auto& place = of_nodes ? input.node : input.device;
            for (std::size_t i = 0; i < place.size(); ++i) {
                column.values[at(place[i])] = own.values[i];
            }
        }
    }
    for (auto& [key, column] : columns) whole.inventory.push_back(std::move(column));
}

/// What the inputs agree on; where they differ, all that they say, in order, with commas.
std::string all_texts(const std::vector<Input>& inputs, std::string Run::*member) {
    std::set<std::string> texts;
    for (const Input& input : inputs) texts.insert(input.frame.*member);
    std::string joined;
    for (const std::string& text : texts) joined += (joined.empty() ? "" : ", ") + text;
    return joined;
}

void join_environment(const std::vector<Input>& inputs, Run& whole) {
    whole.environment = inputs.front().frame.environment;
    for (const Input& input : inputs) {
        std::erase_if(whole.environment, [&](const auto& entry) {
            const auto own = input.frame.environment.find(entry.first);
            return own == input.frame.environment.end() || own->second != entry.second;
        });
    }
    whole.environment["merged_files"] = std::to_string(inputs.size());
}

/// Moves the time bases onto the earliest start. A run without one keeps its times.
void join_times(std::vector<Input>& inputs, Run& whole) {
    std::optional<double> earliest_s;
    std::vector<std::optional<double>> starts_s;
    bool finished = true;
    double latest_s = 0;
    for (const Input& input : inputs) {
        const Run& run = input.frame;
        starts_s.push_back(parse_utc(run.started));
        if (!starts_s.back() && !run.started.empty()) {
            refuse(input, "its start '" + printable(run.started) + "' is no time in UTC");
        }
        if (starts_s.back() && (!earliest_s || *starts_s.back() < *earliest_s)) {
            earliest_s = starts_s.back();
            whole.started = run.started;
        }
        const std::optional<double> end_s = parse_utc(run.finished);
        if (end_s && *end_s >= latest_s) {
            latest_s = *end_s;
            whole.finished = run.finished;
        }
        finished = finished && !run.finished.empty();
    }
    if (!finished) whole.finished.clear();
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        if (starts_s[i]) inputs[i].shift_s = *starts_s[i] - *earliest_s;
    }
}

Event of_input(const Input& input) {
    Event event;
    event.time = input.shift_s;
    event.severity = input.frame.complete ? "info" : "warning";
    event.code = input.frame.complete ? "merge.input" : "merge.incomplete_input";
    event.text = "run " + input.frame.run_id + " of " + std::to_string(input.node.size()) +
                 " nodes, started " + input.frame.started +
                 (input.frame.complete ? "" : ", which did not bring every cell to its end");
    return event;
}

void join_events(std::vector<Input>& inputs, Run& whole) {
    for (const Input& input : inputs) {
        whole.events.push_back(of_input(input));
        for (Event event : input.frame.events) {
            event.time += input.shift_s;
            if (event.node >= 0) event.node = input.node[at(event.node)];
            if (event.device >= 0) event.device = input.device[at(event.device)];
            whole.events.push_back(std::move(event));
        }
    }
    std::ranges::stable_sort(whole.events, {}, [](const Event& event) {
        return std::tuple{event.time, event.node, event.device};
    });
}

void name_whole(const std::vector<Input>& inputs, const std::optional<Fleet>& fleet, Run& whole,
                Merged& merged) {
    std::set<std::string> ids;
    whole.complete = true;
    for (const Input& input : inputs) {
        ids.insert(input.frame.run_id);
        whole.complete = whole.complete && input.frame.complete;
        if (!input.frame.complete) merged.incomplete.push_back(input.path);
    }
    Fingerprint identity;
    for (const std::string& id : ids) identity.add(id);
    whole.run_id = identity.uuid();
    whole.plan_name = inputs.front().frame.plan_name;
    whole.plan_toml = inputs.front().frame.plan_toml;
    whole.tool_version = all_texts(inputs, &Run::tool_version);
    whole.launcher = all_texts(inputs, &Run::launcher);
    whole.fleet_toml = fleet ? fleet->text : inputs.front().frame.fleet_toml;
    if (fleet) return;
    const bool one_fleet = std::ranges::all_of(
        inputs, [&](const Input& input) { return input.frame.fleet_toml == whole.fleet_toml; });
    if (one_fleet) return;
    whole.fleet_toml.clear();
    merged.remarks.emplace_back("the runs had different fleet files: the whole keeps none");
}

}  // namespace

std::vector<Input> read_inputs(const std::vector<std::filesystem::path>& paths) {
    std::vector<Input> inputs;
    for (const std::filesystem::path& path : paths) inputs.push_back(read_input(path));
    if (inputs.empty()) throw InputError{"there is nothing to merge; expected run files"};
    std::ranges::stable_sort(inputs, {}, [](const Input& input) {
        return std::pair{first_node(input), input.frame.run_id};
    });
    require_one_plan(inputs);
    require_own_nodes(inputs);
    return inputs;
}

Run joined_frame(std::vector<Input>& inputs, const std::optional<Fleet>& fleet, Merged& merged) {
    Run whole;
    name_whole(inputs, fleet, whole, merged);
    join_times(inputs, whole);
    std::vector<Node> absent;
    if (fleet) {
        absent = take_fleet(inputs, *fleet);
        for (const Node& node : absent) merged.absent.push_back(node.name);
    }
    join_nodes(inputs, std::move(absent), whole);
    join_devices(inputs, whole);
    join_groups(inputs, whole);
    join_variants(inputs, whole);
    join_inventory(inputs, whole);
    join_environment(inputs, whole);
    join_events(inputs, whole);
    if (auto telemetry = joined_telemetry(inputs, whole.nodes.size(), whole.devices.size())) {
        whole.telemetry = std::move(*telemetry);
    } else {
        whole.environment["telemetry_left_out"] = "more than a gigabyte; it is in the merged files";
        merged.remarks.emplace_back(
            "the telemetry would take more than a gigabyte and stays in the merged files");
    }
    for (Input& input : inputs) {
        input.frame.telemetry = {};
        input.frame.events.clear();
        input.frame.inventory.clear();
        input.frame.nodes.clear();
        input.frame.devices.clear();
    }
    return whole;
}

std::vector<std::string> metric_names(const std::vector<Input>& inputs) {
    std::vector<std::string> names;
    std::set<std::string_view> known;
    for (const Input& input : inputs) {
        for (const std::string& name : input.metrics) {
            if (known.insert(name).second) names.push_back(name);
        }
    }
    return names;
}

}  // namespace rackproof::merging
