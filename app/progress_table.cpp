#include "app/progress_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "reports/text_format.hpp"
#include "reports/text_layout.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kWidestNode = 20;
constexpr std::size_t kWidestStage = 12;
constexpr std::size_t kLatestColumns = 32;
constexpr std::size_t kGap = 2;

std::string count_text(const StageCount& count) {
    if (count.cells == 0) return "-";
    if (count.excluded == count.cells) return "out";
    const std::string broken =
        count.not_completed > 0 ? fmt::format(" !{}", count.not_completed) : "";
    return fmt::format("{}/{}{}", count.ended, count.cells, broken);
}

std::string latest_text(const ProgressBoard& board, std::size_t node) {
    const std::optional<LatestValue>& latest = board.latest(node);
    if (!latest) return "";
    const CaseSpec& of = board.manifest().cases.at(static_cast<std::size_t>(latest->case_index));
    return clean(of.name) + " " + format_value(latest->value, of.unit);
}

bool is_broken(const ProgressBoard& board, std::size_t node) {
    for (std::size_t stage = 0; stage < board.manifest().stages.size(); ++stage) {
        if (board.count(node, stage).not_completed > 0) return true;
    }
    return false;
}

bool is_through(const ProgressBoard& board, std::size_t node, std::size_t stage) {
    return board.count(node, stage).ended == board.count(node, stage).cells;
}

std::vector<std::size_t> in_order_of_interest(const ProgressBoard& board, std::size_t stage) {
    std::vector<std::size_t> order;
    std::vector<std::size_t> at_work;
    std::vector<std::size_t> through;
    for (std::size_t node = 0; node < board.manifest().nodes.size(); ++node) {
        if (is_broken(board, node)) {
            order.push_back(node);
        } else if (is_through(board, node, stage)) {
            through.push_back(node);
        } else {
            at_work.push_back(node);
        }
    }
    order.insert(order.end(), at_work.begin(), at_work.end());
    order.insert(order.end(), through.begin(), through.end());
    return order;
}

/// As many stages as have room, the one at work among them; those to come go before those that are
/// past.
struct Columns {
    std::size_t node = 0;
    std::size_t first = 0;            ///< stage
    std::vector<std::size_t> widths;  ///< of the stages from there on
    std::size_t latest = 0;
};

Columns columns_for(const ProgressBoard& board, const std::vector<std::size_t>& shown,
                    std::size_t stage, std::size_t columns) {
    const Manifest& manifest = board.manifest();
    Columns made;
    made.node = 4;
    for (const std::size_t node : shown) {
        made.node = std::max(made.node, display_width(clean(manifest.nodes[node].name)));
    }
    made.node = std::min(made.node, kWidestNode);
    const auto width_of = [&](std::size_t each) {
        std::size_t width = std::min(display_width(clean(manifest.stages[each])), kWidestStage);
        for (const std::size_t node : shown) {
            width = std::max(width, count_text(board.count(node, each)).size());
        }
        return width;
    };
    std::size_t used = made.node + kGap + width_of(stage);
    made.first = stage;
    made.widths = {width_of(stage)};
    const std::size_t room = columns - std::min(columns, kLatestColumns + kGap);
    for (std::size_t each = stage + 1; each < manifest.stages.size(); ++each) {
        if (used + kGap + width_of(each) > room) break;
        made.widths.push_back(width_of(each));
        used += kGap + width_of(each);
    }
    while (made.first > 0 && used + kGap + width_of(made.first - 1) <= room) {
        --made.first;
        made.widths.insert(made.widths.begin(), width_of(made.first));
        used += kGap + width_of(made.first);
    }
    made.latest = columns > used + kGap ? columns - used - kGap : 0;
    return made;
}

/// Of what `text` says of a stage, and of what was last measured.
template <class Text>
std::string line(const Columns& columns, std::string_view name, const Text& text,
                 std::string_view latest) {
    const std::string gap(kGap, ' ');
    std::string made = fitted(name, columns.node);
    for (std::size_t i = 0; i < columns.widths.size(); ++i) {
        made += gap + fitted(text(columns.first + i), columns.widths[i]);
    }
    if (columns.latest > 0) made += gap + fitted(latest, columns.latest);
    made.erase(made.find_last_not_of(' ') + 1);
    return made + "\n";
}

std::string rest_text(const ProgressBoard& board, const std::vector<std::size_t>& order,
                      std::size_t shown, std::size_t stage) {
    std::size_t through = 0;
    std::size_t broken = 0;
    for (std::size_t i = shown; i < order.size(); ++i) {
        if (is_through(board, order[i], stage)) ++through;
        if (is_broken(board, order[i])) ++broken;
    }
    std::string text = fmt::format("and {} more nodes: {} through with {}", order.size() - shown,
                                   through, clean(board.manifest().stages[stage]));
    if (broken > 0) text += fmt::format(", {} with broken cells", broken);
    return text;
}

}  // namespace

std::string progress_table(const ProgressBoard& board, std::size_t stage, std::size_t columns,
                           std::size_t lines) {
    const std::vector<std::size_t> order = in_order_of_interest(board, stage);
    const std::size_t room = std::max<std::size_t>(lines, 3) - 1;
    const std::size_t shown_count = order.size() <= room ? order.size() : room - 1;
    const std::vector<std::size_t> shown(order.begin(),
                                         order.begin() + static_cast<std::ptrdiff_t>(shown_count));
    const Columns made = columns_for(board, shown, stage, columns);
    const Manifest& manifest = board.manifest();
    std::string text = line(
        made, "NODE", [&](std::size_t each) { return clean(manifest.stages[each]); }, "LATEST");
    for (const std::size_t node : shown) {
        text += line(
            made, clean(manifest.nodes[node].name),
            [&](std::size_t each) { return count_text(board.count(node, each)); },
            latest_text(board, node));
    }
    if (shown_count < order.size()) {
        std::string rest = fitted(rest_text(board, order, shown_count, stage), columns);
        rest.erase(rest.find_last_not_of(' ') + 1);
        text += rest + "\n";
    }
    return text;
}

}  // namespace rackproof
