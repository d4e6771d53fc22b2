#include <algorithm>
#include <array>
#include <utility>

#include "core/utf8.hpp"
#include "results/json_log.hpp"
#include "results/log_formats.hpp"
#include "results/nvbandwidth_json.hpp"
#include "results/nvbandwidth_test.hpp"

namespace rackproof::logs {
namespace {

/// Lines that say nothing about a test case.
constexpr std::array<std::string_view, 10> kKnownStarts = {"nvbandwidth Version:",
                                                           "Built from Git version:",
                                                           "MPI version:",
                                                           "CUDA Runtime Version:",
                                                           "CUDA Driver Version:",
                                                           "NOTE:",
                                                           "Additional system-specific",
                                                           "Performance can vary",
                                                           "MIN ",
                                                           "MAX "};

class NvbandwidthReader {
  public:
    explicit NvbandwidthReader(LogText& log) : log_{&log} {}

    LogFacts read() {
        std::string_view line;
        while (log_->next(line)) {
            if (!line.empty()) take(line);
        }
        finish();
        if (!any_) {
            log_->refuse_all(std::max(log_->line(), 1),
                             "the file holds no test case of nvbandwidth; expected a line "
                             "'Running NAME.'");
        }
        if (waived_ > 0) add_waived();
        if (facts_.readings.empty()) {
            NvbandwidthTest none;
            none.name = "any";
            none.reason = facts_.events.empty() ? "" : facts_.events.back().text;
            add_nvbandwidth_test(none, {}, *log_, facts_);
        }
        for (LogDevice& device : facts_.devices) device.driver = driver_;
        return std::move(facts_);
    }

  private:
    /// Versions up to 0.6 do not name what they waive: how many is all there is to keep.
    void add_waived() {
        LogReading reading;
        reading.metric = {"nvbandwidth.waived", "nvbandwidth", "1", Direction::None,
                          "test cases that nvbandwidth waived without naming them"};
        reading.place.nodes = {devices_.devices.empty() ? "" : devices_.devices.front().node};
        reading.values = {static_cast<double>(waived_)};
        facts_.readings.push_back(reading);
        facts_.events.push_back({reading.place.nodes.front(), -1, "warning", "nvbandwidth.waived",
                                 std::to_string(waived_) +
                                     " test cases were waived, and this version of nvbandwidth "
                                     "does not say which"});
    }

    void take(std::string_view line) {
        const std::vector<std::string_view> found = words(line);
        if (found[0] == "Running" && found.size() == 2 && line.ends_with('.')) return begin(line);
        if (line.starts_with("Driver Version:")) {
            driver_ = printable(found.back());
            return;
        }
        if (line.starts_with("nvbandwidth Version:")) version_ = printable(found.back());
        if (found[0] == "Device" && found.size() > 2) return take_device(found, 1, "");
        if (found[0] == "Process" && found.size() > 4) return take_process(found);
        if (line.starts_with("Waived:")) return take_waived(line);
        if (line.starts_with("Error:") || line.starts_with("ERROR:") ||
            line.starts_with("[CU_RESULT") || line.starts_with("[NVML_RESULT")) {
            return take_error(line);
        }
        if (test_) return take_of_test(line, found);
        const bool is_known = line.starts_with("AVG ") ||
                              std::ranges::any_of(kKnownStarts, [&](std::string_view start) {
                                  return line.starts_with(start);
                              });
        if (!is_known) refuse(line);
    }

    void refuse(std::string_view line) {
        log_->refuse(log_->line(), in_quotes(line) +
                                       " is nothing that nvbandwidth prints here; expected a test "
                                       "case (--skip-bad passes over such lines)");
    }

    void begin(std::string_view line) {
        finish();
        any_ = true;
        test_.emplace();
        test_->name = printable(line.substr(8, line.size() - 9));
        test_->library = version_;
        test_->reason = "the log has no number of it";
        test_->line = log_->line();
        columns_ = 0;
    }

    void take_of_test(std::string_view line, const std::vector<std::string_view>& found) {
        const bool is_number = found[0].find_first_not_of("0123456789") == std::string_view::npos;
        if (test_->description.empty() && !is_number) {
            test_->description = printable(line);
        } else if (found[0] == "SUM") {
            take_sum(found);
        } else if (columns_ == 0 && is_number) {
            columns_ = found.size();
            for (std::size_t i = 0; i < found.size(); ++i) {
                if (whole(found[i], kMostDevices) != static_cast<std::int64_t>(i)) {
                    log_->refuse_all(log_->line(), "the columns' numbers are not 0, 1, 2, ...");
                }
            }
        } else if (is_number && columns_ > 0) {
            take_row(found);
        } else {
            refuse(line);
        }
    }

    void take_row(const std::vector<std::string_view>& found) {
        if (found.size() != columns_ + 1 ||
            whole(found[0], kMostDevices) != static_cast<std::int64_t>(test_->matrix.size())) {
            return log_->refuse(log_->line(), "expected row " +
                                                  std::to_string(test_->matrix.size()) + " with " +
                                                  std::to_string(columns_) + " numbers");
        }
        std::vector<std::optional<double>> row;
        for (std::size_t i = 1; i < found.size(); ++i) {
            const std::optional<double> value = decimal(found[i]);
            if (found[i] != "N/A" && (!value || *value < 0)) {
                return log_->refuse(log_->line(),
                                    in_quotes(found[i]) + " is no number; expected one, or N/A");
            }
            row.push_back(value);
        }
        test_->matrix.push_back(std::move(row));
    }

    void take_sum(const std::vector<std::string_view>& found) {
        test_->sum = found.size() == 3 ? decimal(found[2]) : std::nullopt;
        if (!test_->sum) {
            return log_->refuse(log_->line(), "expected 'SUM NAME NUMBER'");
        }
        finish();
    }

    /// "Waived:" before any name, or after the name of the test case that is waived.
    void take_waived(std::string_view line) {
        if (!test_ || !test_->matrix.empty()) {
            finish();
            any_ = true;
            ++waived_;
            return;
        }
        test_->outcome = Outcome::Skipped;
        test_->reason = "nvbandwidth waived it: " + printable(line.substr(7));
        finish();
    }

    void take_error(std::string_view line) {
        any_ = true;
        const std::vector<std::string_view> found = words(line);
        if (found.size() == 5 &&
            line.ends_with(" not found!")) {  // ERROR: Testcase NAME not found!
            NvbandwidthTest absent;
            absent.name = printable(found[2]);
            absent.outcome = Outcome::Skipped;
            absent.reason = printable(line);
            absent.line = log_->line();
            return add_nvbandwidth_test(absent, devices_, *log_, facts_);
        }
        facts_.events.push_back({"", -1, "error", "nvbandwidth.error", printable(line)});
        if (!test_) return;
        test_->matrix.clear();
        test_->reason = printable(line);
        finish();
    }

    void take_device(const std::vector<std::string_view>& found, std::size_t number,
                     const std::string& node) {
        const std::string_view digits = found[number].substr(0, found[number].find(':'));
        const auto index = whole(digits, kMostDevices - 1);
        if (!index) return log_->refuse(log_->line(), "expected 'Device N: MODEL (BUS)'");
        LogDevice device;
        device.node = node;
        device.index = static_cast<std::int32_t>(*index);
        for (std::size_t i = number + 1; i < found.size(); ++i) {
            const bool is_bus = i + 1 == found.size() && found[i].starts_with('(');
            if (is_bus) {
                device.pci = printable(found[i].substr(1, found[i].size() - 2));
            } else {
                device.model += (device.model.empty() ? "" : " ") + printable(found[i]);
            }
        }
        facts_.devices.push_back(std::move(device));
    }

    /// "Process  0 (n001): device 0: MODEL (BUS)"
    void take_process(const std::vector<std::string_view>& found) {
        const std::string_view host = found[2];
        const bool is_known =
            host.size() > 3 && host.starts_with('(') && host.ends_with("):") &&
            found[3] == "device" &&
            whole(found[1], kMostDevices) == static_cast<std::int64_t>(devices_.devices.size());
        if (!is_known) {
            return log_->refuse(log_->line(), "expected 'Process N (HOST): device N: ...'");
        }
        const std::string node = valid_utf8(host.substr(1, host.size() - 3));
        const std::size_t before = facts_.devices.size();
        take_device(found, 4, node);
        if (facts_.devices.size() == before) return;
        devices_.devices.push_back({node, facts_.devices.back().index});
    }

    void finish() {
        if (!test_) return;
        if (!test_->matrix.empty() && !test_->sum) {
            test_->matrix.clear();
            test_->reason = "the log ends at line " + std::to_string(log_->line()) +
                            ", before the sum of this test case";
        }
        add_nvbandwidth_test(*test_, devices_, *log_, facts_);
        test_.reset();
    }

    LogText* log_;
    std::string version_;
    std::string driver_;
    std::optional<NvbandwidthTest> test_;
    std::size_t columns_ = 0;
    NvbandwidthDevices devices_;
    LogFacts facts_;
    int waived_ = 0;
    bool any_ = false;
};

}  // namespace

LogFacts read_nvbandwidth(LogText& log) {
    if (looks_like_json(log.text())) return read_nvbandwidth_json(log);
    return NvbandwidthReader{log}.read();
}

}  // namespace rackproof::logs
