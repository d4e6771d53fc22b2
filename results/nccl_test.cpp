#include "results/nccl_test.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/number_text.hpp"

namespace rackproof::logs {
namespace {

enum class Factor : std::uint8_t { One, Share, TwiceShare };

struct Collective {
    std::string_view spelling;  ///< in small letters, without '_' and '-'
    std::string_view name;
    Factor factor;  ///< of bus bandwidth over size by time (nccl-tests, doc/PERFORMANCE.md)
};

/// A name that holds another one stands before it.
constexpr std::array<Collective, 9> kCollectives = {{
    {"allreduce", "all_reduce", Factor::TwiceShare},
    {"allgather", "all_gather", Factor::Share},
    {"reducescatter", "reduce_scatter", Factor::Share},
    {"alltoall", "alltoall", Factor::Share},
    {"broadcast", "broadcast", Factor::One},
    {"sendrecv", "sendrecv", Factor::One},
    {"scatter", "scatter", Factor::Share},
    {"gather", "gather", Factor::Share},
    {"reduce", "reduce", Factor::One},
}};

/// Small messages tell of latency and of what else the machine did in that millisecond: bandwidth
/// is compared from 1 GiB on, or what 1 GiB becomes when each of the ranks has an equal share.
constexpr std::int64_t kFewestJudgedBytes = 1'000'000'000;

const Collective* find(std::string_view name) {
    const auto* found = std::ranges::find(kCollectives, name, &Collective::name);
    return found == kCollectives.end() ? nullptr : found;
}

double factor_of(const Collective& collective, std::int64_t ranks) {
    const auto n = static_cast<double>(ranks);
    switch (collective.factor) {
        case Factor::One: return 1;
        case Factor::Share: return (n - 1) / n;
        case Factor::TwiceShare: return 2 * (n - 1) / n;
    }
    return 1;
}

/// "1GiB", "32MiB", "8B": the size in the largest unit of which it is a whole number.
std::string size_name(std::int64_t bytes) {
    constexpr std::array<std::string_view, 4> kUnits = {"B", "KiB", "MiB", "GiB"};
    std::size_t unit = 0;
    while (bytes != 0 && bytes % 1024 == 0 && unit + 1 < kUnits.size()) {
        bytes /= 1024;
        ++unit;
    }
    return std::to_string(bytes) + std::string{kUnits[unit]};
}

class NcclEmitter {
  public:
    NcclEmitter(const NcclTest& test, const Collective& collective, LogText& log, LogFacts& facts)
        : test_{&test}, collective_{&collective}, log_{&log}, facts_{&facts} {
        place_.nodes = test.hosts;
        if (place_.nodes.empty()) place_.nodes = {""};
        place_.scope = place_.nodes.size() == 1   ? Scope::Node
                       : place_.nodes.size() == 2 ? Scope::NodePair
                                                  : Scope::Group;
        prefix_ = "nccl." + test.collective;
        if (test.ranks > 0) {
            prefix_ +=
                "." + std::to_string(place_.nodes.size()) + "n" + std::to_string(test.ranks) + "r";
        }
    }

    void add_results() {
        for (const NcclResult& result : test_->results) add(result);
    }

    /// How the test as a whole ended, with the number of wrong values.
    void add_ending() {
        LogReading reading = reading_of(prefix_ + ".out_of_bounds", test_->line);
        reading.metric.better = Direction::LowerIsBetter;
        reading.metric.definition = "values that were wrong, by nccl-tests' own count";
        const bool is_whole = test_->out_of_bounds && test_->average_gb_s;
        if (test_->out_of_bounds) reading.values = {*test_->out_of_bounds};
        if (!test_->failure.empty() || !is_whole) {
            reading.outcome = Outcome::Failed;
            reading.reason = test_->failure.empty()
                                 ? "the log ends at line " + std::to_string(test_->last_line) +
                                       ", before the test's own summary"
                                 : test_->failure;
        } else if (*test_->out_of_bounds > 0) {
            reading.outcome = Outcome::WrongAnswer;
            reading.reason = "nccl-tests counted " + number_text(*test_->out_of_bounds) +
                             " values out of bounds";
        } else if (!test_->validated) {
            reading.outcome = Outcome::Skipped;
            reading.reason = "the answers were not checked (validation: 0)";
            reading.values.clear();
        }
        facts_->readings.push_back(std::move(reading));
    }

    /// Rows that are missing would show nowhere else.
    void check_average() {
        if (!test_->average_gb_s || test_->results.empty()) return;
        double sum = 0;
        for (const NcclResult& result : test_->results) sum += result.busbw / 1e9;
        const double average = sum / static_cast<double>(test_->results.size());
        const double stated = *test_->average_gb_s;
        if (std::abs(average - stated) <= 0.006 + 1e-3 * std::abs(stated)) return;
        log_->refuse(test_->last_line, "the average bus bandwidth is said to be " +
                                           number_text(stated) + " GB/s, and that of the " +
                                           std::to_string(test_->results.size()) +
                                           " numbers above is " + fmt::format("{:.3f}", average) +
                                           "; expected all rows of the table");
    }

  private:
    LogReading reading_of(std::string name, std::optional<int> line) const {
        LogReading reading;
        reading.metric.name = std::move(name);
        reading.metric.suite = "nccl";
        reading.place = place_;
        reading.line = line;
        reading.variant.library = test_->library.empty() ? "" : "NCCL " + test_->library;
        return reading;
    }

    void add(const NcclResult& result) {
        const bool is_empty = result.bytes == 0;
        LogReading reading =
            reading_of(prefix_ + "." + size_name(result.bytes) + (is_empty ? ".time" : "") +
                           (result.in_place ? ".in_place" : ""),
                       result.line);
        reading.metric.unit = is_empty ? "s" : "B/s";
        reading.metric.better =
            result.bytes >= kFewestJudgedBytes ? Direction::HigherIsBetter : Direction::None;
        reading.metric.definition = is_empty ? "time of a call that moves nothing"
                                             : "bus bandwidth (nccl-tests); compared from 1 GiB on";
        nlohmann::json parameters = {{"type", result.type}};
        if (!result.redop.empty()) parameters["redop"] = result.redop;
        if (!result.root.empty()) parameters["root"] = result.root;
        reading.variant.parameters = parameters.dump();
        if (is_empty) {
            reading.values = {result.time_s};
        } else {
            const std::optional<double> busbw = checked_busbw(result);
            if (!busbw) return;
            reading.values = {*busbw};
        }
        if (result.wrong && *result.wrong > 0) {
            reading.outcome = Outcome::WrongAnswer;
            reading.reason = number_text(*result.wrong) + " values were wrong";
        }
        facts_->readings.push_back(std::move(reading));
    }

    /// The printed number where it has three digits, else the one that it was rounded from, by size
    /// and time: 0.00 GB/s is no bandwidth.
    std::optional<double> checked_busbw(const NcclResult& result) {
        const double computed = static_cast<double>(result.bytes) / result.time_s *
                                factor_of(*collective_, test_->ranks);
        const double rounding = 0.6 * std::pow(10.0, 9 - result.digits);
        const double slack = rounding + 0.005 * std::max(result.busbw, computed);
        if (!(std::abs(result.busbw - computed) <= slack)) {
            log_->refuse(result.line.value_or(test_->line),
                         "a bus bandwidth of " + number_text(shifted(result.busbw, -9)) +
                             " GB/s does not fit " + std::to_string(result.bytes) + " bytes in " +
                             number_text(shifted(result.time_s, 6)) +
                             " us: " + std::string{collective_->name} + " on " +
                             std::to_string(test_->ranks) + " ranks would be " +
                             fmt::format("{:.2f} GB/s", computed / 1e9) +
                             "; expected the three to agree (is it another collective?)");
            return std::nullopt;
        }
        return result.busbw >= 200 * rounding ? result.busbw : computed;
    }

    const NcclTest* test_;
    const Collective* collective_;
    LogText* log_;
    LogFacts* facts_;
    LogPlace place_;
    std::string prefix_;
};

}  // namespace

std::string collective_in(std::string_view text) {
    text = text.substr(text.rfind('/') == std::string_view::npos ? 0 : text.rfind('/') + 1);
    std::string spelling;
    for (const char c : name_part(text)) {
        if (c != '_') spelling += c;
    }
    for (const Collective& collective : kCollectives) {
        if (spelling.find(collective.spelling) != std::string::npos) {
            return std::string{collective.name};
        }
    }
    return "";
}

void add_nccl_test(const NcclTest& test, LogText& log, LogFacts& facts) {
    const Collective* collective = find(test.collective);
    if (collective == nullptr) {
        log.refuse_all(test.line,
                       "the log does not say which collective this is; expected its name in the "
                       "file's name, as in 'all_reduce.log', or --collective NAME");
    }
    if (!test.results.empty() && test.ranks < 1) {
        log.refuse_all(test.line, "the test lists no ranks; expected lines '#  Rank ...'");
    }
    NcclEmitter emitter{test, *collective, log, facts};
    emitter.add_results();
    emitter.check_average();
    emitter.add_ending();
}

}  // namespace rackproof::logs
