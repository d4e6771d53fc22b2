#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "hwcheck/child.hpp"
#include "hwcheck/gpu_protocol.hpp"

namespace rackproof {

/// The hidden subcommand of rackproof that calls serve_gpu_reader(0).
inline constexpr const char* kGpuReaderCommand = "gpu-reader";

/// The process that asks NVML: a program that calls serve_gpu_reader(0).
using GpuReaderProgram = ReaderProgram;

/// NVML did not answer in time: a sick GPU can hold a call for good. Its process has been killed.
class GpuSilent : public Error {
  public:
    using Error::Error;
};

/// NVML says that the GPU has fallen off its bus, or needs a reset before anything else.
class GpuLost : public Error {
  public:
    using Error::Error;
};

/// Asks NVML from a child process, since a call that hangs can be neither ended nor waited for,
/// and must take nobody along: not the worker, not the journal, not the program's end. Each
/// question has its deadline; past it the child is killed and the reader is of no more use. Throws
/// Unsupported where there is no driver library, GpuSilent, GpuLost, or any other Error. Safe from
/// any thread, one question at a time.
class GpuReader {
  public:
    explicit GpuReader(GpuReaderProgram program);

    [[nodiscard]] GpuReply ask(const GpuRequest& request, double patience_s);

  private:
    [[nodiscard]] GpuReply receive(double patience_s, const std::string& attempted);

    GpuReaderProgram program_;
    std::mutex mutex_;
    std::unique_ptr<Child> child_;
    std::string silence_;  ///< why nothing can be asked any more
};

/// What one GPU is, or why that is not known.
struct GpuInventory {
    GpuFacts facts;
    std::string problem;
};

/// This program itself, which is rackproof.
[[nodiscard]] GpuReaderProgram own_gpu_reader();

/// Why this node has no NVML; empty if it has. Loads the library and calls nothing in it, so that a
/// node without a driver pays for no process.
[[nodiscard]] std::string why_no_nvml();

/// Every GPU that the driver lists, in its order: a silent one costs `patience_s` and nobody else's
/// facts. Throws Unsupported where there is no driver library; Error if the driver does not start,
/// or the GPUs cannot be counted.
[[nodiscard]] std::vector<GpuInventory> list_gpus(const GpuReaderProgram& program,
                                                  double patience_s);

}  // namespace rackproof
