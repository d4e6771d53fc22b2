#include "app/plan_file.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>

#include "app/plan_checks.hpp"
#include "app/plan_stages.hpp"
#include "app/profile_file.hpp"
#include "app/toml_set.hpp"
#include "app/toml_table.hpp"
#include "core/error.hpp"
#include "core/unit_text.hpp"
#include "core/utf8.hpp"
#include "runners/plan_cases.hpp"

namespace rackproof {
namespace {

Limit parse_limit(TomlTable table) {
    Limit limit;
    const std::optional<std::string> pattern = table.text("case");
    if (!pattern) table.refuse_missing("case", "the name of a case, '*' for any characters");
    limit.pattern = *pattern;
    const std::optional<std::string> unit = table.text("unit");
    if (!unit) table.refuse_missing("unit", "the unit of min and max, such as \"GB/s\"");
    const std::optional<ScaledUnit> scaled = scaled_unit(*unit);
    if (!scaled) {
        throw InputError{table.place_of("unit"), "unit '" + printable(*unit) +
                                                     "' is not known; expected one such as "
                                                     "\"GB/s\", \"TFLOP/s\", \"us\", \"degC\""};
    }
    limit.unit = scaled->base;
    limit.min = table.number("min");
    limit.max = table.number("max");
    if (!limit.min && !limit.max) table.refuse_missing("min", "min or max, or both");
    if (limit.min) *limit.min *= scaled->factor;
    if (limit.max) *limit.max *= scaled->factor;
    for (const std::optional<double>& bound : {limit.min, limit.max}) {
        if (bound && !std::isfinite(*bound)) {
            throw InputError{table.place(), "a bound is too large for a number in " + limit.unit};
        }
    }
    if (limit.min && limit.max && *limit.min > *limit.max) {
        throw InputError{table.place_of("min"), "'min' is above 'max'"};
    }
    limit.provisional = table.boolean("provisional").value_or(false);
    limit.source = table.text("source").value_or(limit.provisional ? "" : "the plan");
    if (limit.source.empty() && limit.provisional) {
        table.refuse_missing("source", "where a provisional limit comes from");
    }
    table.refuse_unknown_keys();
    return limit;
}

double positive(TomlTable& table, std::string_view key, double fallback) {
    const std::optional<double> value = table.number(key);
    if (value && !(*value > 0)) {
        throw InputError{table.place_of(key), "'" + std::string{key} + "' must be above 0"};
    }
    return value.value_or(fallback);
}

std::optional<Verdict> one_of(TomlTable& table, std::string_view key,
                              std::initializer_list<Verdict> allowed) {
    const std::optional<std::string> word = table.text(key);
    if (!word) return std::nullopt;
    std::string expected;
    for (const Verdict verdict : allowed) {
        if (*word == to_string(verdict)) return verdict;
        expected +=
            (expected.empty() ? "" : " or ") + ('"' + std::string{to_string(verdict)} + '"');
    }
    throw InputError{table.place_of(key), "'" + printable(*word) + "' is no verdict for what is " +
                                              std::string{key} + "; expected " + expected};
}

/// `pass` for no finding.
std::optional<Verdict> unstable_verdict(TomlTable& table) {
    return one_of(table, "unstable", {Verdict::Pass, Verdict::Watch, Verdict::Fail});
}

MetricRule parse_metric_rule(TomlTable table) {
    MetricRule rule;
    const std::optional<std::string> pattern = table.text("case");
    if (!pattern) table.refuse_missing("case", "the name of a case, '*' for any characters");
    rule.pattern = *pattern;
    if (table.raw("min_effect") != nullptr) rule.min_effect = positive(table, "min_effect", 0);
    rule.unstable = unstable_verdict(table);
    table.refuse_unknown_keys();
    return rule;
}

/// A false discovery rate: above 0, below 1.
double rate(TomlTable& table, std::string_view key, double fallback) {
    const double value = positive(table, key, fallback);
    if (value >= 1) {
        throw InputError{table.place_of(key), "'" + std::string{key} + "' must be below 1"};
    }
    return value;
}

Policy parse_policy(TomlTable table) {
    Policy policy;
    policy.name = table.text("name").value_or(policy.name);
    policy.min_effect = positive(table, "min_effect", policy.min_effect);
    policy.min_effect_kelvin = positive(table, "min_effect_kelvin", policy.min_effect_kelvin);
    policy.watch_q = rate(table, "watch_q", policy.watch_q);
    policy.fail_q = rate(table, "fail_q", policy.fail_q);
    if (policy.fail_q > policy.watch_q) {
        throw InputError{table.place_of("fail_q"), "'fail_q' is above 'watch_q'"};
    }
    const auto cohort = table.integer("min_cohort", 3, 1'000'000);
    policy.min_cohort = static_cast<std::int32_t>(cohort.value_or(policy.min_cohort));
    policy.unstable = unstable_verdict(table).value_or(policy.unstable);
    policy.unstable_cv = positive(table, "unstable_cv", policy.unstable_cv);
    policy.unstable_ratio = positive(table, "unstable_ratio", policy.unstable_ratio);
    policy.unjudged =
        one_of(table, "unjudged", {Verdict::Pass, Verdict::NoData}).value_or(policy.unjudged);
    policy.optional = table.texts("optional");
    for (TomlTable& metric : table.tables("metric")) {
        policy.metrics.push_back(parse_metric_rule(metric));
    }
    for (TomlTable& limit : table.tables("limit")) policy.limits.push_back(parse_limit(limit));
    for (TomlTable& profile : table.tables("profile")) {
        policy.profiles.push_back(parse_profile(profile));
    }
    table.refuse_unknown_keys();
    return policy;
}

DeviceOptions parse_cpu(TomlTable table) {
    DeviceOptions cpu;
    const toml::node* devices = table.raw("devices_per_node");
    if (devices != nullptr && devices->is_string()) {
        const std::string& word = devices->as_string()->get();
        if (word != "numa" && word != "core") {
            throw InputError{table.place_of("devices_per_node"),
                             "'" + printable(word) +
                                 "' is no way to cut devices; expected \"numa\" (one a NUMA node), "
                                 "\"core\" (one a core) or a number"};
        }
        cpu.devices_per_node =
            word == "core" ? DeviceOptions::kOnePerCore : DeviceOptions::kOnePerNumaNode;
    } else if (const auto count = table.integer("devices_per_node", 1, 65'536)) {
        cpu.devices_per_node = static_cast<std::int32_t>(*count);
    }
    cpu.share_cores = table.boolean("share_cores").value_or(false);
    table.refuse_unknown_keys();
    return cpu;
}

void parse_run_settings(TomlTable table, Plan& plan) {
    plan.run_deadline_s = table.duration_s("deadline_s").value_or(plan.run_deadline_s);
    plan.heartbeat_timeout_s =
        table.duration_s("heartbeat_timeout_s").value_or(plan.heartbeat_timeout_s);
    plan.start_timeout_s = table.duration_s("start_timeout_s").value_or(plan.start_timeout_s);
    plan.retests =
        static_cast<std::int32_t>(table.integer("retests", 0, 10).value_or(plan.retests));
    plan.max_nodes_starting_per_s =
        positive(table, "max_nodes_starting_per_s", plan.max_nodes_starting_per_s);
    if (const auto nodes = table.integer("max_concurrent_nodes", 1, 1'000'000)) {
        plan.max_concurrent_nodes = static_cast<std::int32_t>(*nodes);
    }
    table.refuse_unknown_keys();
}

/// `[launcher]`: an argument may hold anything but what ends a text in the kernel's own interface.
void parse_launcher(TomlTable table, Plan& plan) {
    plan.launcher_wrap = table.texts("wrap");
    for (const std::string& argument : plan.launcher_wrap) {
        if (argument.find('\0') == std::string::npos) continue;
        throw InputError{table.place_of("wrap"),
                         "an argument of 'wrap' holds a NUL character; no program takes that"};
    }
    if (!plan.launcher_wrap.empty() && plan.launcher_wrap.front().empty()) {
        throw InputError{table.place_of("wrap"),
                         "'wrap' begins with an empty text; expected the name of a program"};
    }
    table.refuse_unknown_keys();
}

/// The places of the limits, in the order of parse_policy.
std::vector<InputPlace> limit_places(TomlTable policy) {
    std::vector<InputPlace> places;
    for (const TomlTable& limit : policy.tables("limit")) places.push_back(limit.place());
    return places;
}

}  // namespace

std::string read_text_file(const std::filesystem::path& path, std::size_t most_bytes) {
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) {
        throw InputError{{path.string(), {}, {}}, "is a folder; expected a file"};
    }
    std::ifstream file{path, std::ios::binary};
    if (!file) throw InputError{{path.string(), {}, {}}, "cannot be opened; expected a file"};
    // Piece by piece: what may be large is not, as a rule, and a size that is told may be wrong.
    constexpr std::size_t kPiece = std::size_t{1} << 16;
    std::string text;
    while (file) {
        const std::size_t before = text.size();
        text.resize(before + kPiece);
        file.read(text.data() + before, static_cast<std::streamsize>(kPiece));
        text.resize(before + static_cast<std::size_t>(file.gcount()));
        if (text.size() > most_bytes) {
            throw InputError{{path.string(), {}, {}},
                             "is larger than " + std::to_string(most_bytes) + " bytes"};
        }
    }
    if (file.bad()) throw InputError{{path.string(), {}, {}}, "cannot be read"};
    return text;
}

namespace {

Plan plan_of(const toml::table& document, std::string text, const std::string& file) {
    TomlTable root{document, file, ""};
    Plan plan;
    PlanPlaces places;
    plan.name = plain_name(root, "name", "the plan's name");
    plan.description = root.text("description").value_or("");
    if (auto run = root.table("run")) parse_run_settings(*run, plan);
    if (auto launcher = root.table("launcher")) parse_launcher(*launcher, plan);
    if (auto cpu = root.table("cpu")) plan.devices = parse_cpu(*cpu);
    for (TomlTable& stage : root.tables("stage")) {
        plan.stages.push_back(is_confirmation(stage)
                                  ? parse_confirmation(stage, plan.stages, places)
                                  : parse_stage(stage, places));
    }
    if (plan.stages.empty()) root.refuse_missing("stage", "at least one [[stage]]");
    if (auto policy = root.table("policy")) {
        plan.policy = parse_policy(*policy);
        places.limits = limit_places(*policy);
        places.policy = policy->place_of("optional");
    }
    root.refuse_unknown_keys();
    check_plan(plan, places);
    plan.devices.with_gpus = std::ranges::any_of(
        plan_cases(plan), [](const CaseSpec& spec) { return device_kind(spec) == "gpu"; });
    plan.toml = std::move(text);
    return plan;
}

void meet_all_pairs(toml::table& document, const std::string& file) {
    bool any = false;
    toml::array* const stages = document["stage"].as_array();
    for (std::size_t i = 0; stages != nullptr && i < stages->size(); ++i) {
        toml::table* const stage = (*stages)[i].as_table();
        if (stage == nullptr || (*stage)["over"].value<std::string>() != "pairs") continue;
        any = true;
        const bool says_so = (*stage)["pairs"].value<std::string>() == "all";
        if (!says_so) stage->insert_or_assign("rounds", "all");
    }
    if (any) return;
    throw InputError{{file, {}, {}},
                     "has no stage over pairs; expected one with over = \"pairs\" for --all-pairs"};
}

}  // namespace

Plan parse_plan(std::string text, const std::string& file) {
    const toml::table document = parse_toml(text, file);
    return plan_of(document, std::move(text), file);
}

Plan read_plan(const std::filesystem::path& path) {
    return parse_plan(read_text_file(path, kMostPlanBytes), path.string());
}

Plan read_plan(const std::filesystem::path& path, const PlanChanges& changes) {
    if (changes.settings.empty() && !changes.all_pairs) return read_plan(path);
    toml::table document = parse_toml(read_text_file(path, kMostPlanBytes), path.string());
    for (const std::string& setting : changes.settings) set_toml(document, setting);
    if (changes.all_pairs) meet_all_pairs(document, path.string());
    std::ostringstream text;
    text << document << '\n';
    return plan_of(document, text.str(), path.string());
}

Policy parse_plan_policy(std::string_view text, const std::string& file) {
    const toml::table document = parse_toml(text, file);
    TomlTable root{document, file, ""};
    const std::optional<TomlTable> policy = root.table("policy");
    return policy ? parse_policy(*policy) : Policy{};
}

Policy read_policy(const std::filesystem::path& path) {
    const toml::table document = parse_toml(read_text_file(path, kMostPlanBytes), path.string());
    return parse_policy(TomlTable{document, path.string(), ""});
}

}  // namespace rackproof
