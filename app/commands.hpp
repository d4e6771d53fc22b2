#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/fleet_options.hpp"
#include "app/mailed_options.hpp"
#include "app/plan_file.hpp"

namespace rackproof {

// One function a subcommand. Each returns the exit status of the design (0 all well, 1 bad
// hardware found, 3 incomplete or without data) or throws; `main` turns InputError into 2 and any
// other Error into 3.

struct RunArguments {
    std::optional<std::string> plan;  ///< a path, or the name of a shipped plan
    std::optional<std::filesystem::path> directory;
    FleetArguments where;
    std::optional<std::filesystem::path> resume;  ///< the folder of a run to go on with
    std::vector<std::string> only;                ///< with `amend`: the nodes that were repaired
    std::optional<std::filesystem::path> amend;   ///< the run file that gets their new attempts
    PlanChanges changes;
    bool site_consent = false;              ///< see Suite::needs_site_consent
    std::vector<std::string> command_line;  ///< as typed; kept in the run file
};
int run_command(const RunArguments& arguments);

struct PlanArguments {
    std::string plan;  ///< a path, or the name of a shipped plan
    PlanChanges changes;
    std::optional<std::filesystem::path> fleet;
    std::optional<std::int32_t> devices;  ///< of a node of which the fleet file does not say it
};
int plan_command(const PlanArguments& arguments);

struct JudgeArguments {
    std::filesystem::path run_file;
    std::optional<std::string> policy;  ///< a path, or the name of a shipped policy
    std::optional<std::string> json;    ///< a file, or "-" for stdout instead of the table
    std::optional<std::filesystem::path> waivers;
    std::optional<std::filesystem::path> history;   ///< a folder of earlier run files
    std::optional<std::filesystem::path> baseline;  ///< an accepted run file
    bool sensitivity = false;  ///< after the table: what the run could have seen
};
int judge_command(const JudgeArguments& arguments);

struct SwingArguments {
    std::filesystem::path run_file;
    std::optional<std::filesystem::path> meter;   ///< an external meter's series, CSV
    std::optional<std::filesystem::path> limits;  ///< of the utility, TOML
    std::optional<std::string> json;              ///< a file, or "-" for stdout instead of the text
};
int swing_command(const SwingArguments& arguments);

enum class HwcheckFormat { Text, Json, Quiet };
struct HwcheckArguments {
    HwcheckFormat format = HwcheckFormat::Text;
    std::filesystem::path sysroot = "/";
    std::optional<std::string> node;  ///< its name; else the machine's own
    std::optional<std::string> sku;   ///< what it is; else the fleet file's word, or the profile's
    std::vector<std::string> profiles;  ///< paths, or names of shipped ones
    std::optional<std::filesystem::path> fleet;
    double log_hours = 24;  ///< how long a fault in the machine's own kernel log counts
    std::optional<std::filesystem::path> golden;      ///< gets the profile of this node
    std::optional<std::filesystem::path> prometheus;  ///< gets the metrics of a textfile collector
    std::optional<std::filesystem::path> output;      ///< gets the run file
    MailedFiles mailed;  ///< if any, they are judged, and not this machine
};
int hwcheck_command(const HwcheckArguments& arguments);

struct BaselineArguments {
    std::vector<std::filesystem::path> run_files;
    std::filesystem::path output;
    std::optional<std::string> policy;  ///< a path, or the name of a shipped policy
    double content = 0.999;
    double confidence = 0.95;
};
int baseline_command(const BaselineArguments& arguments);

struct HistoryArguments {
    std::optional<std::filesystem::path> waivers;
    std::filesystem::path folder;
    std::string node;
    std::optional<std::string> policy;  ///< a path, or the name of a shipped policy
};
int history_command(const HistoryArguments& arguments);

enum class ReportFormat { Text, Json, Csv, Junit, Markdown, Prometheus, Slurm, Html };
enum class DrainNodes { Show, Apply };
struct ReportArguments {
    std::filesystem::path run_file;
    std::optional<std::filesystem::path> fleet;  ///< in its place: a folder of run files
    std::size_t nights = 30;                     ///< of the fleet: so many of the newest
    ReportFormat format = ReportFormat::Text;
    DrainNodes drain = DrainNodes::Show;  ///< Apply: what ReportFormat::Slurm prints is done too
    std::optional<std::string> policy;    ///< a path, or the name of a shipped policy
    std::optional<std::filesystem::path> output;  ///< else stdout; of Html always there
    std::optional<std::filesystem::path> waivers;
    // Of Html alone:
    std::optional<std::filesystem::path> history;      ///< a folder of earlier run files
    std::optional<std::filesystem::path> certificate;  ///< made of this run by `rackproof sign`
    std::optional<std::filesystem::path> key;          ///< the signer's public key
};
int report_command(const ReportArguments& arguments);
/// report_command for ReportFormat::Html.
int html_command(const ReportArguments& arguments);
/// report_command for a fleet, as text, JSON or Prometheus.
int fleet_health_command(const ReportArguments& arguments);

enum class RmaFormat { Text, Csv };
struct RmaArguments {
    std::filesystem::path run_file;
    RmaFormat format = RmaFormat::Text;
    std::optional<std::string> policy;  ///< a path, or the name of a shipped policy
    std::optional<std::filesystem::path> waivers;
    std::optional<std::filesystem::path> output;  ///< else stdout
};
int rma_command(const RmaArguments& arguments);

enum class CompareFormat { Text, Csv, Html };
struct CompareArguments {
    std::vector<std::filesystem::path> run_files;  ///< each is held against the first
    CompareFormat format = CompareFormat::Text;
    std::optional<std::string> policy;            ///< a path, or the name of a shipped policy
    std::optional<std::filesystem::path> output;  ///< else stdout; of Html always there
};
int compare_command(const CompareArguments& arguments);

struct AcceptArguments {
    std::filesystem::path run_file;
    std::filesystem::path contract;
    std::optional<std::string> policy;  ///< a path, or the name of a shipped policy
    std::optional<std::filesystem::path> waivers;
    std::optional<std::string> json;  ///< a file, or "-" for stdout instead of the text
};
int accept_command(const AcceptArguments& arguments);

struct KeygenArguments {
    std::filesystem::path key;  ///< gets the secret key; the public one goes beside it
};
int keygen_command(const KeygenArguments& arguments);

struct SignArguments {
    std::filesystem::path run_file;
    std::filesystem::path key;
    std::optional<std::string> policy;  ///< a path, or the name of a shipped policy
    std::optional<std::filesystem::path> waivers;
    std::optional<std::filesystem::path> contract;
    std::optional<std::filesystem::path> output;  ///< else beside the run file
};
int sign_command(const SignArguments& arguments);

struct VerifyArguments {
    std::filesystem::path certificate;
    std::filesystem::path key;
    std::optional<std::string> run_file;  ///< else by its name beside the certificate
    std::optional<std::string> policy;    ///< a path, or the name of a shipped policy; likewise
    std::optional<std::string> waivers;   ///< likewise
    std::optional<std::string> contract;  ///< likewise
};
int verify_command(const VerifyArguments& arguments);

struct SubmitArguments {
    enum class Send { Later, Now };
    std::string plan;  ///< a path, or the name of a shipped plan
    std::string partition;
    std::optional<std::filesystem::path> fleet;
    std::optional<std::filesystem::path> directory;
    Send send = Send::Later;
};
int submit_command(const SubmitArguments& arguments);

struct StatusArguments {
    std::filesystem::path directory;
};
int status_command(const StatusArguments& arguments);

struct WatchArguments {
    enum class Show { Live, Once };
    std::filesystem::path directory;  ///< of a run
    Show show = Show::Live;           ///< where there is a terminal
};
int watch_command(const WatchArguments& arguments);

struct SimulateArguments {
    std::string scenario;  ///< a path, or the name of a shipped scenario
    std::filesystem::path output;
    std::optional<std::filesystem::path> truth;
    std::optional<std::uint64_t> seed;
    std::vector<std::string> settings;  ///< "KEY=VALUE"
};
int simulate_command(const SimulateArguments& arguments);

struct ImportArguments {
    std::string format;  ///< "csv", or a tool's name (results/log_import.hpp)
    std::vector<std::filesystem::path> files;
    std::filesystem::path output;
    std::optional<std::filesystem::path> fleet;
    std::optional<std::string> node;          ///< that all files are of
    std::optional<std::string> node_pattern;  ///< where a file's path has its node, as "{node}.log"
    std::optional<std::string> collective;    ///< of nccl-tests that do not say it
    std::optional<std::string> started;       ///< when it was measured, as the person wrote it
    bool skip_bad = false;
};
int import_command(const ImportArguments& arguments);

struct MergeArguments {
    std::vector<std::filesystem::path> inputs;
    std::filesystem::path output;
    std::optional<std::filesystem::path> fleet;  ///< the nodes that there must be
};
int merge_command(const MergeArguments& arguments);

enum class Listing { Suites, Cases, Metrics, Plans, Devices };
int list_command(Listing what);

}  // namespace rackproof
