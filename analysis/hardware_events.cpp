#include "analysis/hardware_events.hpp"

#include <algorithm>
#include <iterator>

namespace rackproof {
namespace {

constexpr std::string_view kAfterThrottling =
    "Check the cooling (coolant flow and temperature, cold plate) and the power feed of this GPU "
    "against its neighbours', and run again: until then its numbers are those of a slowed GPU.";

constexpr std::string_view kSpoiled =
    "End what works on the GPU (MPS: echo quit | nvidia-cuda-mps-control), or set the mode back "
    "(nvidia-smi -mig 0, -c DEFAULT), and run again: "
    "numbers measured beside it would not be this GPU's.";

/// The next steps follow NVIDIA's XID catalogue and its guide to memory error management
/// (docs.nvidia.com/deploy/xid-errors, docs.nvidia.com/deploy/a100-gpu-mem-error-mgmt): an
/// uncorrected error is contained, drained and reset; a row that could not be remapped, or the same
/// again after a reset, is evidence for a return.
constexpr HardwareEvent kEvents[] = {
    {"gpu_ecc_uncorrected", Verdict::Fail,
     "Drain the node, reset the GPU and run the plan again. The same again after a reset is "
     "evidence for a return to the vendor: keep this run file."},
    {"gpu_row_remap_failure", Verdict::Fail,
     "Return the GPU to the vendor with this run file: its memory has no row left to remap to."},
    {"gpu_row_remapped", Verdict::Watch,
     "Reset the GPU when the node is free, so that the remapping takes effect, and run again."},
    {"gpu_row_remap_pending", Verdict::Watch,
     "Reset the GPU when the node is free, so that the remapping takes effect, and run again."},
    {"gpu_recovery_action", Verdict::Fail,
     "Do what the driver asks for, and run the plan again: its word goes before any other."},
    {"gpu_lost", Verdict::Fail,
     "Drain the node and power-cycle it; reseat the GPU and its cables if it is lost again. Lost "
     "once more after that is evidence for a return to the vendor."},
    {"gpu_pcie_degraded", Verdict::Fail,
     "Reseat the GPU (or its riser and cables), check the BIOS's settings for that slot, and run "
     "again."},
    {"gpu_nvlink_down", Verdict::Fail,
     "Read the fabric manager's log and the kernel's for NVLink errors (XID 74, 144 to 150), reset "
     "the GPUs of the node, and reseat or return what is down again."},
    {"gpu_nvlink_recovery", Verdict::Watch,
     "Read the kernel log for NVLink errors and run again: a link that recovers under load each "
     "time is going bad."},
    {"gpu_throttled", Verdict::Watch, kAfterThrottling},
    {"nccl_fallback", Verdict::Watch,
     "Find out why NCCL does not take the faster way (NCCL_* in the environment, the InfiniBand "
     "driver and ports, GPUDirect) and run again: until then the numbers are those of the slow "
     "way."},
    {"blas_kernels", Verdict::Watch,
     "Unset OPENBLAS_CORETYPE for the run's ranks and run again: until then the numbers are those "
     "of the kernels that it names, which may be half as wide as the processor's."},
    {"binding", Verdict::Watch,
     "Set right where the run's ranks stand (UCX_NET_DEVICES, NCCL_IB_HCA and the like in their "
     "environment, cores, hosts) and run again: until then the numbers are those of the wrong "
     "cores or network cards."},
    {"gpu_ecc_uncorrected_before", Verdict::Watch,
     "Reset the GPU when the node is free and run a plan with memtest: an error that comes again "
     "after a reset is evidence for a return to the vendor."},
    {"gpu_nvlink_inactive", Verdict::Fail,
     "Read the fabric manager's log and the kernel's for NVLink errors (XID 74, 144 to 150), reset "
     "the GPUs of the node, and reseat or return what stays inactive."},
    {"gpu_missing", Verdict::Fail,
     "Read the kernel log for the GPU that the driver has given up (XID 79, failed probe), "
     "power-cycle the node, and reseat the GPU if it stays away. In a container or an allocation "
     "with some of the GPUs, give it all of them."},
    {"gpu_no_driver", Verdict::Fail,
     "Load the driver (modprobe nvidia, nvidia-smi) and read the kernel log for why it does not "
     "take these GPUs, then check again."},
    {"gpus_hidden", Verdict::NoData,
     "Start the run so that every rank sees all GPUs of its node (without CUDA_VISIBLE_DEVICES, "
     "--gpus-per-task or --gpu-bind; with all of them in the container or allocation) and run "
     "again. Where only some are to be tested, declare how many: 'gpus' in the fleet file."},
    {"gpu_in_use", Verdict::NoData, kSpoiled},
    {"gpu_partitioned", Verdict::NoData, kSpoiled},
    {"gpu_compute_mode", Verdict::NoData, kSpoiled},
    {"pcie_degraded", Verdict::Fail,
     "Reseat the card (or its riser and cables), check the BIOS's settings for that slot, and run "
     "again."},
    {"pcie_aer", Verdict::Watch,
     "Read the kernel log for AER lines of that address and reseat the card: fatal PCIe errors "
     "come from a bad contact, cable or card."},
    {"port_inactive", Verdict::Watch,
     "Check that a subnet manager runs and has this port's GUID, then check again."},
    {"port_flapped", Verdict::Watch,
     "Clean and reseat the cable or transceiver of this port and of the one at its other end; swap "
     "the cable if the link goes down again."},
    {"drive_not_live", Verdict::Fail,
     "Read the kernel log for that drive, power-cycle the node, and replace the drive if it does "
     "not come back."},
    {"memory_uncorrected", Verdict::Fail,
     "Drain the node, find the module by its EDAC label, reseat or swap it, and run a memory "
     "test."},
    {"machine_check", Verdict::Watch,
     "Read the kernel log (mcelog, rasdaemon) for the bank that reported it, and run again."},
    {"machine_check_before_boot", Verdict::Watch,
     "The node was lost to this before it booted last: read the firmware's own log (SEL, iDRAC, "
     "iLO, XCC) for the part that it names, and run the plan again."},
    {"fabric_manager_error", Verdict::Watch,
     "Read the fabric manager's log around that line, and the kernel's for SXids of the same time; "
     "start the fabric manager again and check that every GPU registers."},
    {"hwcheck_unreadable", Verdict::NoData,
     "Read the node's kernel log for a driver that hangs, restart the node and check again: what "
     "could not be read is not known to be well."},
    {"kernel_log_overwritten", Verdict::NoData,
     "Find out what floods the kernel's log (dmesg --follow), make the log larger (log_buf_len=4M "
     "on the kernel's command line) and run again: an XID or a memory error may be among the lines "
     "that nobody could read."},
    {"node_absent", Verdict::NoData,
     "Find the node and run the same on it, or take it out of the fleet file: nothing is known of "
     "it."},
    {"fabric_manager_not_running", Verdict::Fail,
     "Start the fabric manager (systemctl start nvidia-fabricmanager) and read its log if it does "
     "not stay up; it must be of the driver's own version."},
    {"gpu_mps", Verdict::NoData, kSpoiled},
    {"over_temperature", Verdict::Watch,
     "Check fans, airflow and inlet temperature of this node against its neighbours', and read "
     "again."},
    {"drive_critical_warning", Verdict::Fail,
     "Read the drive's own log (smartctl, nvme smart-log), save what is on it, and replace it."},
    {"nvml_silent", Verdict::NoData,
     "Read the node's kernel log for XIDs and a driver that hangs; restart the node and run again: "
     "nothing is known of this GPU's temperature, power and errors from here on."},
    {"nvml_failed", Verdict::NoData,
     "Find out why NVML cannot read this GPU (driver, permissions) and run again: nothing is known "
     "of its temperature, power and errors from here on."},
    {"gpu_inforom_corrupt", Verdict::Fail,
     "Drain the node, power-cycle it and read the InfoROM again (nvidia-smi); one that is damaged "
     "still is a case for the vendor."},
    {"gpu_sram_threshold", Verdict::Fail,
     "Return the GPU to the vendor with this run file: it says itself that its SRAM had more "
     "errors "
     "than its maker lets pass."},
    {"gpu_page_retirement_pending", Verdict::Watch,
     "Reset the GPU when the node is free, so that the pages are retired, and run again."},
    {"gpu_fabric_not_ready", Verdict::Fail,
     "Read the fabric manager's log and start it again; a GPU that does not register after that is "
     "reset, then reseated."},
    {"port_down", Verdict::Watch,
     "A port that is polling has no answer: check the cable, the transceiver and the switch's "
     "port. "
     "One that is disabled was switched off: enable it, or leave it out of the profile."},
    {"hca_unreadable", Verdict::Fail,
     "Read the kernel log for that adapter's driver and firmware, restart the node, and reseat the "
     "adapter if it cannot be read then."},
    {"hca_error", Verdict::Fail,
     "Bring the adapter's firmware to the other nodes' version, power-cycle the node, and return "
     "the adapter if it reports the same again."},
    {"nvlink_error", Verdict::Watch,
     "Read the fabric manager's log and the kernel's for the XIDs around it (74, 144 to 150), run "
     "a "
     "plan with collectives between these GPUs, and reseat or return the link that reports again."},
    {"pcie_aer_uncorrected", Verdict::Watch,
     "Reseat the card of that address (or its riser and cables) and run again: a transfer was lost "
     "for good."},
    {"kernel_panic", Verdict::Fail,
     "Keep the log, find what the kernel was at (the lines before and the call trace), update or "
     "swap "
     "what it names, and run the plan again before the node takes jobs."},
    {"kernel_lockup", Verdict::Watch,
     "Read the call trace for the driver that held the processor, restart the node and run the "
     "plan "
     "again: a node that locks up under load does so in jobs."},
    {"file_system_error", Verdict::Fail,
     "Check the file system (fsck) and the drive under it (smartctl, nvme smart-log) before "
     "anything "
     "is written again."},
    {"disk_error", Verdict::Fail,
     "Read the drive's own log (smartctl, nvme smart-log), reseat it, and replace it if it fails "
     "again."},
    {"xid.63", Verdict::Watch,
     "Reset the GPU when the node is free, so that the remapping takes effect, and run again."},
};

/// What the table of XIDs (plans/xid.toml) calls an error takes the node out; the step that it asks
/// for stands in the event's own text.
constexpr HardwareEvent kXid{
    "xid.", Verdict::Fail,
    "Drain the node and do what the table of XIDs says (in the sentence), then run again. No XID "
    "alone means a return to the vendor; the same again after a reset is evidence for one."};
constexpr HardwareEvent kSxid{
    "sxid.", Verdict::Fail,
    "Drain the node, read the fabric manager's log, reset the node's GPUs and switches, and run "
    "again; the same again after that is evidence for a return of the switch."};

}  // namespace

const HardwareEvent* hardware_event(std::string_view code) {
    const auto* const found = std::ranges::find(kEvents, code, &HardwareEvent::code);
    if (found != std::end(kEvents)) return found;
    for (const HardwareEvent* const family : {&kXid, &kSxid}) {
        if (code.starts_with(family->code)) return family;
    }
    return nullptr;
}

}  // namespace rackproof
