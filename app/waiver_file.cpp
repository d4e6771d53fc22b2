#include "app/waiver_file.hpp"

#include <charconv>
#include <chrono>

#include "app/plan_file.hpp"
#include "app/toml_table.hpp"
#include "core/clock.hpp"
#include "core/utf8.hpp"

namespace rackproof {
namespace {

/// "2026-12-31", if there is such a day.
bool is_day(std::string_view text) {
    if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
    int year = 0;
    unsigned month = 0;
    unsigned day = 0;
    const auto read = [&](std::size_t at, std::size_t size, auto& number) {
        const char* end = text.data() + at + size;
        const auto parsed = std::from_chars(text.data() + at, end, number);
        return parsed.ec == std::errc{} && parsed.ptr == end;
    };
    if (!read(0, 4, year) || !read(5, 2, month) || !read(8, 2, day) || year < 1) return false;
    return std::chrono::year_month_day{std::chrono::year{year}, std::chrono::month{month},
                                       std::chrono::day{day}}
        .ok();
}

std::string required(TomlTable& table, std::string_view key, std::string_view expected) {
    const std::optional<std::string> text = table.text(key);
    if (!text) table.refuse_missing(key, expected);
    if (text->empty()) {
        throw InputError{table.place_of(key),
                         "'" + std::string{key} + "' is empty; expected " + std::string{expected}};
    }
    return *text;
}

Waiver waiver_of(TomlTable& table) {
    Waiver waiver;
    waiver.node = required(table, "node", "the node's name");
    waiver.reason = required(table, "reason", "why it is borne");
    waiver.by = required(table, "by", "who says so");
    waiver.until = required(table, "until", "the last day, as \"2026-12-31\"");
    if (!is_day(waiver.until)) {
        throw InputError{table.place_of("until"), "'" + printable(waiver.until) +
                                                      "' is no day; expected one as "
                                                      "\"2026-12-31\""};
    }
    waiver.metric = table.text("metric").value_or("");
    if (const auto device = table.integer("device", 0, 65'535)) {
        waiver.device = std::to_string(*device);
    }
    if (const auto kind = table.text("kind")) {
        waiver.kind = finding_kind_from(*kind);
        if (!waiver.kind) {
            throw InputError{table.place_of("kind"),
                             "'" + printable(*kind) +
                                 "' is no kind of finding; expected slow, unstable, drift, limit, "
                                 "wrong_answer, hardware or missing"};
        }
    }
    if (!waiver.kind && waiver.metric.empty()) {
        throw InputError{table.place(),
                         "says neither kind nor metric; expected what is waived, not a node as a "
                         "whole (metric = \"*\" for all)"};
    }
    table.refuse_unknown_keys();
    return waiver;
}

}  // namespace

std::vector<Waiver> parse_waivers(std::string_view text, const std::string& file) {
    const toml::table document = parse_toml(text, file);
    TomlTable root{document, file, ""};
    std::vector<Waiver> waivers;
    for (TomlTable& table : root.tables("waiver")) waivers.push_back(waiver_of(table));
    root.refuse_unknown_keys();
    return waivers;
}

std::vector<Waiver> read_waivers(const std::filesystem::path& path) {
    return parse_waivers(read_text_file(path, kMostPlanBytes), path.string());
}

Judgement waived(Judgement judgement, const std::optional<std::filesystem::path>& waivers) {
    constexpr std::size_t kDayBytes = 10;  // of "2026-11-28T04:41:11Z"
    if (waivers) apply_waivers(judgement, read_waivers(*waivers), utc_now().substr(0, kDayBytes));
    return judgement;
}

}  // namespace rackproof
