#include "runners/survey.hpp"

#include <poll.h>

#include <algorithm>
#include <map>
#include <memory>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/event_codes.hpp"
#include "core/utf8.hpp"
#include "core/version.hpp"
#include "runners/back_channel.hpp"
#include "runners/job_process.hpp"
#include "runners/scratch.hpp"
#include "runners/secret.hpp"
#include "runners/worker.hpp"

namespace rackproof {
namespace {

constexpr int kTurn_ms = 50;
constexpr std::size_t kMostDevices = 4096;
constexpr std::size_t kLongestFact = 256;
constexpr std::size_t kLongestHidden = 1024;
constexpr double kAfterLauncher_s = 1;  ///< an answer that is not here by then will not come

/// Fit for the manifest, whatever the host has sent.
bool make_plain(Device& device) {
    for (std::string* text : {&device.model, &device.uuid, &device.serial, &device.pci,
                              &device.vbios, &device.driver}) {
        *text = printable(shortened(*text, kLongestFact));
    }
    return device.kind == "cpu" || device.kind == "gpu";
}

/// One host's way through the survey.
struct Visit {
    Scratch scratch;
    std::unique_ptr<JobProcess> process;
    SteadyClock::time_point since;
    std::optional<SteadyClock::time_point> ended;  ///< the launcher
    bool answered = false;
};

class Survey {
  public:
    Survey(const std::vector<std::string>& hosts, Launcher& launcher, const SurveyOptions& options)
        : hosts_{&hosts},
          launcher_{&launcher},
          options_{&options},
          channel_{launcher.listen_address(), secret_, kVersion},
          pace_{options.pace},
          found_(hosts.size()) {}

    std::vector<NodeSurvey> run() {
        while (next_ < hosts_->size() || !visits_.empty()) {
            if (options_->stop_requested && options_->stop_requested()) {
                throw Error{"look at the nodes", "the run was stopped"};
            }
            while (next_ < hosts_->size() &&
                   pace_.may_start(seconds_since(began_), 1, visits_.size())) {
                start(next_++);
            }
            turn();
        }
        return std::move(found_);
    }

  private:
    void start(std::size_t index);
    void turn();
    void wait();
    void take(const Arrival& arrival);
    void let_in(std::int32_t index, const message::Hello& hello);
    void take_answer(std::size_t index, const message::Surveyed& surveyed);
    void fail(std::size_t index, std::string problem);
    [[nodiscard]] bool go_on(std::size_t index, Visit& visit);

    const std::vector<std::string>* hosts_;
    Launcher* launcher_;
    const SurveyOptions* options_;
    Secret secret_ = Secret::random();
    BackChannel channel_;
    StartPace pace_;
    SteadyClock::time_point began_ = SteadyClock::now();
    std::size_t next_ = 0;
    std::vector<NodeSurvey> found_;
    std::map<std::size_t, Visit> visits_;  ///< those under way, by index
};

void Survey::start(std::size_t index) {
    Visit& visit = visits_[index];
    const auto job = static_cast<std::int32_t>(index);
    JobRequest request;
    request.job = job;
    request.hosts = {{(*hosts_)[index], 1}};
    request.wrap = options_->wrap;
    request.executable = options_->executable;
    request.scratch = visit.scratch.path();
    request.environment = {{kSecretVariable, secret_.hex()},
                           {kControllerVariable, to_string(channel_.endpoint())},
                           {kJobVariable, std::to_string(job)}};
    const std::filesystem::path log = options_->logs / ("survey-" + std::to_string(index) + ".log");
    visit.since = SteadyClock::now();
    visit.process = std::make_unique<JobProcess>(launcher_->command(request), log, EndPatience{});
    channel_.expect(job, 1);
    pace_.started(seconds_since(began_), 1);
}

void Survey::wait() {
    std::vector<pollfd> polled{{channel_.descriptor(), POLLIN, 0}};
    for (const auto& [index, visit] : visits_) {
        polled.push_back({visit.process->output(), POLLIN, 0});
    }
    (void)::poll(polled.data(), polled.size(), kTurn_ms);
}

void Survey::turn() {
    wait();
    for (const Arrival& arrival : channel_.handle(seconds_since(began_))) take(arrival);
    for (auto visit = visits_.begin(); visit != visits_.end();) {
        visit = go_on(visit->first, visit->second) ? std::next(visit) : visits_.erase(visit);
    }
}

/// False once nothing of the visit is left.
bool Survey::go_on(std::size_t index, Visit& visit) {
    JobProcess& process = *visit.process;
    process.drain();
    const bool late = seconds_since(visit.since) > options_->patience_s;
    if (!visit.ended && process.ending()) visit.ended = SteadyClock::now();
    const bool over = visit.ended && seconds_since(*visit.ended) > kAfterLauncher_s;
    if (!visit.answered && (late || over)) {
        std::string problem = late ? "it did not answer in time" : "it did not come up";
        if (!process.words().empty()) problem += "; the launcher: " + process.words();
        fail(index, std::move(problem));
    }
    process.turn();
    return !process.is_gone();
}

void Survey::take(const Arrival& arrival) {
    if (const auto* joined = std::get_if<arrival::Joined>(&arrival)) {
        let_in(joined->id.job, joined->hello);
    } else if (const auto* said = std::get_if<arrival::Said>(&arrival)) {
        const auto* surveyed = std::get_if<message::Surveyed>(&said->message);
        if (surveyed != nullptr) take_answer(static_cast<std::size_t>(said->id.job), *surveyed);
    }
}

void Survey::let_in(std::int32_t index, const message::Hello& hello) {
    const std::string& host = hosts_->at(static_cast<std::size_t>(index));
    if (!same_host(hello.host, host)) {
        return fail(static_cast<std::size_t>(index),
                    "what came up there says that it is " + printable(shortened(hello.host, 80)));
    }
    message::Welcome welcome;
    welcome.survey = true;
    welcome.devices = options_->devices;
    channel_.send({index, 0}, welcome);
}

void Survey::take_answer(std::size_t index, const message::Surveyed& surveyed) {
    const auto visit = visits_.find(index);
    if (visit == visits_.end() || visit->second.answered) return;
    if (!surveyed.problem.empty()) return fail(index, printable(surveyed.problem));
    if (surveyed.devices.size() > kMostDevices) return fail(index, "it claims too many devices");
    std::vector<Device> devices = surveyed.devices;
    if (!std::ranges::all_of(devices, make_plain)) {
        return fail(index, "it has a device of a kind that is not known");
    }
    found_[index].devices = std::move(devices);
    found_[index].hidden_gpus = printable(shortened(surveyed.hidden_gpus, kLongestHidden));
    visit->second.answered = true;
    visit->second.process->let_quit();
}

void Survey::fail(std::size_t index, std::string problem) {
    const auto visit = visits_.find(index);
    if (visit == visits_.end() || visit->second.answered) return;
    found_[index].problem = std::move(problem);
    visit->second.answered = true;
    channel_.forget(static_cast<std::int32_t>(index));
    visit->second.process->force_end();
}

std::size_t count_of(const std::vector<Device>& devices, std::string_view kind) {
    return static_cast<std::size_t>(std::ranges::count(devices, kind, &Device::kind));
}

/// How many devices of the kind most of the nodes of a sku have; of two equally many, the larger
/// number.
std::map<std::string, std::size_t> usual_counts(const Fleet& fleet,
                                                const std::vector<NodeSurvey>& surveys,
                                                std::string_view kind) {
    std::map<std::string, std::map<std::size_t, std::size_t>> votes;
    for (std::size_t i = 0; i < fleet.nodes.size(); ++i) {
        if (!surveys[i].devices) continue;
        ++votes[fleet.nodes[i].node.sku][count_of(*surveys[i].devices, kind)];
    }
    std::map<std::string, std::size_t> usual;
    for (const auto& [sku, by_count] : votes) {
        std::size_t most = 0;
        for (const auto& [count, nodes] : by_count) {
            if (nodes >= most) usual[sku] = count;
            most = std::max(most, nodes);
        }
    }
    return usual;
}

/// A GPU that is gone leaves no trace on its own node: there its peers count as well.
std::size_t expected_count(std::optional<std::int32_t> declared, const FleetNode& node,
                           const NodeSurvey& survey,
                           const std::map<std::string, std::size_t>& usual, std::string_view kind) {
    std::size_t count = static_cast<std::size_t>(declared.value_or(0));
    if (survey.devices) count = std::max(count, count_of(*survey.devices, kind));
    const auto of_sku = usual.find(node.node.sku);
    const bool ask_peers = kind == "gpu" ? !declared : count == 0;
    if (ask_peers && of_sku != usual.end()) count = std::max(count, of_sku->second);
    return kind == "gpu" ? count : std::max<std::size_t>(count, 1);
}

/// The devices of one kind that a node must have: those that it lists, then those that it lacks.
void add_expected(const NodeSurvey& survey, std::size_t count, std::string_view kind,
                  std::int32_t node, std::vector<Device>& devices) {
    const auto first = static_cast<std::int32_t>(std::ranges::count(devices, node, &Device::node));
    std::vector<Device> listed;
    if (survey.devices) {
        std::ranges::copy_if(*survey.devices, std::back_inserter(listed),
                             [kind](const Device& device) { return device.kind == kind; });
    }
    for (std::size_t k = 0; k < count; ++k) {
        Device device = k < listed.size() ? listed[k] : Device{};
        device.kind = kind;
        device.node = node;
        device.index = first + static_cast<std::int32_t>(k);
        devices.push_back(std::move(device));
    }
}

}  // namespace

std::vector<NodeSurvey> survey_hosts(const std::vector<std::string>& hosts, Launcher& launcher,
                                     const SurveyOptions& options) {
    return Survey{hosts, launcher, options}.run();
}

std::vector<NodeSurvey> survey_fleet(const Fleet& fleet, Launcher& launcher,
                                     const SurveyOptions& options) {
    std::vector<NodeSurvey> all(fleet.nodes.size());
    std::vector<std::string> hosts;
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < fleet.nodes.size(); ++i) {
        const Node& node = fleet.nodes[i].node;
        if (takes_part(node)) {
            hosts.push_back(node.name);
            places.push_back(i);
        } else {
            all[i].problem = why_no_part(node);
        }
    }
    if (hosts.empty()) return all;
    launcher.check();
    std::vector<NodeSurvey> asked = survey_hosts(hosts, launcher, options);
    for (std::size_t i = 0; i < asked.size(); ++i) all[places[i]] = std::move(asked[i]);
    return all;
}

std::vector<Device> expected_devices(const Fleet& fleet, const std::vector<NodeSurvey>& surveys,
                                     const DeviceOptions& options) {
    const auto usual_cpus = usual_counts(fleet, surveys, "cpu");
    const auto usual_gpus = usual_counts(fleet, surveys, "gpu");
    std::vector<Device> devices;
    for (std::size_t i = 0; i < fleet.nodes.size(); ++i) {
        const FleetNode& node = fleet.nodes[i];
        const auto number = static_cast<std::int32_t>(i);
        const std::size_t cpus = expected_count(node.devices, node, surveys[i], usual_cpus, "cpu");
        add_expected(surveys[i], cpus, "cpu", number, devices);
        if (!options.with_gpus) continue;
        add_expected(surveys[i], expected_count(node.gpus, node, surveys[i], usual_gpus, "gpu"),
                     "gpu", number, devices);
    }
    return devices;
}

std::vector<Event> survey_events(const Fleet& fleet, const std::vector<NodeSurvey>& surveys,
                                 const DeviceOptions& options) {
    const auto usual_gpus = usual_counts(fleet, surveys, "gpu");
    std::vector<Event> events;
    const auto tell = [&](std::size_t node, std::string_view code, const std::string& text) {
        events.push_back({0, static_cast<std::int32_t>(node), -1, "error", std::string{code},
                          fleet.nodes[node].node.name + ": " + text});
    };
    for (std::size_t i = 0; i < fleet.nodes.size(); ++i) {
        if (!takes_part(fleet.nodes[i].node)) continue;  // the controller tells
        if (!surveys[i].devices) {
            tell(i, event_code::kNodeUnreached, surveys[i].problem);
            continue;
        }
        const std::size_t found = count_of(*surveys[i].devices, "cpu");
        const auto compare = [&](std::size_t seen, std::size_t wanted, const char* what,
                                 const char* who) {
            if (seen == wanted) return;
            tell(i, seen < wanted ? "devices_missing" : "devices_unexpected",
                 "it lists " + std::to_string(seen) + what + who + std::to_string(wanted));
        };
        const FleetNode& node = fleet.nodes[i];
        if (found == 0) tell(i, "devices_missing", "it lists no device");
        if (node.devices) {
            compare(found, static_cast<std::size_t>(*node.devices), " devices; ",
                    "the fleet file declares ");
        }
        if (!options.with_gpus) continue;
        const std::size_t gpus = count_of(*surveys[i].devices, "gpu");
        const bool are_wanted = !node.gpus || static_cast<std::size_t>(*node.gpus) > gpus;
        if (!surveys[i].hidden_gpus.empty() && are_wanted) {
            tell(i, event_code::kGpusHidden, surveys[i].hidden_gpus);
        }
        if (node.gpus) {
            compare(gpus, static_cast<std::size_t>(*node.gpus), " GPUs; ",
                    "the fleet file declares ");
        } else {
            compare(gpus, expected_count(node.gpus, node, surveys[i], usual_gpus, "gpu"), " GPUs; ",
                    "most nodes of its sku have ");
        }
    }
    return events;
}

}  // namespace rackproof
