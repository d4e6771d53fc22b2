#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace rackproof {

enum class RanksTalk : std::uint8_t { No, Yes };

/// One job, as a launcher needs to know it.
struct JobRequest {
    std::int32_t job = 0;
    std::int32_t ranks = 0;
    RanksTalk talk = RanksTalk::No;    ///< over MPI
    std::filesystem::path executable;  ///< run as "EXECUTABLE worker"
    std::filesystem::path scratch;     ///< for the launcher's own files; goes with the job
    std::map<std::string, std::string> environment;  ///< that every rank must have
};

/// A program to start: never by way of a shell. `environment` is added to our own.
struct Command {
    std::vector<std::string> arguments;
    std::map<std::string, std::string> environment;
};

/// How the ranks of a job are started.
class Launcher {
  public:
    Launcher() = default;
    Launcher(const Launcher&) = delete;
    Launcher& operator=(const Launcher&) = delete;
    virtual ~Launcher() = default;

    [[nodiscard]] virtual std::string name() const = 0;
    /// The address that the controller listens on, and no other.
    [[nodiscard]] virtual std::string listen_address() const = 0;
    /// Throws Error if what it needs is not installed.
    virtual void check() const = 0;
    [[nodiscard]] virtual Command command(const JobRequest& request) = 0;
};

/// `mpirun` on this machine alone (Open MPI 4).
class LocalLauncher final : public Launcher {
  public:
    std::string name() const override { return "local"; }
    std::string listen_address() const override { return "127.0.0.1"; }
    void check() const override;
    Command command(const JobRequest& request) override;
};

/// The arguments as one line for people; those with odd characters in quotes.
[[nodiscard]] std::string shown(const std::vector<std::string>& arguments);

}  // namespace rackproof
