#include "app/plan_stages.hpp"

#include <algorithm>
#include <limits>

#include "app/suite_parameters.hpp"
#include "core/error.hpp"
#include "core/utf8.hpp"
#include "suites/suite.hpp"

namespace rackproof {
namespace {

bool is_plain_name(std::string_view name) {
    constexpr std::string_view kPlain =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    return !name.empty() && name.size() <= 64 &&
           name.find_first_not_of(kPlain) == std::string::npos;
}

SuiteEntry parse_suite_entry(TomlTable table) {
    const std::optional<std::string> name = table.text("suite");
    if (!name) table.refuse_missing("suite", "one of: " + suite_names());
    const Suite* suite = find_suite(*name);
    if (suite == nullptr) {
        throw InputError{table.place_of("suite"), "there is no suite '" + printable(*name) +
                                                      "'; expected one of: " + suite_names()};
    }
    SuiteEntry entry;
    entry.suite = *name;
    if (table.raw("label") != nullptr) entry.label = plain_name(table, "label", "a label");
    entry.deadline_s = table.duration_s("deadline_s");
    entry.parameters = read_parameters(*suite, table);
    table.refuse_unknown_keys();
    return entry;
}

[[noreturn]] void refuse_word(TomlTable& table, std::string_view key, const std::string& word,
                              const std::string& expected) {
    throw InputError{table.place_of(key), "'" + std::string{key} + "' is '" + printable(word) +
                                              "'; expected " + expected};
}

Over parse_over(TomlTable& table) {
    const std::optional<std::string> word = table.text("over");
    if (!word) return Over::Node;
    const std::optional<Over> over = over_from(*word);
    if (!over) {
        refuse_word(table, "over", *word, R"("node", "pairs", "group" (all nodes) or "rack")");
    }
    return *over;
}

/// Which of 1 to `kEveryRound` rounds a stage over pairs has: a number, "enough" or "all".
std::optional<std::int32_t> parse_rounds(TomlTable& table) {
    const toml::node* given = table.raw("rounds");
    if (given == nullptr) return std::nullopt;
    if (given->is_string()) {
        const std::string word = *table.text("rounds");
        if (word == "all") return Stage::kEveryRound;
        if (word == "enough") return Stage::kEnoughRounds;
        refuse_word(table, "rounds", word, R"(a whole number, "enough" or "all")");
    }
    return static_cast<std::int32_t>(*table.integer("rounds", 1, 1'000'000));
}

/// `pairs` is "neighbours" or "stratified" (drawn with a `seed`), of which there are so many
/// `rounds`; or "all", which says it all.
void parse_pairs(TomlTable& table, Stage& stage) {
    const std::string pairs = table.text("pairs").value_or("neighbours");
    const std::optional<std::int32_t> rounds = parse_rounds(table);
    const std::optional<std::int64_t> seed =
        table.integer("seed", 0, std::numeric_limits<std::int64_t>::max());
    for (const char* key : {"pairs", "rounds", "seed"}) {
        if (stage.over == Over::Pairs || table.raw(key) == nullptr) continue;
        throw InputError{table.place_of(key), "'" + std::string{key} +
                                                  "' says nothing in a stage that is not over "
                                                  "pairs; expected over = \"pairs\""};
    }
    if (pairs != "neighbours" && pairs != "stratified" && pairs != "all") {
        refuse_word(table, "pairs", pairs, R"("neighbours", "stratified" or "all")");
    }
    if (pairs == "all" && rounds) {
        throw InputError{table.place_of("rounds"),
                         "'rounds' limits neighbours; expected none with pairs = \"all\""};
    }
    if (pairs != "stratified" && seed) {
        throw InputError{table.place_of("seed"),
                         "'seed' draws partners; expected pairs = \"stratified\""};
    }
    if (rounds) stage.pair_rounds = *rounds;
    if (pairs == "all") stage.pair_rounds = Stage::kEveryRound;
    constexpr std::int64_t kUsualSeed = 1;
    if (pairs == "stratified")
        stage.pair_seed = static_cast<std::uint64_t>(seed.value_or(kUsualSeed));
}

/// A search: `only_if_short` names the stage that it is a search for, `budget_s` limits it.
void parse_search(TomlTable& table, Stage& stage) {
    const bool is_search = table.raw("only_if_short") != nullptr;
    stage.budget_s = table.duration_s("budget_s");
    if (stage.budget_s && !is_search) {
        throw InputError{table.place_of("budget_s"),
                         "'budget_s' limits a search; expected only_if_short = \"STAGE\" with it"};
    }
    if (!is_search) return;
    stage.only_if_short = plain_name(table, "only_if_short", "the name of a stage");
    if (stage.over != Over::Pairs) {
        throw InputError{table.place_of("only_if_short"),
                         "'only_if_short' says nothing in a stage that is not over pairs; expected "
                         "over = \"pairs\""};
    }
    if (!stage.budget_s) {
        table.refuse_missing("budget_s", "how many seconds the search may take, such as 600");
    }
}

/// Whether a stage over several nodes is left out where there are no two.
bool parse_alone(TomlTable& table, Over over) {
    const std::optional<std::string> word = table.text("alone");
    if (!word) return false;
    if (over == Over::Node) {
        throw InputError{table.place_of("alone"),
                         "'alone' says nothing in a stage over single nodes; expected 'over' with "
                         "it"};
    }
    if (*word != "skip" && *word != "refuse") {
        refuse_word(table, "alone", *word, R"("refuse" or "skip")");
    }
    return *word == "skip";
}

/// Under `key`: the verdicts that keep a node out.
std::vector<Verdict> parse_verdicts(TomlTable& table, const char* key) {
    std::vector<Verdict> verdicts;
    for (const std::string& word : table.texts(key)) {
        const std::optional<Verdict> verdict = verdict_from(word);
        if (!verdict || *verdict == Verdict::Pass) {
            refuse_word(table, key, word, R"(any of "fail", "no_data", "watch")");
        }
        verdicts.push_back(*verdict);
    }
    return verdicts;
}

}  // namespace

std::string plain_name(TomlTable& table, std::string_view key, std::string_view expected) {
    const std::optional<std::string> name = table.text(key);
    if (!name) table.refuse_missing(key, expected);
    if (!is_plain_name(*name)) {
        throw InputError{table.place_of(key), "'" + printable(*name) +
                                                  "' is no name; expected 1 "
                                                  "to 64 letters, digits, '_' or '-'"};
    }
    return *name;
}

Stage parse_stage(TomlTable table, PlanPlaces& places) {
    Stage stage;
    stage.name = plain_name(table, "name", "the stage's name");
    stage.over = parse_over(table);
    parse_pairs(table, stage);
    parse_search(table, stage);
    stage.skip_alone = parse_alone(table, stage.over);
    stage.gate = parse_verdicts(table, "gate");
    stage.stop = parse_verdicts(table, "stop");
    stage.device_power_w = table.number("power_w");
    if (stage.device_power_w && !(*stage.device_power_w > 0)) {
        throw InputError{table.place_of("power_w"), "'power_w' must be above 0"};
    }
    std::vector<InputPlace> entry_places;
    for (TomlTable& entry : table.tables("suite")) {
        entry_places.push_back(entry.place());
        stage.suites.push_back(parse_suite_entry(entry));
    }
    if (stage.suites.empty()) table.refuse_missing("suite", "at least one [[stage.suite]]");
    table.refuse_unknown_keys();
    places.suites.push_back(std::move(entry_places));
    places.stages.push_back(table.place());
    return stage;
}

namespace {

/// The stage over pairs that one behind it confirms. A gate of its own would take out whom that is
/// to measure again.
const Stage& confirmed_stage(TomlTable& table, const std::vector<Stage>& before) {
    const std::string name = plain_name(table, "confirms", "the name of a stage over pairs");
    const auto found = std::ranges::find(before, name, &Stage::name);
    const bool fits =
        found != before.end() && found->over == Over::Pairs && found->confirms.empty();
    if (!fits) {
        throw InputError{table.place_of("confirms"),
                         "'confirms' is '" + name +
                             "'; expected the name of a stage before it with over = \"pairs\""};
    }
    if (found->gate.empty() && found->stop.empty()) return *found;
    throw InputError{table.place_of("confirms"),
                     "the gate or stop of stage '" + name +
                         "' would take out whom this stage is to measure again; expected it here"};
}

/// Its cases go by names of their own. Pairs that are to load the fabric together do not begin at
/// the same moment: each sample lasts long enough for that not to matter.
SuiteEntry measured_again(SuiteEntry entry, const Stage& stage) {
    constexpr double kLeastLoaded_s = 0.25;
    constexpr const char* kMinSample = "min_sample_s";
    const bool alone = stage.load == PairLoad::None;
    const std::string label =
        entry.label.empty() ? std::string{to_string(stage.over)} : entry.label;
    entry.label = label + (alone ? "-alone" : "-loaded");
    if (!alone && entry.parameters.has(kMinSample)) {
        entry.parameters.set(kMinSample,
                             std::max(entry.parameters.real(kMinSample), kLeastLoaded_s));
    }
    return entry;
}

}  // namespace

bool is_confirmation(TomlTable& table) { return table.raw("confirms") != nullptr; }

Stage parse_confirmation(TomlTable table, const std::vector<Stage>& before, PlanPlaces& places) {
    constexpr std::int64_t kMostSuspects = 1000;
    const Stage& confirmed = confirmed_stage(table, before);
    Stage stage = confirmed;
    stage.name = plain_name(table, "name", "the stage's name");
    stage.confirms = confirmed.name;
    stage.only_if_short.clear();
    stage.budget_s.reset();
    const std::string load = table.text("load").value_or("none");
    const std::optional<PairLoad> known = pair_load_from(load);
    if (!known) refuse_word(table, "load", load, R"("none" or "others")");
    stage.load = *known;
    const auto suspects = table.integer("suspects", 1, kMostSuspects);
    stage.most_suspects = static_cast<std::int32_t>(suspects.value_or(stage.most_suspects));
    stage.gate = parse_verdicts(table, "gate");
    stage.stop = parse_verdicts(table, "stop");
    for (SuiteEntry& entry : stage.suites) entry = measured_again(std::move(entry), stage);
    table.refuse_unknown_keys();
    places.suites.emplace_back(stage.suites.size(), table.place());
    places.stages.push_back(table.place());
    return stage;
}

}  // namespace rackproof
