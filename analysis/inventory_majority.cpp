#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <unordered_map>

#include "analysis/inventory_columns.hpp"
#include "analysis/inventory_keys.hpp"
#include "analysis/parallel.hpp"
#include "core/utf8.hpp"

namespace rackproof {
namespace {

/// What the nodes of one sku say in one column.
struct Vote {
    std::size_t nodes = 0;  ///< that have spoken
    std::size_t known = 0;
    std::unordered_map<std::string_view, std::size_t> counts;
    std::string_view last;  ///< most nodes say what the one before them said
    std::size_t of_last = 0;

    void add(std::string_view value) {
        ++nodes;
        if (value.empty()) return;
        ++known;
        if (value != last) {
            settle();
            last = value;
        }
        ++of_last;
    }
    void settle() {
        if (of_last > 0) counts[last] += of_last;
        of_last = 0;
    }
    /// The value of more than half of the nodes.
    [[nodiscard]] std::optional<std::pair<std::string_view, std::size_t>> majority() const {
        for (const auto& [value, count] : counts) {
            if (2 * count > nodes) return std::pair{value, count};
        }
        return std::nullopt;
    }
};

/// The middle one of the numbers, by which those that vary a little are compared.
std::optional<std::string_view> middle(const std::vector<std::string_view>& values) {
    std::vector<std::pair<double, std::string_view>> numbers;
    for (const std::string_view value : values) {
        double number = 0;
        const auto [rest, error] =
            std::from_chars(value.data(), value.data() + value.size(), number);
        if (error == std::errc{} && rest == value.data() + value.size()) {
            numbers.emplace_back(number, value);
        }
    }
    if (numbers.empty()) return std::nullopt;
    const auto half = numbers.begin() + static_cast<std::ptrdiff_t>(numbers.size() / 2);
    std::ranges::nth_element(numbers, half);
    return half->second;
}

/// What one column has to tell.
struct ColumnReport {
    std::vector<Deviation> deviations;
    std::vector<std::string> parted;  ///< "a": without a majority, by sku
};

/// What the nodes of a sku agree on.
struct Expected {
    std::string_view value;
    std::string against;
};

class ColumnJudge {
  public:
    ColumnJudge(const InventoryColumns& columns, const Policy& policy,
                const InventoryColumn& column)
        : columns_{&columns},
          policy_{&policy},
          column_{&column},
          comparison_{comparison_of(column.key)} {}

    ColumnReport judge() {
        ColumnReport report;
        if (comparison_ == Comparison::Own) return report;
        const auto expected =
            comparison_ == Comparison::Near ? by_middle() : by_majority(report.parted);
        for (std::size_t i = 0; i < column_->values.size(); ++i) {
            if (!columns_->has_spoken(i)) continue;
            const auto wanted = expected.find(sku(i));
            if (wanted == expected.end()) continue;
            const std::string_view found = column_->values[i];
            if (!found.empty() && agree(comparison_, found, wanted->second.value)) continue;
            report.deviations.push_back({i, column_->key, wanted->second.value,
                                         wanted->second.against,
                                         found.empty() ? Verdict::NoData : Verdict::Watch});
        }
        return report;
    }

  private:
    using BySku = std::unordered_map<std::int32_t, Expected>;

    [[nodiscard]] std::int32_t sku(std::size_t node) const {
        return columns_->survey().fleet.sku(static_cast<std::int32_t>(node));
    }
    [[nodiscard]] const std::string& sku_name(std::size_t node) const {
        return columns_->run().nodes[node].sku;
    }
    [[nodiscard]] bool enough(std::size_t known) const {
        return known >= static_cast<std::size_t>(policy_->min_cohort);
    }

    [[nodiscard]] BySku by_majority(std::vector<std::string>& parted) const {
        std::unordered_map<std::int32_t, Vote> votes;
        std::unordered_map<std::int32_t, std::size_t> example;
        Vote* vote = nullptr;
        std::int32_t of_sku = -1;
        for (std::size_t i = 0; i < column_->values.size(); ++i) {
            if (!columns_->has_spoken(i)) continue;
            if (vote == nullptr || sku(i) != of_sku) {
                of_sku = sku(i);
                vote = &votes[of_sku];
                example.emplace(of_sku, i);
            }
            vote->add(column_->values[i]);
        }
        BySku expected;
        for (auto& [number, each] : votes) {
            each.settle();
            if (!enough(each.known)) continue;
            const std::string& name = sku_name(example.at(number));
            if (is_governed(*policy_, name, column_->key)) continue;
            if (const auto most = each.majority()) {
                expected[number] = {most->first, fmt::format("{} of {} nodes of its sku have it",
                                                             most->second, each.nodes)};
            } else if (2 * each.known > each.nodes && 2 * each.counts.size() <= each.known) {
                parted.push_back(fmt::format(
                    "{} has {} values among the {} nodes of sku {}, none "
                    "of them on more than half",
                    printable(column_->key), each.counts.size(), each.nodes, printable(name)));
            }
        }
        return expected;
    }

    [[nodiscard]] BySku by_middle() const {
        std::unordered_map<std::int32_t, std::vector<std::string_view>> values;
        std::unordered_map<std::int32_t, std::size_t> example;
        std::unordered_map<std::int32_t, std::size_t> nodes;
        for (std::size_t i = 0; i < column_->values.size(); ++i) {
            if (!columns_->has_spoken(i)) continue;
            ++nodes[sku(i)];
            example.emplace(sku(i), i);
            if (!column_->values[i].empty()) values[sku(i)].push_back(column_->values[i]);
        }
        BySku expected;
        for (const auto& [number, known] : values) {
            if (!enough(known.size()) || 2 * known.size() <= nodes.at(number)) continue;
            if (is_governed(*policy_, sku_name(example.at(number)), column_->key)) continue;
            if (const auto median = middle(known)) {
                expected[number] = {*median,
                                    fmt::format("the median of {} nodes of its sku, within "
                                                "1 %",
                                                known.size())};
            }
        }
        return expected;
    }

    const InventoryColumns* columns_;
    const Policy* policy_;
    const InventoryColumn* column_;
    Comparison comparison_;
};

Draft of_fleet(std::string what) {
    Draft draft;
    draft.finding.verdict = Verdict::Watch;
    draft.finding.kind = FindingKind::Drift;
    draft.finding.rule = "majority";
    draft.finding.action =
        "Find out which value is meant and bring all nodes of the sku to it, or name the two kinds "
        "of nodes as two skus in the fleet file.";
    draft.what = std::move(what);
    return draft;
}

}  // namespace

void compare_with_majority(const InventoryColumns& columns, const Policy& policy,
                           std::size_t threads, std::vector<Draft>& drafts) {
    std::vector<ColumnReport> reports(columns.all().size());
    for_each_index(reports.size(), threads, [&](std::size_t i) {
        reports[i] = ColumnJudge{columns, policy, *columns.all()[i]}.judge();
    });
    std::vector<Deviation> deviations;
    for (ColumnReport& report : reports) {
        std::ranges::move(report.deviations, std::back_inserter(deviations));
        for (std::string& words : report.parted) drafts.push_back(of_fleet(std::move(words)));
    }
    tell_deviations(columns, std::move(deviations), drafts);
}

}  // namespace rackproof
