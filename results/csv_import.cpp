#include "results/csv_import.hpp"

#include <algorithm>
#include <deque>
#include <optional>
#include <system_error>
#include <utility>

#include "core/error.hpp"
#include "core/utf8.hpp"
#include "results/fingerprint.hpp"
#include "results/run_file_writer.hpp"

namespace rackproof {
namespace csv {
namespace {

constexpr std::size_t kMostListed = 100;
constexpr std::size_t kMostRuns = 10'000;

/// Reads the files and deals their rows out to the runs.
class Importer {
  public:
    explicit Importer(const CsvImport& import) : import_{&import} {
        for (const std::filesystem::path& file : import.files) read(file);
        if (runs_.empty()) static_cast<void>(run_of(""));  // only header lines
    }

    struct NamedRun {
        std::string name;
        ImportedRun run;
    };
    [[nodiscard]] std::deque<NamedRun>& runs() { return runs_; }
    [[nodiscard]] CsvImported& result() { return result_; }
    [[nodiscard]] const Fingerprint& fingerprint() const { return fingerprint_; }

  private:
    void read(const std::filesystem::path& path) {
        Source source{path};
        Row row;
        BadRow bad;
        const Source::Read first = source.next(row, bad);
        if (first == Source::Read::Bad) throw InputError{bad.place(), bad.problem};
        if (first == Source::Read::End) {
            throw InputError{{source.name(), {}, {}},
                             "is empty; expected a first line that names the columns"};
        }
        const Columns columns{source, row};
        for (;;) {
            const Source::Read read = source.next(row, bad);
            if (read == Source::Read::End) break;
            if (read == Source::Read::Bad || !take(source, columns, row, bad)) refuse(bad);
        }
        fingerprint_.add(source.fingerprint().uuid());
    }

    /// False if the row is bad; then `bad` says how.
    bool take(const Source& source, const Columns& columns, const Row& row, BadRow& bad) {
        if (row.fields.size() != columns.count()) {
            bad = source.bad_field(row, 0,
                                   "the row has " + std::to_string(row.fields.size()) +
                                       " fields; expected " + std::to_string(columns.count()) +
                                       ", as in the first line");
            return false;
        }
        Entry entry;
        std::optional<FieldProblem> problem = parse_entry(columns, row, entry);
        ImportedRun* run = nullptr;
        if (!problem) {
            run = run_of(columns.text(row, Column::Run));
            problem = run == nullptr ? FieldProblem{Column::Run,
                                                    "the run's name is none; expected at most "
                                                    "10,000 runs with names of text"}
                                     : run->take(columns, row, entry);
        } else if (import_->bad_rows == BadRows::Skip) {
            run = run_of(columns.text(row, Column::Run));
            if (run != nullptr) run->note_node(entry.node);
        }
        if (!problem) {
            ++result_.rows;
            return true;
        }
        const std::size_t field = columns.has(problem->column) ? columns.field(problem->column) : 0;
        bad = source.bad_field(row, field, std::move(problem->text));
        return false;
    }

    void refuse(const BadRow& bad) {
        if (import_->bad_rows == BadRows::Refuse) throw InputError{bad.place(), bad.problem};
        ++result_.bad_rows;
        if (result_.bad_row_texts.size() == kMostListed) return;
        result_.bad_row_texts.emplace_back(InputError{bad.place(), bad.problem}.what());
    }

    ImportedRun* run_of(std::string_view name) {
        if (!runs_.empty() && runs_[last_run_].name == name) return &runs_[last_run_].run;
        const auto known = std::ranges::find(runs_, name, &NamedRun::name);
        last_run_ = static_cast<std::size_t>(known - runs_.begin());
        if (known != runs_.end()) return &known->run;
        if (runs_.size() == kMostRuns || !name_problem(name).empty()) {
            last_run_ = 0;
            return nullptr;
        }
        return &runs_
                    .emplace_back(
                        NamedRun{std::string{name}, ImportedRun{import_->lookup, import_->fleet}})
                    .run;
    }

    const CsvImport* import_;
    std::deque<NamedRun> runs_;
    std::size_t last_run_ = 0;
    CsvImported result_;
    Fingerprint fingerprint_;
};

bool is_uuid(std::string_view text) {
    constexpr std::string_view kForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    if (text.size() != kForm.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_hex =
            std::string_view{"0123456789abcdefABCDEF"}.find(text[i]) != std::string_view::npos;
        if (kForm[i] == 'x' ? !is_hex : text[i] != '-') return false;
    }
    return true;
}

/// The run's name as a file's: nothing that leads out of the folder, and each only once.
std::string file_name(const std::string& run, std::vector<std::string>& taken) {
    std::string name;
    for (const char c : run) {
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
        name += is_plain ? c : '_';
    }
    if (name.empty() || name.front() == '.') name.insert(0, "run");
    std::string unique = name;
    for (int i = 2; std::ranges::find(taken, unique) != taken.end(); ++i) {
        unique = name + "-" + std::to_string(i);
    }
    taken.push_back(unique);
    return unique + ".h5";
}

void describe(const CsvImport& import, const Importer::NamedRun& source, Importer& importer,
              Run& frame) {
    Fingerprint identity = importer.fingerprint();
    identity.add(source.name);
    frame.run_id = is_uuid(source.name) ? source.name : identity.uuid();
    frame.tool_version = import.tool_version;
    frame.complete = importer.result().bad_rows == 0;
    frame.environment["imported"] = "csv";
    frame.environment["run"] = source.name;
    frame.environment["rows_skipped"] = std::to_string(importer.result().bad_rows);
}

/// When the one run of all rows was measured, which they do not say themselves.
void set_start(const CsvImport& import, Importer& importer) {
    const InputPlace place{import.files.front().string(), {}, {}};
    if (importer.runs().size() != 1) {
        throw InputError{place, "has rows of " + std::to_string(importer.runs().size()) +
                                    " runs; expected one for --started, or a column 'time'"};
    }
    ImportedRun& run = importer.runs().front().run;
    if (run.knows_its_start()) {
        throw InputError{place,
                         "says itself when it was measured; expected no --started beside that"};
    }
    run.set_start(import.started);
}

CsvImported::File write_run(const CsvImport& import, Importer::NamedRun& source, Importer& importer,
                            const std::filesystem::path& path) {
    source.run.add_absences();
    Run frame = source.run.frame();
    describe(import, source, importer, frame);
    run_file::RunFileWriter writer{frame, path};
    std::vector<Reason> reasons;
    for (std::size_t i = 0; i < source.run.metric_count(); ++i) {
        writer.add(source.run.metric(i, reasons));
    }
    writer.finish(reasons, {});
    return {path, frame.nodes.size(), frame.devices.size(), source.run.metric_count()};
}

}  // namespace
}  // namespace csv

CsvImported import_csv(const CsvImport& import) {
    csv::Importer importer{import};
    CsvImported& result = importer.result();
    if (!import.started.empty()) csv::set_start(import, importer);
    const bool several = importer.runs().size() > 1;
    if (several) {
        std::error_code error;
        std::filesystem::create_directories(import.output, error);
        if (error) throw Error{"make the folder " + import.output.string(), error.message()};
    }
    std::vector<std::string> taken;
    for (csv::Importer::NamedRun& run : importer.runs()) {
        const std::filesystem::path path =
            several ? import.output / csv::file_name(run.name, taken) : import.output;
        result.files.push_back(csv::write_run(import, run, importer, path));
        if (import.started.empty() && !run.run.knows_its_start()) ++result.undated;
        for (std::string& remark : run.run.remarks()) result.remarks.push_back(std::move(remark));
    }
    return std::move(result);
}

}  // namespace rackproof
