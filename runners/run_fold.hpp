#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/record.hpp"
#include "core/run.hpp"
#include "runners/run_plan.hpp"
#include "runners/run_so_far.hpp"
#include "runners/telemetry_fold.hpp"

namespace rackproof {

/// Folds the records of a journal, in order, into the run that they tell of. Pure: the same
/// records give the same run. Rows stand in the manifest's order of cells, and a cell's attempts
/// in theirs; attempt 0 is there for every cell, whether it ran or not.
class RunFold {
  public:
    /// Telemetry is nearly all of a long run, and who only asks how far that has come needs none.
    enum class Readings : std::uint8_t { Keep, Check };

    /// Telemetry that is too long for the memory stands in a file without a name in `folder`.
    /// Throws InputError if the manifest contradicts itself (an index out of range).
    explicit RunFold(record::RunStarted start, Readings readings = Readings::Keep,
                     const std::filesystem::path& folder = std::filesystem::temp_directory_path());

    /// Throws InputError if the record does not belong to this run's manifest.
    void add(const record::Record& record);

    /// How far the run has come by the records that are in; without the journal's own sizes.
    /// Throws InputError if an attempt ended before the one before it.
    [[nodiscard]] RunSoFar so_far() const;

    /// The run, once all records are in; `dropped_bytes` of the journal could not be read.
    [[nodiscard]] FoldedRun finish(std::uint64_t dropped_bytes);

  private:
    /// One attempt of one cell, as far as it is known.
    struct Attempt {
        std::optional<record::Samples> samples;
        std::optional<record::CellEnded> ended;
        std::vector<record::RankTimes> ranks;
    };
    struct Job {
        std::int32_t ranks = 0;
        double started_s = 0;
        std::optional<double> ended_s;
    };

    void take(const record::RunStarted& r);
    void take(const record::JobStarted& r);
    void take(const record::JobEnded& r);
    void take(const record::RankPlaced& r) const;
    void take(const record::CellBegun& r);
    void take(const record::Operation& r);
    void take(const record::Samples& r);
    void take(const record::RankTimes& r);
    void take(const record::RankEnded& r);
    void take(const record::CellEnded& r);
    void take(const record::Reading& r);
    void take(const record::Fact& r);
    void take(const record::Happened& r);
    void take(const record::RunFinished& r);
    void take(const record::Resumed& r);
    void take(const record::Readings& r);

    [[nodiscard]] const CaseSpec& case_of(std::int32_t cell) const;
    [[nodiscard]] Attempt& attempt(std::int32_t cell, std::int32_t number);
    [[nodiscard]] std::size_t targets(Scope scope) const;
    void cut_off_what_is_open();
    static void note_parts(const CaseSpec& spec, const Attempt& open, CellProgress& cell);
    void drop_unended_retests();
    void make_metrics(Run& run);
    void add_row(Run& run, Metric& metric, const Cell& cell, std::int32_t number,
                 const Attempt& attempt);
    [[nodiscard]] std::int32_t variant_index(Run& run, const Variant& variant);
    [[nodiscard]] std::optional<double> timed_fraction() const;

    record::RunStarted start_;
    std::vector<std::map<std::int32_t, Attempt>> attempts_;  ///< by cell, then number
    std::map<Variant, std::int32_t> variants_;
    std::map<std::int32_t, Job> jobs_;
    double last_time_s_ = 0;
    double timed_s_ = 0;
    double idle_s_ = 0;
    std::map<std::string, double> searches_begun_;  ///< see RunSoFar
    Readings readings_;
    TelemetryFold telemetry_;
    std::vector<std::size_t> series_;  ///< in telemetry_, by the number of a Reading
    std::map<std::pair<std::string, Scope>, InventoryColumn> inventory_;
    std::vector<Event> events_;
    std::optional<record::RunFinished> finished_;
};

}  // namespace rackproof
