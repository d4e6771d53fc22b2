#include "hwcheck/linux/live_log.hpp"

#include <chrono>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/error.hpp"
#include "core/number_text.hpp"
#include "hwcheck/kernel_log.hpp"

namespace rackproof {
namespace {

constexpr const char* kLines = "kernel_log.lines";
constexpr const char* kTable = "kernel_log.xid_table";
constexpr const char* kTableSource = "plans/xid.toml";

/// "btime 1700000000" of /proc/stat, whose other lines are many and long.
std::optional<std::chrono::sys_seconds> booted(const Tree& tree) {
    constexpr std::size_t kMostStat = std::size_t{1} << 20;
    constexpr std::int64_t kLatest = 4'102'444'800;  // the year 2100
    const FileText stat = tree.read_head("/proc/stat", kMostStat);
    if (!stat.text) return {};
    const std::string_view name = "\nbtime ";
    const std::size_t at = stat.text->find(name);
    if (at == std::string::npos) return {};
    std::string_view rest = std::string_view{*stat.text}.substr(at + name.size());
    const auto seconds = mailed::whole(mailed::take_until(rest, '\n'));
    if (!seconds || *seconds > kLatest) return {};
    return std::chrono::sys_seconds{std::chrono::seconds{*seconds}};
}

/// The first number of /proc/uptime.
std::optional<double> up_s(const Tree& tree) {
    const FileText uptime = tree.read("/proc/uptime");
    if (!uptime.text) return {};
    return mailed::decimal(uptime.text->substr(0, uptime.text->find(' ')));
}

/// When the first record was written, in seconds since the boot: "3,17,4711,-;text" at 4711 us.
std::optional<double> first_after_boot_s(std::string_view records) {
    (void)mailed::take_until(records, ',');
    (void)mailed::take_until(records, ',');
    const auto microseconds = mailed::whole(mailed::take_until(records, ','));
    if (!microseconds) return {};
    return static_cast<double>(*microseconds) * 1e-6;
}

/// Of a log whose front was overwritten: that it does not reach back as far as faults are judged,
/// so that one may be missing. Empty if it does, or began with the boot.
std::string too_short(const RingNews& news, std::optional<double> first, std::optional<double> up,
                      double judged) {
    if (news.missed == 0 || !up || !first || *up - *first >= judged) return "";
    return "the kernel's log reaches back " + number_text(std::floor((*up - *first) / 60)) +
           " minutes only; older faults are overwritten (at least " + std::to_string(news.missed) +
           " lines)";
}

/// Without a table no XID is harmless.
XidTable table_of(const XidSource& source, std::string& problem) {
    try {
        return source();
    } catch (const Error& error) {
        problem = error.what();
        return {"none", {}};
    }
}

}  // namespace

void read_log(const Tree& tree, const LiveLogOptions& options, InventoryWriter& out) {
    KernelRing ring{tree, KernelRing::From::Oldest};
    if (!ring.why_not().empty()) return out.unknown(kLines, "", kKernelRing, ring.why_not());
    const RingNews news = ring.read();
    if (news.text.empty() && news.problem.empty()) {
        return out.unknown(kLines, "", kKernelRing, "it is empty");
    }
    std::string no_table;
    const XidTable table = table_of(options.xids, no_table);
    Inventory told;
    const std::optional<double> up = up_s(tree);
    const std::string problem =
        add_own_log({kKernelRing, news.text}, table, {booted(tree), up, options.old_s}, told);
    for (const InventoryItem& item : told.items) {
        if (item.key == kTable && !no_table.empty()) {
            out.unknown(kTable, "", kTableSource, no_table);
        } else if (item.value.empty()) {
            out.unknown(item.key, item.part, item.source, item.why_unknown);
        } else {
            out.add(item.key, item.part, item.source, item.value);
        }
    }
    out.add("kernel_log.overwritten", "", kKernelRing, static_cast<std::int64_t>(news.missed));
    const auto first = first_after_boot_s(news.text);
    if (first && up && *up >= *first) {
        out.add("kernel_log.reaches_back_s", "", kKernelRing,
                static_cast<std::int64_t>(*up - *first));
    } else {
        out.unknown("kernel_log.reaches_back_s", "", kKernelRing,
                    "the age of its first line is not known");
    }
    for (const InventoryEvent& event : told.events) {
        out.event(event.severity, event.code, event.part, event.text);
    }
    if (const std::string why = too_short(news, first, up, options.old_s); !why.empty()) {
        out.event("warning", "kernel_log_overwritten", "", why);
    }
    for (const std::string& why : {news.problem, problem}) {
        if (why.empty()) continue;
        out.event("error", "hwcheck_unreadable", "", "the kernel's log is not read whole: " + why);
    }
}

LogWatch::LogWatch(const Tree& tree, XidSource xids)
    : tree_{&tree}, xids_{std::move(xids)}, ring_{tree, KernelRing::From::Now} {}

void LogWatch::read(InventoryWriter& out) {
    if (!ring_.why_not().empty()) {
        if (std::exchange(is_first_read_, false)) {
            out.happened({"", "info", "kernel_log_not_watched",
                          "the kernel's log is not watched (" + ring_.why_not() +
                              "): what it says meanwhile is not known"});
        }
        return;
    }
    const RingNews news = ring_.read();
    if (news.missed > 0) {
        out.happened({"", "error", "kernel_log_overwritten",
                      "at least " + std::to_string(news.missed) +
                          " lines of the kernel's log were overwritten before they could be read"});
    }
    Inventory told;
    std::string problem;
    if (!news.text.empty()) {
        std::string no_table;
        if (!table_) table_ = table_of(xids_, no_table);
        problem = add_own_log({kKernelRing, news.text}, *table_,
                              {booted(*tree_), up_s(*tree_), std::nullopt}, told);
    }
    for (const InventoryEvent& event : told.events) out.happened(event);
    for (const std::string& why : {news.problem, problem}) {
        if (why.empty()) continue;
        out.happened(
            {"", "error", "hwcheck_unreadable", "the kernel's log is not read whole: " + why});
    }
}

}  // namespace rackproof
