#include <fmt/core.h>

#include "app/commands.hpp"
#include "app/fleet_file.hpp"
#include "app/output.hpp"
#include "core/log.hpp"
#include "results/merge.hpp"

namespace rackproof {

int merge_command(const MergeArguments& arguments) {
    Merge merge{arguments.inputs, arguments.output};
    if (arguments.fleet) merge.fleet = read_fleet(*arguments.fleet);
    const Merged merged = merge_run_files(merge);
    if (!merged.absent.empty()) {
        log_warning(fmt::format("{} of the fleet's nodes are in no file, the first is {}",
                                merged.absent.size(), merged.absent.front()));
    }
    for (const auto& path : merged.incomplete) {
        log_warning(path.string() + " is incomplete, and so is the whole");
    }
    for (const std::string& remark : merged.remarks) log_warning(remark);
    write_stdout(fmt::format("{}: {} files, {} nodes, {} devices, {} metrics\n",
                             arguments.output.string(), arguments.inputs.size(), merged.nodes,
                             merged.devices, merged.metrics));
    return 0;
}

}  // namespace rackproof
