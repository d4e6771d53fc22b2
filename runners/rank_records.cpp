#include "runners/rank_records.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>

#include "core/error.hpp"
#include "runners/task.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kLongestText = 65536;
constexpr std::size_t kMostPins = 16;
constexpr std::size_t kMostCards = 4096;

void require(bool holds, std::string_view what) {
    if (!holds) throw Error{"take a rank's record", what};
}

bool all_finite(const std::vector<double>& values) {
    return std::ranges::all_of(values, [](double value) { return std::isfinite(value); });
}

/// Checks one record by its type; each check is one overload.
class Check {
  public:
    Check(const RankDuty& duty, const Manifest& manifest) : duty_{&duty}, manifest_{&manifest} {}

    void operator()(const record::RankPlaced& r) const {
        require(r.job == duty_->job && r.rank == duty_->rank && r.device == duty_->device,
                "it is placed where it does not belong");
        texts({&r.host, &r.cores});
        names(r.nics.nearest);
        require(r.nics.pinned.size() <= kMostPins, "more network pins than there are variables");
        for (const auto& [variable, cards] : r.nics.pinned) {
            texts({&variable});
            names(cards);
        }
    }
    void operator()(const record::CellBegun& r) const {
        cell(r.cell, r.attempt);
        own(r.rank);
        time(r.time_s);
    }
    void operator()(const record::Operation& r) const {
        own(r.rank);
        time(r.time_s);
        texts({&r.text});
    }
    void operator()(const record::Samples& r) const {
        const CaseSpec& spec = cell(r.cell, r.attempt);
        require(is_by_one_rank(spec.scope) || duty_->rank == 0,
                "samples of a node's case from another rank than the first");
        require(!r.values.empty(), "no samples");
        require(r.values.size() <= static_cast<std::size_t>(spec.repetitions),
                "more samples than repetitions");
        require(r.time_s.empty() || r.time_s.size() == r.values.size(),
                "as many times as samples are expected");
        require(all_finite(r.values) && all_finite(r.time_s), "a sample that is no finite number");
        texts({&r.variant.parameters, &r.variant.algorithm, &r.variant.library,
               &r.variant.transport});
        require(nlohmann::json::parse(r.variant.parameters, nullptr, false).is_object(),
                "parameters that are no JSON object");
    }
    void operator()(const record::RankTimes& r) const {
        const CaseSpec& spec = cell(r.cell, r.attempt);
        own(r.rank);
        require(r.entry_s.size() == r.exit_s.size(), "as many exits as entries are expected");
        require(r.entry_s.size() <= static_cast<std::size_t>(spec.repetitions),
                "more entries than repetitions");
        require(all_finite(r.entry_s) && all_finite(r.exit_s) && std::isfinite(r.clock_error_s),
                "a time that is no finite number");
    }
    void operator()(const record::RankEnded& r) const {
        cell(r.cell, r.attempt);
        own(r.rank);
        time(r.time_s);
        require(std::isfinite(r.timed_s) && r.timed_s >= 0, "a time that is no finite number");
        require(r.outcome != Outcome::Lost && r.outcome != Outcome::Excluded,
                "an outcome that only the controller can give");
        texts({&r.reason});
    }
    void operator()(const record::Reading& r) const {
        place(r.scope, r.target);
        time(r.time_s);
        require(std::isfinite(r.value) && std::isfinite(r.resolution),
                "a reading that is no finite number");
        require(record::is_name(r.sensor) && r.sensor != "time", "a sensor of an impossible name");
        texts({&r.sensor, &r.unit});
    }
    void operator()(const record::Fact& r) const {
        place(r.scope, r.target);
        require(record::is_name(r.key), "a fact of an impossible name");
        texts({&r.key, &r.source, &r.value});
    }
    void operator()(const record::Happened& r) const {
        const Event& event = r.event;
        const bool of_node = event.device == -1;
        require(event.node == duty_->node && (of_node || event.device == duty_->device),
                "an event of another node or device");
        time(event.time);
        require(
            event.severity == "info" || event.severity == "warning" || event.severity == "error",
            "an event of a severity that is not known");
        require(record::is_name(event.code), "an event of an impossible code");
        texts({&event.code, &event.text});
    }
    template <class Other>
    void operator()(const Other&) const {
        require(false, "a record that no rank may send");
    }

  private:
    const CaseSpec& cell(std::int32_t number, std::int32_t attempt) const {
        require(std::ranges::find(duty_->open, number) != duty_->open.end(),
                "a record of a cell that it is not at");
        require(duty_->attempt == attempt, "a record of another attempt");
        const Cell& found = manifest_->cells.at(static_cast<std::size_t>(number));
        return manifest_->cases.at(static_cast<std::size_t>(found.case_index));
    }
    void own(std::int32_t rank) const {
        require(rank == duty_->rank, "a record in another rank's name");
    }
    void place(Scope scope, std::int32_t target) const {
        const bool own_node = scope == Scope::Node && target == duty_->node;
        const bool own_device = scope == Scope::Device && target == duty_->device;
        require(own_node || own_device, "a record of another node or device");
    }
    static void time(double seconds) {
        require(std::isfinite(seconds), "a time that is no finite number");
    }
    static void names(const std::vector<std::string>& all) {
        require(all.size() <= kMostCards, "more network cards than a node has");
        for (const std::string& name : all) texts({&name});
    }
    static void texts(std::initializer_list<const std::string*> all) {
        for (const std::string* text : all) {
            require(text->size() <= kLongestText, "a text of more than 64 KiB");
        }
    }

    const RankDuty* duty_;
    const Manifest* manifest_;
};

}  // namespace

void check_record(const record::Record& record, const RankDuty& duty, const Manifest& manifest) {
    std::visit(Check{duty, manifest}, record);
}

}  // namespace rackproof
