#include "reports/fleet_health_report.hpp"
#include "reports/verdict_json.hpp"

namespace rackproof {
namespace {

constexpr const char* kAbsent = "absent";

Json counts_json(const VerdictCounts& counts) {
    Json json{{"all", counts.all()}};
    for (const Verdict verdict : {Verdict::Pass, Verdict::Watch, Verdict::Fail, Verdict::NoData}) {
        json[std::string{to_string(verdict)}] = counts.of(verdict);
    }
    json[kAbsent] = counts.absent;
    return json;
}

Json night_json(const NightSummary& night) {
    return {{"started", night.started},
            {"plans", night.plans},
            {"runs", night.runs},
            {"complete", night.complete},
            {"verdict", to_string(night.overall)},
            {"nodes", counts_json(night.nodes)}};
}

Json transitions_json(const FleetHealth& health) {
    Json json = Json::object();
    for (const Transition transition : kAllTransitions) {
        const auto found = health.transitions.find(transition);
        json[std::string{to_string(transition)}] =
            found == health.transitions.end() ? Json::array() : Json(found->second);
    }
    return json;
}

Json offender_json(const Offender& offender) {
    Json nights = Json::array();
    for (const auto& verdict : offender.nights) {
        nights.push_back(verdict ? to_string(*verdict) : kAbsent);
    }
    return {{"node", offender.node.name},
            {"rack", offender.node.rack},
            {"row", offender.node.row},
            {"nights", std::move(nights)},
            {"counts", counts_json(offender.counts)},
            {"blamed", list(offender.blamed, [](const auto& blamed) {
                 const auto& [blame, count] = blamed;
                 return Json{{"rule", blame.rule},
                             {"metric", blame.metric.empty() ? Json() : Json(blame.metric)},
                             {"nights", count}};
             })}};
}

Json place_json(const PlaceHealth& place) {
    return {{"row", place.row},
            {"rack", place.rack.empty() ? Json() : Json(place.rack)},
            {"nodes", place.nodes},
            {"ever_failed", place.ever_failed},
            {"fail_share", or_null(place.period.fail_share())},
            {"period", counts_json(place.period)},
            {"last_night", counts_json(place.last)}};
}

Json left_out_json(const LeftOutFile& left_out) {
    return {{"file", left_out.file}, {"reason", left_out.reason}};
}

}  // namespace

std::string fleet_health_json(const FleetHealth& health) {
    const Json whole{{"format", "rackproof-fleet"},
                     {"format_version", 1},
                     {"verdict", to_string(overall_verdict(health))},
                     {"nodes", health.nodes},
                     {"nights", list(health.nights, night_json)},
                     {"transitions", transitions_json(health)},
                     {"drift", list(health.drift, finding_json)},
                     {"history", health.history},
                     {"repeat_offenders", list(health.offenders, offender_json)},
                     {"racks", list(health.racks, place_json)},
                     {"rows", list(health.rows, place_json)},
                     {"notes", health.notes},
                     {"left_out", list(health.left_out, left_out_json)}};
    return whole.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rackproof
