#include "hwcheck/gpu_reader.hpp"

#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <span>
#include <thread>

#include "core/clock.hpp"
#include "core/number_text.hpp"

namespace rackproof {
namespace {

constexpr double kReapPatience_s = 1;

std::string words_for(GpuQuestion question) {
    switch (question) {
        case GpuQuestion::Count: return "count the GPUs with NVML";
        case GpuQuestion::Facts: return "ask NVML what the GPU is";
        case GpuQuestion::Sample: return "read the GPU's sensors with NVML";
        case GpuQuestion::State: return "read the GPU's counters with NVML";
    }
    return "ask NVML";
}

/// The child's end becomes its standard input; all else of ours is closed when it executes.
pid_t spawn(const GpuReaderProgram& program, int child_end) {
    std::vector<std::string> words{program.file.string()};
    words.insert(words.end(), program.arguments.begin(), program.arguments.end());
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);

    posix_spawn_file_actions_t actions;
    if (::posix_spawn_file_actions_init(&actions) != 0) {
        throw system_error("start the GPU reader", ENOMEM);
    }
    pid_t pid = -1;
    int failed = ::posix_spawn_file_actions_adddup2(&actions, child_end, STDIN_FILENO);
    if (failed == 0) {
        failed = ::posix_spawn(&pid, words.front().c_str(), &actions, nullptr, arguments.data(),
                               environ);
    }
    ::posix_spawn_file_actions_destroy(&actions);
    if (failed != 0) throw system_error("start the GPU reader " + words.front(), failed);
    return pid;
}

/// True once something can be read or the other end has gone; false if the time is over.
bool wait_readable(int descriptor, double patience_s) {
    const SteadyClock::time_point begun = SteadyClock::now();
    constexpr double kPerSecond = 1000;
    for (;;) {
        const double left_s = patience_s - seconds_since(begun);
        pollfd polled{descriptor, POLLIN, 0};
        const int ready =
            ::poll(&polled, 1, left_s > 0 ? static_cast<int>(left_s * kPerSecond) + 1 : 0);
        if (ready > 0) return true;
        if (ready == 0 && left_s <= 0) return false;
        if (ready < 0 && errno != EINTR) throw system_error("wait for the GPU reader", errno);
    }
}

}  // namespace

GpuReader::GpuReader(GpuReaderProgram program) : program_{std::move(program)} {}

GpuReader::~GpuReader() { kill_child(); }

void GpuReader::start() {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
        throw system_error("make a channel to the GPU reader", errno);
    }
    Descriptor own{ends[0]};
    const Descriptor childs{ends[1]};
    pid_ = spawn(program_, childs.get());
    channel_ = std::move(own);
}

/// One that hangs in the driver cannot be reaped: it stays, as what the kernel cannot end does.
void GpuReader::kill_child() {
    channel_.reset();
    if (pid_ < 0) return;
    ::kill(pid_, SIGKILL);
    const SteadyClock::time_point begun = SteadyClock::now();
    while (::waitpid(pid_, nullptr, WNOHANG) == 0 && seconds_since(begun) < kReapPatience_s) {
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    pid_ = -1;
}

GpuReply GpuReader::ask(const GpuRequest& request, double patience_s) {
    const std::scoped_lock lock{mutex_};
    const std::string attempted = words_for(request.question);
    if (!silence_.empty()) throw GpuSilent{attempted, silence_};
    if (!channel_) start();
    WireWriter writer;
    writer.put(request);
    const std::vector<std::byte> bytes = writer.take();
    if (::send(channel_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) {
        const Error error = system_error(attempted, errno);
        kill_child();
        throw error;
    }
    GpuReply reply = receive(patience_s, attempted);
    if (reply.outcome == GpuReadOutcome::NoLibrary) throw Unsupported{reply.problem};
    if (reply.outcome == GpuReadOutcome::Lost) throw GpuLost{attempted, reply.problem};
    if (reply.outcome == GpuReadOutcome::Failed) throw Error{attempted, reply.problem};
    return reply;
}

GpuReply GpuReader::receive(double patience_s, const std::string& attempted) {
    if (!wait_readable(channel_.get(), patience_s)) {
        silence_ = "NVML has not answered within " + number_text(patience_s) +
                   " s: a call to the driver hangs";
        kill_child();
        throw GpuSilent{attempted, silence_};
    }
    std::vector<std::byte> packet(kGpuPacketLimit);
    const ssize_t got = ::recv(channel_.get(), packet.data(), packet.size(), 0);
    if (got <= 0) {
        kill_child();
        throw Error{attempted, "the process that asks NVML has died"};
    }
    GpuReply reply;
    WireReader reader{std::span{packet}.first(static_cast<std::size_t>(got))};
    reader.get(reply);
    return reply;
}

GpuReaderProgram own_gpu_reader() { return {"/proc/self/exe", {kGpuReaderCommand}}; }

std::string why_no_nvml() {
    try {
        (void)nvml::load(nvml::kLibrary);
        return "";
    } catch (const Unsupported& error) {
        return error.what();
    }
}

std::vector<GpuInventory> list_gpus(const GpuReaderProgram& program, double patience_s) {
    auto reader = std::make_unique<GpuReader>(program);
    const std::uint32_t count = reader->ask({GpuQuestion::Count, {}}, patience_s).count;
    constexpr std::uint32_t kMostGpus = 1024;
    if (count > kMostGpus)
        throw Error{"count the GPUs with NVML", "it says " + std::to_string(count)};
    std::vector<GpuInventory> gpus(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        try {
            const GpuName name{"", "", static_cast<std::int32_t>(i)};
            gpus[i].facts = reader->ask({GpuQuestion::Facts, name}, patience_s).facts;
        } catch (const Error& error) {
            gpus[i].problem = error.what();
            reader = std::make_unique<GpuReader>(program);
        }
    }
    return gpus;
}

}  // namespace rackproof
