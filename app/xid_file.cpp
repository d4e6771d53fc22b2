#include "app/xid_file.hpp"

#include "app/locations.hpp"
#include "app/plan_file.hpp"
#include "app/toml_table.hpp"
#include "core/utf8.hpp"

namespace rackproof {
namespace {

constexpr int kMostXid = 1'000'000;

std::string xid_text(TomlTable& table, std::string_view key, std::string_view expected) {
    const std::optional<std::string> text = table.text(key);
    if (!text) table.refuse_missing(key, expected);
    if (text->empty()) {
        throw InputError{table.place_of(key),
                         "'" + std::string{key} + "' is empty; expected " + std::string{expected}};
    }
    return *text;
}

Xid xid_of(TomlTable& table) {
    Xid xid;
    xid.name = xid_text(table, "name", "what NVIDIA calls it");
    xid.meaning = xid_text(table, "meaning", "what it means");
    xid.severity = xid_text(table, "severity", "info, warning or error");
    if (xid.severity != "info" && xid.severity != "warning" && xid.severity != "error") {
        throw InputError{table.place_of("severity"), "'" + printable(xid.severity) +
                                                         "' is no severity; expected info, "
                                                         "warning or error"};
    }
    xid.next_step = xid_text(table, "next_step", "what to do about it");
    xid.source = xid_text(table, "source", "where that is written");
    return xid;
}

}  // namespace

XidTable parse_xid_table(std::string_view text, const std::string& file) {
    const toml::table document = parse_toml(text, file);
    TomlTable root{document, file, ""};
    XidTable xids;
    xids.version = xid_text(root, "version", "the table's version");
    for (TomlTable& row : root.tables("xid")) {
        const std::optional<std::int64_t> number = row.integer("number", 1, kMostXid);
        if (!number) row.refuse_missing("number", "the XID");
        if (!xids.rows.try_emplace(static_cast<int>(*number), xid_of(row)).second) {
            throw InputError{row.place_of("number"), "XID " + std::to_string(*number) +
                                                         " stands twice; expected one row each"};
        }
        row.refuse_unknown_keys();
    }
    root.refuse_unknown_keys();
    if (xids.rows.empty()) {
        throw InputError{{file, {}, {}}, "has no row; expected [[xid]] tables"};
    }
    return xids;
}

XidTable read_xid_table(const std::filesystem::path& path) {
    return parse_xid_table(read_text_file(path, kMostPlanBytes), path.string());
}

XidTable shipped_xid_table() { return read_xid_table(shipped_plans() / "xid.toml"); }

}  // namespace rackproof
