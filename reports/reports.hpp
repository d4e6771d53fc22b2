#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "analysis/judgement.hpp"
#include "core/run.hpp"

namespace rackproof {

enum class Colour : std::uint8_t { Never, Always };
/// Of what is drawn; names stand as they are.
enum class Charset : std::uint8_t { Utf8, Ascii };

struct TableStyle {
    Colour colour = Colour::Never;
    Charset charset = Charset::Utf8;
    int columns = 80;               ///< at least 40 are used
    std::size_t passed_nodes = 20;  ///< so many passed nodes are listed; the rest are counted
};

/// Nodes x suites, worst first, then the findings with sentence and action, then coverage and a
/// one-line summary whose counts sum. No line wider than `columns`.
[[nodiscard]] std::string verdict_table(const Judgement& judgement, const TableStyle& style);

/// What slowdown the run could have seen, a line a metric and a column a level, then the suites
/// that could not have seen one of 5 %. No line wider than `columns`.
[[nodiscard]] std::string sensitivity_table(const Judgement& judgement, const TableStyle& style);

/// The verdict JSON, version 1, of docs/file-format.md; ends with a newline. The same judgement
/// gives the same bytes.
[[nodiscard]] std::string verdict_json(const Judgement& judgement);

/// Every sample in the long CSV format that `import csv` reads (docs/file-format.md), one a line,
/// and a line without a value for each row that has none; with attempt, outcome and reason as
/// further columns, and in `waived` who bears a finding on it until when, if somebody does. A text
/// from outside that a spreadsheet would run as a formula (it begins with = + - @) gets an
/// apostrophe in front. `run` is consistent, as the run file's reader gives it.
[[nodiscard]] std::string run_csv(const Run& run, const Judgement& judgement = {});

/// JUnit XML for a test server: a suite of the run is a test suite, each node a test case of it;
/// and the suites `node` (what belongs to no suite of the run), `rack`, `fleet` and `run`. `fail`
/// is a failure, `no_data` an error, what was measured and held against nothing is skipped; `watch`
/// and what is waived pass, with their findings beside them. There is a failure if and only if the
/// overall verdict is `fail`, and an error where there is no data or the run is incomplete.
[[nodiscard]] std::string junit_xml(const Judgement& judgement);

/// A summary for a ticket in Markdown: verdict, counts, racks, the worst findings, coverage. What
/// comes from outside stands in code, where no Markdown, HTML or mention is read. Under 60 KB.
[[nodiscard]] std::string markdown_summary(const Run& facts, const Judgement& judgement);

/// When a run began and ended; seconds since 1970.
struct RunTimes {
    std::optional<double> started_s;
    std::optional<double> finished_s;
};

/// For Prometheus's textfile collector: the run's verdict, times and counts, and the verdict of
/// each node and rack, in the text exposition format 0.0.4.
[[nodiscard]] std::string prometheus_text(const Run& facts, const Judgement& judgement,
                                          const RunTimes& times);

/// Each metric: cells, median, spread, extremes, and for collectives the ranks' times.
[[nodiscard]] std::string metric_table(const Run& run, const TableStyle& style);

/// Every attempt of each cell that was tried more than once, with its outcome, its median and why
/// it did not complete, so that nobody takes the last one for the only one; of at most 40 cells,
/// then how many more there are. Empty if there is none. No line wider than `columns`.
[[nodiscard]] std::string attempts_list(const Run& run, const TableStyle& style);

}  // namespace rackproof
