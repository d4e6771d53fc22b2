#include "analysis/confirmation.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "analysis/pair_values.hpp"
#include "analysis/robust.hpp"
#include "analysis/slow.hpp"
#include "core/index.hpp"
#include "core/manifest.hpp"

namespace rackproof {
namespace {

/// A fault that shows again shows at least so much of itself, as a logarithm.
constexpr double kShowsAgain = 0.5;

std::string text_parameter(const Metric& metric, std::string_view name) {
    const auto parameters = nlohmann::json::parse(metric.parameters, nullptr, false);
    if (!parameters.is_object()) return {};
    const auto found = parameters.find(name);
    return found != parameters.end() && found->is_string() ? found->get<std::string>() : "";
}

bool is_of_slow_pairs(const Draft& draft) {
    const Place& place = draft.place;
    const bool is_node_or_link =
        place.node >= 0 && place.device < 0 && place.group < 0 && place.rack < 0;
    return is_node_or_link && draft.finding.kind == FindingKind::Slow &&
           draft.finding.verdict != Verdict::Pass && draft.finding.deviation.has_value();
}

/// One pair measured again: how much worse than healthy pairs like it, as a logarithm.
struct AgainWorse {
    std::int32_t first = 0;
    std::int32_t second = 0;
    double worse = 0;
};

/// What one way of measuring again says of a suspect.
struct Shown {
    double worse = 0;                    ///< median over its pairs, as a logarithm
    std::vector<std::int32_t> partners;  ///< of a node
};

/// All that was measured again in one way.
class Again {
  public:
    Again(const MeasuredAgain& measured, Direction better,
          const std::map<std::pair<std::int32_t, std::int32_t>, double>& usual,
          const std::set<std::int32_t>& accused) {
        const double sign = better == Direction::HigherIsBetter ? -1 : 1;
        std::vector<double> of_others;
        for (const PairNumber& pair : measured.pairs) {
            const auto like = usual.find(std::minmax(pair.first, pair.second));
            if (like == usual.end() || !(pair.value > 0)) continue;
            const double worse = sign * std::log(pair.value / like->second);
            pairs_.push_back({pair.first, pair.second, worse});
            if (accused.contains(pair.first) || accused.contains(pair.second)) continue;
            of_others.push_back(worse);
        }
        constexpr std::size_t kFewestOthers = 3;
        if (of_others.size() >= kFewestOthers) others_ = *median(std::move(of_others));
    }

    /// Less what pairs of nobody suspected lost or gained, measured in the same way.
    [[nodiscard]] std::optional<Shown> shown(const Place& suspect) const {
        Shown shown;
        std::vector<double> worse;
        for (const AgainWorse& pair : pairs_) {
            const bool is_end = pair.first == suspect.node || pair.second == suspect.node;
            const std::int32_t other = pair.first == suspect.node ? pair.second : pair.first;
            const bool is_link = suspect.peer_node >= 0;
            if (!is_end || (is_link && other != suspect.peer_node)) continue;
            worse.push_back(pair.worse - others_);
            shown.partners.push_back(other);
        }
        if (worse.empty()) return std::nullopt;
        shown.worse = *median(std::move(worse));
        return shown;
    }

  private:
    std::vector<AgainWorse> pairs_;
    double others_ = 0;
};

/// " (with n1, n4)", unless the same was just said; of a link nothing.
std::string partners_text(const Run& run, const Draft& draft, const Shown& shown,
                          const std::vector<std::int32_t>& said) {
    if (draft.place.peer_node >= 0 || shown.partners == said) return "";
    std::vector<std::string> names;
    for (const std::int32_t node : shown.partners) names.push_back(run.nodes[at(node)].name);
    return " (with " + some_of(names) + ")";
}

/// What was seen in both ways, and what follows from it.
class Conclusion {
  public:
    Conclusion(const Run& run, const MetricIdentity& metric, Draft& draft)
        : run_{run},
          metric_{metric},
          draft_{draft},
          least_{kShowsAgain * logarithmic(metric.better, -*draft.finding.deviation)} {}

    void add(PairLoad load, const std::optional<Shown>& shown) {
        if (!shown) return;
        const bool alone = load == PairLoad::None;
        const bool is_first = text_.empty();
        text_ += fmt::format("{}{}{} {}{}", is_first ? "; measured again, " : ", ",
                             alone ? "alone on the fabric" : "beside other pairs at work",
                             partners_text(run_, draft_, *shown, said_),
                             worse_text(metric_, relative(metric_.better, shown->worse)),
                             is_first ? " pairs like them" : "");
        said_ = shown->partners;
        (alone ? alone_ : loaded_) = shown->worse >= least_;
    }

    void tell() {
        if (text_.empty()) return;
        draft_.what += text_ + ": " + word();
        const bool is_refuted = alone_ == false && loaded_ == false;
        if (is_refuted && draft_.finding.verdict == Verdict::Fail) {
            draft_.finding.verdict = Verdict::Watch;
        }
    }

  private:
    [[nodiscard]] std::string word() const {
        if (alone_ == false && loaded_ == true) return "confirmed, under load only";
        if (alone_ == true || loaded_ == true) return "confirmed";
        if (alone_ && loaded_) return "not confirmed, and therefore only watched";
        return std::string{"not confirmed, but it was not measured "} +
               (alone_ ? "under load" : "alone");
    }

    const Run& run_;
    const MetricIdentity& metric_;
    Draft& draft_;
    double least_;
    std::string text_;
    std::vector<std::int32_t> said_;  ///< partners
    std::optional<bool> alone_;       ///< it showed
    std::optional<bool> loaded_;
};

}  // namespace

std::string confirmed_metric(const Metric& metric) {
    return is_pair(metric.scope) ? text_parameter(metric, kConfirms) : "";
}

MeasuredAgain measured_again(const MetricCells& cells) {
    MeasuredAgain again;
    again.of = confirmed_metric(cells.metric());
    if (again.of.empty()) return again;
    const auto load = pair_load_from(text_parameter(cells.metric(), kConfirmsUnder));
    again.load = load.value_or(PairLoad::None);
    for (const TargetCell& cell : cells.cells()) {
        if (!cell.value) continue;
        again.pairs.push_back({cell.place.node, cell.place.peer_node, *cell.value});
    }
    return again;
}

void tell_of_confirmation(const Run& run, const MetricIdentity& metric,
                          const std::vector<PairNumber>& usual,
                          const std::vector<MeasuredAgain>& again, std::vector<Draft>& drafts) {
    std::map<std::pair<std::int32_t, std::int32_t>, double> usual_of;
    for (const PairNumber& pair : usual) {
        usual_of[std::minmax(pair.first, pair.second)] = pair.value;
    }
    std::set<std::int32_t> accused;
    for (const Draft& draft : drafts) {
        if (!is_of_slow_pairs(draft)) continue;
        accused.insert({draft.place.node, draft.place.peer_node});
    }
    std::vector<std::pair<PairLoad, Again>> ways;
    for (const MeasuredAgain& measured : again) {
        ways.emplace_back(measured.load, Again{measured, metric.better, usual_of, accused});
    }
    std::ranges::stable_sort(ways, {}, &std::pair<PairLoad, Again>::first);
    for (Draft& draft : drafts) {
        if (!is_of_slow_pairs(draft)) continue;
        Conclusion conclusion{run, metric, draft};
        for (const auto& [load, way] : ways) conclusion.add(load, way.shown(draft.place));
        conclusion.tell();
    }
}

void count_at_suspects(const Run& run, const std::vector<Draft>& found,
                       std::vector<Draft>& drafts) {
    std::set<std::int32_t> suspects;
    for (const Draft& draft : found) {
        const bool is_node = is_of_slow_pairs(draft) && draft.place.peer_node < 0;
        if (is_node) suspects.insert(draft.place.node);
    }
    for (Draft& draft : drafts) {
        const std::int32_t node = draft.place.node;
        const std::int32_t peer = draft.place.peer_node;
        const bool is_broken = draft.finding.rule == "outcome" && node >= 0 && peer >= 0 &&
                               draft.finding.kind != FindingKind::WrongAnswer;
        if (!is_broken || suspects.contains(node) == suspects.contains(peer)) continue;
        const bool is_first = suspects.contains(node);
        draft.what = "with " + run.nodes[at(is_first ? peer : node)].name + ", " + draft.what;
        draft.place = Place{.node = is_first ? node : peer};
    }
}

}  // namespace rackproof
