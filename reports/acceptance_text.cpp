#include "reports/acceptance_text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "reports/attempts_list.hpp"
#include "reports/text_layout.hpp"
#include "reports/verdict_marks.hpp"

namespace rackproof {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMarkColumns = 12;  ///< "? INCOMPLETE"

std::string_view sign(Verdict verdict) {
    switch (verdict) {
        case Verdict::Pass:
        case Verdict::Watch: return "+ ACCEPTED";
        case Verdict::NoData: return "? INCOMPLETE";
        case Verdict::Fail: return "x REFUSED";
    }
    return "? INCOMPLETE";
}

std::string signed_paragraph(Verdict verdict, const std::string& text, const TableStyle& style) {
    const std::string prefix = coloured(fitted(sign(verdict), kMarkColumns), verdict, style) + " ";
    return paragraph(prefix, kMarkColumns + 1, clean(text), table_columns(style));
}

std::string indented(std::string_view head, const std::string& text, const TableStyle& style) {
    return paragraph(std::string(kMarkColumns + 1, ' ').append(head), kMarkColumns + 3, clean(text),
                     table_columns(style));
}

std::string rack_text(const RackAcceptance& rack, const TableStyle& style) {
    std::string text = signed_paragraph(rack.verdict, "rack " + rack.rack, style);
    for (const Clause& clause : rack.clauses) {
        text += indented(clause.verdict == Verdict::Pass   ? "+ "
                         : clause.verdict == Verdict::Fail ? "x "
                                                           : "? ",
                         clause.sentence, style);
    }
    for (const auto& [node, why] : rack.defects) {
        text += indented("- ", fmt::format("defect {}: {}", node, why), style);
    }
    for (const auto& [node, why] : rack.no_data) {
        text += indented("- ", fmt::format("no data {}: {}", node, why), style);
    }
    return text;
}

std::string all_attempts(const std::vector<ContractCell>& cells, const TableStyle& style) {
    if (cells.empty()) return "\nEach cell took one attempt.\n";
    std::string text = "\nAttempts\n";
    for (const ContractCell& cell : cells) text += attempts_text(cell, table_columns(style));
    return text;
}

template <class Value>
Json number_or_null(const std::optional<Value>& value) {
    return value ? Json(*value) : Json(nullptr);
}

Json reasons_json(const std::map<std::string, std::string>& nodes) {
    Json list = Json::array();
    for (const auto& [node, why] : nodes) list.push_back({{"node", node}, {"reason", why}});
    return list;
}

Json accepted_rack_json(const RackAcceptance& rack) {
    Json clauses = Json::array();
    for (const Clause& clause : rack.clauses) {
        clauses.push_back({{"verdict", to_string(clause.verdict)}, {"sentence", clause.sentence}});
    }
    return {{"rack", rack.rack},
            {"acceptance", acceptance_word(rack.verdict)},
            {"nodes", rack.nodes},
            {"clauses", std::move(clauses)},
            {"defects", reasons_json(rack.defects)},
            {"no_data", reasons_json(rack.no_data)}};
}

Json cell_json(const ContractCell& cell) {
    Json attempts = Json::array();
    for (const ContractAttempt& attempt : cell.attempts) {
        attempts.push_back({{"attempt", attempt.number},
                            {"outcome", to_string(attempt.outcome)},
                            {"value", number_or_null(attempt.value)},
                            {"hours", number_or_null(attempt.hours)},
                            {"reason", attempt.reason.empty() ? Json() : Json(attempt.reason)},
                            {"counts", attempt.counts == ContractAttempt::Counts::Yes}});
    }
    return {{"metric", cell.metric},
            {"unit", cell.unit},
            {"where", cell.where},
            {"attempts", std::move(attempts)}};
}

}  // namespace

std::string acceptance_text(const Acceptance& acceptance, const TableStyle& style) {
    std::vector<const RackAcceptance*> sorted;
    sorted.reserve(acceptance.racks.size());
    for (const RackAcceptance& rack : acceptance.racks) sorted.push_back(&rack);
    std::ranges::stable_sort(sorted, [](const RackAcceptance* a, const RackAcceptance* b) {
        return b->verdict < a->verdict;
    });
    std::string text;
    std::size_t accepted = 0;
    for (const RackAcceptance* rack : sorted) {
        text += rack_text(*rack, style);
        if (rack->verdict == Verdict::Pass) ++accepted;
    }
    text += notes_section("Left out", acceptance.left_out, table_columns(style));
    text += notes_section("Provisional", acceptance.provisional, table_columns(style));
    text += all_attempts(acceptance.retested, style);
    text += "\n" + signed_paragraph(acceptance.verdict,
                                    fmt::format("{} of {} racks accepted by the contract {}",
                                                accepted, sorted.size(), acceptance.contract),
                                    style);
    return text;
}

std::string acceptance_json(const Acceptance& acceptance) {
    Json racks = Json::array();
    for (const RackAcceptance& rack : acceptance.racks) racks.push_back(accepted_rack_json(rack));
    Json retested = Json::array();
    for (const ContractCell& cell : acceptance.retested) retested.push_back(cell_json(cell));
    const Json whole{{"format", "rackproof-acceptance"},
                     {"format_version", 1},
                     {"run_id", acceptance.run_id},
                     {"contract", acceptance.contract},
                     {"acceptance", acceptance_word(acceptance.verdict)},
                     {"racks", std::move(racks)},
                     {"retested", std::move(retested)},
                     {"left_out", acceptance.left_out},
                     {"provisional", acceptance.provisional}};
    return whole.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rackproof
