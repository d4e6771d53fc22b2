#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/manifest.hpp"
#include "core/record.hpp"
#include "runners/journal.hpp"
#include "runners/progress_board.hpp"

namespace rackproof {

/// What was last read of a device, or of the host that it is in.
struct LatestReading {
    double value = 0;
    double time_s = 0;
};

/// What a device last said, as far as the journal tells. A node's first device also stands for the
/// cells that are of the node, of a pair with it or of a group with it.
struct DeviceWatch {
    /// Its last rate: of a burn-in's telemetry, else the middle of the samples of a case of it.
    struct Rate {
        std::string of;  ///< the sensor's or the case's name
        std::string unit;
        Direction better = Direction::HigherIsBetter;
        double value = 0;
        double time_s = 0;
    };
    std::optional<Rate> rate;
    std::optional<LatestReading> temperature;  ///< degC, its own
    std::optional<LatestReading> power;        ///< W, likewise
    std::size_t power_from = 0;                ///< which of its sensors, the best first
    std::string operation;                     ///< what it said that it would do next
    std::optional<double> heard_s;             ///< when it last said anything
    std::int32_t cells = 0;                    ///< of its own
    std::int32_t ended = 0;
    std::int32_t broken = 0;
    std::int32_t in_flight = 0;  ///< begun and not ended
};

/// A run's journal, read while it is written: where the run is, and what each device last said. Its
/// memory is that of the manifest, however long the run is.
class RunWatch {
  public:
    /// Throws InputError if it is no journal, or begins with no run.
    explicit RunWatch(const std::filesystem::path& journal);

    /// Reads what has been written since the last time. Throws InputError if the file is gone.
    void read_on();

    [[nodiscard]] const record::RunStarted& start() const { return *start_; }
    [[nodiscard]] const ProgressBoard& board() const { return *board_; }
    /// As many as the manifest's devices.
    [[nodiscard]] const std::vector<DeviceWatch>& devices() const { return devices_; }

    [[nodiscard]] std::int64_t cells_ended() const { return ended_; }
    [[nodiscard]] std::int64_t cells_broken() const { return broken_; }
    [[nodiscard]] std::int32_t stage() const { return stage_; }  ///< of what was begun last
    [[nodiscard]] double time_s() const { return time_s_; }      ///< of the latest record
    /// Nullopt: the run has not said that it ended.
    [[nodiscard]] const std::optional<record::RunFinished>& finished() const { return finished_; }
    /// What stands behind the last whole record: torn, damaged, or just being written.
    [[nodiscard]] std::uint64_t unread_bytes() const { return reader_.dropped_bytes(); }

  private:
    void take(const record::CellBegun& r);
    void take(const record::CellEnded& r);
    void take(const record::Operation& r);
    void take(const record::Samples& r);
    void take(const record::Reading& r);
    void take(const record::Readings& r);
    void take(const record::RunFinished& r);
    void take(const record::Resumed& r);
    template <class Other>
    void take(const Other& /*r*/) {}  // says nothing of what is shown

    [[nodiscard]] const CaseSpec* case_of(std::int32_t cell) const;
    [[nodiscard]] std::vector<DeviceWatch*> devices_of(std::int32_t cell);
    void heard(std::int32_t cell, double time_s);
    void end_flight(std::int32_t cell);
    void latest(const record::Reading& r);

    JournalReader reader_;
    std::unique_ptr<record::RunStarted> start_;  ///< the board points into it
    std::unique_ptr<ProgressBoard> board_;
    std::vector<DeviceWatch> devices_;
    std::vector<std::int32_t> first_device_;  ///< by node; -1 where it has none
    std::vector<bool> in_flight_;             ///< by cell
    std::vector<bool> has_ended_;             ///< likewise
    std::vector<record::Reading> series_;     ///< those that began one, by their number
    std::int64_t ended_ = 0;
    std::int64_t broken_ = 0;
    std::int32_t stage_ = 0;
    double time_s_ = 0;
    std::optional<record::RunFinished> finished_;
};

}  // namespace rackproof
