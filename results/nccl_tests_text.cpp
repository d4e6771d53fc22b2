#include "results/nccl_tests_text.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/utf8.hpp"
#include "results/json_log.hpp"
#include "results/log_formats.hpp"
#include "results/nccl_tests_json.hpp"

namespace rackproof::logs {
namespace {

constexpr std::size_t kMostFailureText = 2000;

/// Columns that hold no number of ours.
constexpr std::array<std::string_view, 9> kOtherColumns = {
    "algbw", "count", "#iters", "i_min", "i_max", "i_p99", "i_cv%", "esttime", "#bitdiff"};

constexpr std::array<std::string_view, 12> kDeathWords = {
    "Test NCCL failure", "Test CUDA failure",  "Test failure",
    "mpirun noticed",    "mpirun detected",    "slurmstepd:",
    "srun: error",       "Segmentation fault", "Killed",
    "Aborted",           "PMIX ERROR",         "---------------------"};

int digits_behind_point(std::string_view number) {
    const std::size_t point = number.find('.');
    return point == std::string_view::npos ? 0 : static_cast<int>(number.size() - point - 1);
}

bool starts_with_number(std::string_view line) {
    const std::size_t first = line.find_first_not_of(" \t");
    return first != std::string_view::npos && line[first] >= '0' && line[first] <= '9';
}

/// What stands behind "NAME" and a colon, as in "# Avg bus bandwidth    : 68.4048".
std::optional<std::string_view> after_label(std::string_view line, std::string_view label) {
    line.remove_prefix(std::min(line.find_first_not_of("# "), line.size()));
    if (!line.starts_with(label)) return std::nullopt;
    const std::size_t colon = line.find(':');
    return colon == std::string_view::npos ? std::string_view{} : line.substr(colon + 1);
}

class NcclReader {
  public:
    NcclReader(LogText& log, const std::optional<std::string>& collective)
        : log_{&log}, collective_{collective.value_or(collective_in(log.name()))} {}

    LogFacts read() {
        std::string_view line;
        while (log_->next(line)) {
            if (!line.empty()) take(line);
        }
        finish();
        if (!any_ && died_) {
            facts_.readings.push_back(never_ran());
        } else if (!any_) {
            log_->refuse_all(std::max(log_->line(), 1),
                             "the file holds no test of nccl-tests; expected a line '# nThread'");
        }
        return std::move(facts_);
    }

  private:
    /// It died before it said what it would do.
    LogReading never_ran() const {
        LogReading reading;
        reading.metric.name = "nccl.run";
        reading.metric.suite = "nccl";
        reading.metric.definition = "that nccl-tests ran at all";
        reading.place.nodes = {""};
        reading.outcome = Outcome::Failed;
        reading.reason = facts_.events.empty() ? "" : facts_.events.back().text;
        return reading;
    }

    void take(std::string_view line) {
        if (line.find("NCCL INFO") != std::string_view::npos) return;
        if (line.find("NCCL WARN") != std::string_view::npos) {
            facts_.events.push_back(
                {"", -1, "warning", "nccl.warning", shortened(printable(line), kMostFailureText)});
            return;
        }
        if (line.starts_with("NCCL version ")) {
            if (test_) test_->library = line.substr(13);
            return;
        }
        if (line.front() == '#') return take_comment(line);
        if (test_ && columns_ && starts_with_number(line)) return take_row(line);
        take_other(line);
    }

    void take_comment(std::string_view line) {
        const std::vector<std::string_view> found = words(line.substr(1));
        if (found.empty()) return;
        if (const auto name = after_label(line, "Collective test starting")) {
            finish();
            named_ = collective_in(*name);
        } else if (found[0] == "nThread") {
            begin(found);
        } else if (found[0] == "nccl-tests" && found.size() > 2) {
            finish();
            version_ = found[2];
        } else if (!test_) {
            return;
        } else if (found[0] == "Rank") {
            take_rank(found);
        } else if (found[0] == "size") {
            columns_.emplace(found, *log_);
        } else if (const auto bounds = after_label(line, "Out of bounds values")) {
            take_bounds(words(*bounds));
        } else if (const auto average = after_label(line, "Avg bus bandwidth")) {
            take_average(words(*average));
        } else if (const auto error = after_label(line, "error")) {
            add_failure(*error);
        }
    }

    void begin(const std::vector<std::string_view>& found) {
        finish();
        test_.emplace();
        test_->collective = named_.empty() ? collective_ : named_;
        test_->version = version_;
        test_->line = log_->line();
        for (std::size_t i = 0; i + 1 < found.size(); ++i) {
            if (found[i] == "validation:") test_->validated = found[i + 1] != "0";
        }
    }

    /// "Rank  0 [Group  0] Pid 112424 on HOST device  0 [0x00] MODEL"
    void take_rank(const std::vector<std::string_view>& found) {
        const auto on = std::ranges::find(found, "on");
        const auto group = std::ranges::find(found, "Group");
        const bool is_known = found.end() - on >= 4 && on[2] == "device" &&
                              whole(found[1], 1'000'000) == test_->ranks;
        const auto index = is_known ? whole(on[3], kMostDevices - 1) : std::nullopt;
        if (!index) {
            return log_->refuse(log_->line(),
                                "is no rank; expected '#  Rank N ... on HOST device N ...', from "
                                "0 on");
        }
        if (found.end() - group >= 2 && group[1] != "0") {
            log_->refuse_all(log_->line(),
                             "a test of several groups (NCCL_TESTS_SPLIT) is not "
                             "understood; expected all ranks in group 0");
        }
        const std::string host = valid_utf8(on[1]);
        if (std::ranges::find(test_->hosts, host) == test_->hosts.end()) {
            test_->hosts.push_back(host);
        }
        ++test_->ranks;
        LogDevice device;
        device.node = host;
        device.index = static_cast<std::int32_t>(*index);
        if (found.end() - on > 4) {
            const std::string_view bus = on[4];
            if (bus.size() > 6) device.pci = printable(bus.substr(1, bus.size() - 2));
            for (auto word = on + 5; word < found.end(); ++word) {
                device.model += (device.model.empty() ? "" : " ") + printable(*word);
            }
        }
        facts_.devices.push_back(std::move(device));
    }

    void take_row(std::string_view line) {
        for (NcclResult& result : columns_->read(words(line), *log_)) {
            test_->results.push_back(std::move(result));
        }
    }

    void take_bounds(const std::vector<std::string_view>& found) {
        const auto count = found.empty() ? std::nullopt : decimal(found[0]);
        const bool says_ok = found.size() > 1 && found[1] == "OK";
        if (!count || *count < 0 || says_ok != (*count == 0)) {
            return log_->refuse(log_->line(),
                                "expected a count of values out of bounds, and OK or "
                                "FAILED");
        }
        test_->out_of_bounds = count;
    }

    void take_average(const std::vector<std::string_view>& found) {
        test_->average_gb_s = found.empty() ? std::nullopt : decimal(found[0]);
        if (!test_->average_gb_s) {
            return log_->refuse(log_->line(), "expected the average bus bandwidth in GB/s");
        }
        if (found.size() > 1 && found[1] == "FAILED") {
            add_failure("the average bus bandwidth is below what nccl-tests were told to expect");
        }
        finish();
    }

    /// A line of nobody's: the last words of a test that died, or nothing that is understood.
    void take_other(std::string_view line) {
        const bool is_death = std::ranges::any_of(kDeathWords, [&](std::string_view word) {
            return line.find(word) != std::string_view::npos;
        });
        if (test_ && (is_death || !test_->failure.empty())) return add_failure(line);
        if (is_death || died_) {
            died_ = true;
            facts_.events.push_back(
                {"", -1, "error", "nccl.failure", shortened(printable(line), kMostFailureText)});
            return;
        }
        log_->refuse(log_->line(), in_quotes(line) +
                                       " is nothing that nccl-tests print; expected a row of the "
                                       "table or a comment (--skip-bad passes over such lines)");
    }

    void add_failure(std::string_view text) {
        const std::size_t first = text.find_first_not_of(' ');
        if (first == std::string_view::npos) return;
        std::string& failure = test_->failure;
        if (failure.size() > kMostFailureText) return;
        failure += (failure.empty() ? "" : "; ") + printable(text.substr(first));
        failure = shortened(failure, kMostFailureText);
    }

    void finish() {
        if (!test_) return;
        test_->last_line = log_->line();
        add_nccl_test(*test_, *log_, facts_);
        any_ = true;
        test_.reset();
        columns_.reset();
        named_.clear();
    }

    LogText* log_;
    std::string collective_;
    std::string named_;
    std::string version_;
    std::optional<NcclTest> test_;
    std::optional<NcclColumns> columns_;
    LogFacts facts_;
    bool any_ = false;
    bool died_ = false;
};

}  // namespace

NcclColumns::NcclColumns(const std::vector<std::string_view>& names, const LogText& log) {
    for (const std::string_view name : names) {
        const std::size_t at = width_++;
        if (name == "time") {
            groups_.push_back({at});
        } else if (name == "cputime") {
            log.refuse_all(log.line(), "the times are those of the CPU (-C); expected 'time'");
        } else if (name == "type") {
            type_ = at;
        } else if (name == "redop") {
            redop_ = at;
        } else if (name == "root") {
            root_ = at;
        } else if (name == "timestamp") {
            ++width_;  // a date and a time
        } else if (name == "busbw" && !groups_.empty()) {
            groups_.back().busbw = at;
            groups_.back().has_busbw = true;
        } else if ((name == "#wrong" || name == "error") && !groups_.empty()) {
            groups_.back().wrong = at;
            groups_.back().has_wrong = true;
            counts_wrong_ = name == "#wrong";
        } else if (name != "size" &&
                   std::ranges::find(kOtherColumns, name) == kOtherColumns.end()) {
            log.refuse_all(log.line(), "the column " + in_quotes(name) + " is not known");
        }
    }
    const bool is_whole = !groups_.empty() && groups_.size() <= 2 && type_ &&
                          std::ranges::all_of(groups_, [](const Group& group) {
                              return group.has_busbw && group.has_wrong;
                          });
    if (!is_whole) {
        log.refuse_all(log.line(),
                       "expected the columns size, type, and time, busbw and #wrong (or "
                       "error) once or twice");
    }
}

std::vector<NcclResult> NcclColumns::read(std::vector<std::string_view> fields,
                                          LogText& log) const {
    // Some of the tests print nothing, and not "none", under redop.
    if (redop_ && fields.size() + 1 == width_ && decimal(fields[*redop_])) {
        fields.insert(fields.begin() + static_cast<std::ptrdiff_t>(*redop_), "");
    }
    const auto refuse = [&](const std::string& problem) {
        log.refuse(log.line(), problem);
        return std::vector<NcclResult>{};
    };
    if (fields.size() != width_) {
        return refuse("the row has " + std::to_string(fields.size()) + " fields; expected " +
                      std::to_string(width_) + ", as in the table's header");
    }
    constexpr std::int64_t kMostSize = std::int64_t{1} << 60U;
    const auto bytes = whole(fields[0], kMostSize);
    if (!bytes) return refuse(in_quotes(fields[0]) + " is no size in bytes");
    std::vector<NcclResult> results;
    for (const Group& group : groups_) {
        const auto time = decimal(fields[group.time], -6);
        const auto busbw = decimal(fields[group.busbw], 9);
        const std::string_view wrong = fields[group.wrong];
        const auto count = decimal(wrong);
        if (!time || *time <= 0) return refuse(in_quotes(fields[group.time]) + " is no time in us");
        if (!busbw || *busbw < 0) return refuse(in_quotes(fields[group.busbw]) + " is no GB/s");
        if (wrong != "N/A" && (!count || *count < 0)) {
            return refuse(in_quotes(wrong) + " is no count of wrong values; expected one or N/A");
        }
        NcclResult result;
        result.bytes = *bytes;
        result.in_place = &group != &groups_.front();
        result.time_s = *time;
        result.busbw = *busbw;
        result.digits = digits_behind_point(fields[group.busbw]);
        if (counts_wrong_) result.wrong = count;
        if (type_) result.type = printable(fields[*type_]);
        if (redop_) result.redop = printable(fields[*redop_]);
        if (root_) result.root = printable(fields[*root_]);
        result.line = log.line();
        results.push_back(std::move(result));
    }
    return results;
}

LogFacts read_nccl_tests(LogText& log, const std::optional<std::string>& collective) {
    if (looks_like_json(log.text())) return read_nccl_json(log, collective);
    return NcclReader{log, collective}.read();
}

}  // namespace rackproof::logs
