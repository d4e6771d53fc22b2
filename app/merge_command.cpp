#include <fmt/core.h>

#include "app/commands.hpp"
#include "app/output.hpp"
#include "core/log.hpp"
#include "results/merge.hpp"

namespace rackproof {

int merge_command(const MergeArguments& arguments) {
    const Merged merged = merge_run_files({arguments.inputs, arguments.output});
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
