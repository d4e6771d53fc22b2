#pragma once

#include <sys/types.h>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/descriptor.hpp"

namespace rackproof {

/// How to start a process that reads hardware: a program that talks on its standard input.
struct ReaderProgram {
    std::filesystem::path file;
    std::vector<std::string> arguments;
};

/// A process that reads what may hang, on one end of a socket that keeps packets apart. It is
/// killed with this; one that hangs in the kernel stays behind and holds nobody.
class Child {
  public:
    /// Throws Error if it cannot be started.
    explicit Child(const ReaderProgram& program);
    ~Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    [[nodiscard]] int channel() const { return channel_.get(); }

    /// The next packet, of at most `most_bytes`; nullopt if none has come within `patience_s`; an
    /// empty one if the process has gone.
    [[nodiscard]] std::optional<std::vector<std::byte>> receive(double patience_s,
                                                                std::size_t most_bytes) const;

  private:
    Descriptor channel_;
    pid_t pid_ = -1;
};

}  // namespace rackproof
