#include "app/profile_file.hpp"

#include <sstream>

#include "analysis/inventory_keys.hpp"
#include "app/plan_file.hpp"
#include "core/utf8.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kLongestValue = 4096;

std::string checked_text(const toml::node& node, const std::string& file, const std::string& key) {
    const auto* text = node.as_string();
    if (text == nullptr) {
        throw InputError{toml_place(node, file), "'" + printable(key) + "' is " +
                                                     std::string{toml_type(node)} +
                                                     "; expected a text, or a list of texts any "
                                                     "of which is right"};
    }
    if (text->get().empty() || text->get().size() > kLongestValue ||
        printable(text->get()) != text->get()) {
        throw InputError{toml_place(node, file),
                         "the value of '" + printable(key) +
                             "' is no plain text; expected 1 to 4096 bytes without control "
                             "characters"};
    }
    return text->get();
}

/// [must] or [should]: an inventory column a key.
Profile::Values parse_values(TomlTable& profile, std::string_view name) {
    Profile::Values values;
    std::optional<TomlTable> table = profile.table(name);
    if (!table) return values;
    const std::string file = table->place().file;
    for (const std::string& key : table->keys()) {
        const toml::node& node = *table->raw(key);
        std::vector<std::string>& allowed = values[key];
        if (const toml::array* list = node.as_array()) {
            for (const toml::node& item : *list) allowed.push_back(checked_text(item, file, key));
        } else {
            allowed.push_back(checked_text(node, file, key));
        }
        if (allowed.empty()) {
            throw InputError{toml_place(node, file), "'" + printable(key) +
                                                         "' allows no value; "
                                                         "expected at least one"};
        }
        if (comparison_of(key) == Comparison::Own) {
            throw InputError{toml_place(node, file),
                             "'" + printable(key) +
                                 "' differs from node to node; expected a key "
                                 "that all nodes of the sku share"};
        }
    }
    return values;
}

toml::table values_table(const Profile::Values& values) {
    toml::table table;
    for (const auto& [key, allowed] : values) {
        if (allowed.size() == 1) {
            table.insert(key, allowed.front());
        } else {
            toml::array list;
            for (const std::string& value : allowed) list.push_back(value);
            table.insert(key, std::move(list));
        }
    }
    return table;
}

toml::table profile_table(const Profile& profile) {
    toml::table table;
    table.insert("name", profile.name);
    table.insert("sku", profile.sku);
    table.insert("source", profile.source);
    if (profile.provisional) table.insert("provisional", true);
    table.insert("must", values_table(profile.must));
    table.insert("should", values_table(profile.should));
    return table;
}

std::string text_of(const toml::table& table) {
    std::ostringstream stream;
    stream << table << "\n";
    return stream.str();
}

}  // namespace

Profile parse_profile(TomlTable table) {
    Profile profile;
    const auto required = [&](std::string_view key, std::string_view expected) {
        const std::optional<std::string> text = table.text(key);
        if (!text || text->empty()) table.refuse_missing(key, expected);
        return checked_text(*table.raw(key), table.place().file, std::string{key});
    };
    profile.name = required("name", "the profile's name");
    profile.sku = required("sku", "the sku of the nodes that it is for; \"*\" for all");
    profile.source = required("source", "where its values come from");
    profile.provisional = table.boolean("provisional").value_or(false);
    profile.must = parse_values(table, "must");
    profile.should = parse_values(table, "should");
    if (profile.must.empty() && profile.should.empty()) {
        table.refuse_missing("must", "[must] or [should] with at least one column");
    }
    for (const auto& [key, values] : profile.should) {
        if (!profile.must.contains(key)) continue;
        throw InputError{table.place(),
                         "'" + printable(key) + "' stands in [must] and in [should]"};
    }
    table.refuse_unknown_keys();
    return profile;
}

Profile read_profile(const std::filesystem::path& path) {
    const toml::table document = parse_toml(read_text_file(path, kMostPlanBytes), path.string());
    return parse_profile(TomlTable{document, path.string(), ""});
}

Profile golden_profile(const Inventory& inventory, const std::string& sku,
                       const std::string& source) {
    Profile profile{sku, sku, source, {}, {}};
    for (const InventoryItem& item : inventory.items) {
        const std::string column = column_name(item);
        if (item.value.empty() || comparison_of(column) == Comparison::Own) continue;
        Profile::Values& into = is_hardware(column) ? profile.must : profile.should;
        into[column] = {item.value};
    }
    return profile;
}

std::string profile_text(const Profile& profile) {
    return "# What every node of sku '" + printable(profile.sku) +
           "' must be ([must]: another value fails) and should be\n"
           "# ([should]: another value is watched). Take out what may differ; a list allows any of "
           "its values.\n" +
           text_of(profile_table(profile));
}

std::string policy_table(const std::vector<Profile>& profiles) {
    toml::table policy;
    policy.insert("name", "hwcheck");
    if (!profiles.empty()) {
        toml::array list;
        for (const Profile& profile : profiles) list.push_back(profile_table(profile));
        policy.insert("profile", std::move(list));
    }
    toml::table root;
    root.insert("policy", std::move(policy));
    return text_of(root);
}

}  // namespace rackproof
