#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/fleet.hpp"
#include "core/plan.hpp"
#include "core/run.hpp"
#include "runners/launcher.hpp"
#include "runners/start_pace.hpp"

namespace rackproof {

/// What was found out about one node before the manifest is fixed.
struct NodeSurvey {
    std::optional<std::vector<Device>> devices;  ///< as the node itself lists them
    std::string problem;                         ///< why there are none; the launcher's words
    std::string hidden_gpus{};                   ///< those kept from its ranks, and by what
};

struct SurveyOptions {
    std::filesystem::path executable;  ///< the rackproof binary that workers run
    std::vector<std::string> wrap;     ///< see JobRequest
    std::filesystem::path logs;        ///< an existing folder
    DeviceOptions devices;
    PaceLimits pace;
    double patience_s = 30;  ///< for one node, from its launcher's start
    std::function<bool()> stop_requested;
};

/// Asks every host, by a short job of its own, which devices it has; in the order of `hosts`. One
/// that does not answer, or answers under another name, costs nobody else. Throws Error if no
/// launcher can be started at all, or if stop_requested.
[[nodiscard]] std::vector<NodeSurvey> survey_hosts(const std::vector<std::string>& hosts,
                                                   Launcher& launcher,
                                                   const SurveyOptions& options);

/// The same for a fleet: nodes that take no part are not asked, and have no answer. The launcher is
/// checked first, if any node takes part.
[[nodiscard]] std::vector<NodeSurvey> survey_fleet(const Fleet& fleet, Launcher& launcher,
                                                   const SurveyOptions& options);

/// The devices that there must be, node by node. A node has as many as it lists or the fleet file
/// declares, whichever is more; one that does not answer has what is declared, else what most of
/// the answering nodes of its sku have, else one. With GPUs, each kind by itself, CPUs first; a
/// node that lists fewer GPUs than most of its sku must have as many, unless the fleet file
/// declares.
[[nodiscard]] std::vector<Device> expected_devices(const Fleet& fleet,
                                                   const std::vector<NodeSurvey>& surveys,
                                                   const DeviceOptions& options);

/// What is to be told about it: nodes that did not answer, nodes with more or fewer devices than
/// they must have (`expected`), and, where GPUs are tested, nodes with GPUs that are kept from the
/// ranks, unless the fleet file declares no more than they see.
[[nodiscard]] std::vector<Event> survey_events(const Fleet& fleet,
                                               const std::vector<NodeSurvey>& surveys,
                                               const DeviceOptions& options);

}  // namespace rackproof
