#include "app/mailed_options.hpp"

#include <CLI/CLI.hpp>

#include "app/xid_file.hpp"
#include "hwcheck/mailed_files.hpp"

namespace rackproof {

void add_mailed_options(CLI::App& hwcheck, MailedFiles& files) {
    const std::string group = "Mailed-in files of another machine (docs/hwcheck-offline.md)";
    hwcheck
        .add_option(
            "--nvidia-smi", files.nvidia_smi,
            "What 'nvidia-smi -q -x', '-q', '--query-gpu=... --format=csv', 'nvlink --status' or "
            "no option wrote; may stand several times")
        ->type_name("FILE")
        ->allow_extra_args(false)
        ->group(group);
    hwcheck.add_option("--ibstat", files.ibstat, "What 'ibstat' or 'ibstatus' wrote")
        ->type_name("FILE")
        ->group(group);
    hwcheck.add_option("--lspci", files.lspci, "What 'lspci -vv' wrote, run by root")
        ->type_name("FILE")
        ->group(group);
    hwcheck
        .add_option("--dmesg", files.kernel_log,
                    "A kernel log: 'dmesg', 'journalctl -k', syslog, /dev/kmsg")
        ->type_name("FILE")
        ->group(group);
    hwcheck
        .add_option("--fabric-manager", files.fabric_manager_log,
                    "The fabric manager's log: /var/log/fabricmanager.log")
        ->type_name("FILE")
        ->group(group);
}

void add_mailed(const MailedFiles& files, Inventory& inventory) {
    for (const std::filesystem::path& file : files.nvidia_smi) {
        add_nvidia_smi(MailedText::read(file, kNvidiaSmiExpected), inventory);
    }
    if (files.ibstat) add_ibstat(MailedText::read(*files.ibstat, kIbstatExpected), inventory);
    if (files.lspci) add_lspci(MailedText::read(*files.lspci, kLspciExpected), inventory);
    // Logs last: by then the addresses of the GPUs are known.
    if (files.kernel_log) {
        add_kernel_log(MailedText::read(*files.kernel_log, kKernelLogExpected), shipped_xid_table(),
                       inventory);
    }
    if (files.fabric_manager_log) {
        add_fabric_manager_log(MailedText::read(*files.fabric_manager_log, kFabricManagerExpected),
                               inventory);
    }
}

}  // namespace rackproof
