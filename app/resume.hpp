#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "app/fleet_options.hpp"
#include "core/plan.hpp"
#include "runners/run_so_far.hpp"

namespace rackproof {

/// A run to go on with, and the plan that it was begun with.
struct ResumedRun {
    std::shared_ptr<Resumption> resumption;
    Plan plan;
    LaunchOptions launch;
};

/// Claims the run in `directory` and reads how far it has come. The plan and where it runs may be
/// said once more. Throws InputError if there is no run, another process is at it, it was begun by
/// another rackproof, on another machine or with another launcher, or the plan's or the fleet
/// file's text is another, with the difference.
[[nodiscard]] ResumedRun resume_run(const std::filesystem::path& directory,
                                    const std::optional<std::filesystem::path>& plan_file,
                                    const FleetArguments& where);

/// Puts down how ranks are started, so that resume_run can ask for the same.
void note_launch(const FleetArguments& where, std::map<std::string, std::string>& environment);

/// Throws InputError, with the difference, unless the text of `file` is the one that the run was
/// begun with. `what`: "plan", "fleet file".
void refuse_change(std::string_view what, const std::filesystem::path& file,
                   std::string_view begun_with, std::string_view now);

}  // namespace rackproof
