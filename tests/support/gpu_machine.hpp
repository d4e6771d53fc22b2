#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "hwcheck/gpu_reader.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof::test {

/// A node of healthy GPUs as an H200 was read (tests/support/nvml/h200.json; its serial, its UUID
/// and the 18 NVLinks, which that machine did not show, are made up), that the fake NVML plays to
/// this process's children while this lives. Change the JSON, then write() it.
class GpuMachine {
  public:
    explicit GpuMachine(int gpus);
    ~GpuMachine();
    GpuMachine(const GpuMachine&) = delete;
    GpuMachine& operator=(const GpuMachine&) = delete;

    [[nodiscard]] nlohmann::json& gpu(std::size_t index) { return json["gpus"][index]; }
    void write() const;

    nlohmann::json json;

  private:
    ScratchFolder folder_;
};

/// The fake library's file, and that of one as old drivers have it.
[[nodiscard]] std::string fake_nvml();
[[nodiscard]] std::string old_fake_nvml();

/// What asks the fake library, or another.
[[nodiscard]] GpuReaderProgram fake_gpu_reader(const std::string& library = fake_nvml());

/// What reads a copy of a machine's files.
[[nodiscard]] ReaderProgram inventory_reader(const std::filesystem::path& root);
/// The same of its counters, again and again.
[[nodiscard]] ReaderProgram counters_reader(const std::filesystem::path& root);

}  // namespace rackproof::test
