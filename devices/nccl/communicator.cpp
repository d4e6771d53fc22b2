#include "devices/nccl/communicator.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <string_view>
#include <system_error>

#include "core/error.hpp"
#include "core/parameters.hpp"
#include "devices/gpu/bus.hpp"
#include "devices/gpu/chip.hpp"
#include "devices/nccl/collective.hpp"
#include "devices/nccl/init.hpp"
#include "devices/nccl/own_words.hpp"

namespace rackproof::nccl {
namespace {

/// How a channel can go, as OwnWords names it; what else it says is "other".
constexpr const char* kTransports[] = {"P2P/CUMEM",
                                       "P2P/CUMEM/read",
                                       "P2P/IPC",
                                       "P2P/IPC/read",
                                       "P2P/direct pointer",
                                       "P2P/direct",
                                       "P2P/indirect",
                                       "P2P/MNNVL",
                                       "SHM/direct",
                                       "NET/IB/GDRDMA",
                                       "NET/IB/GDRDMA/Shared",
                                       "NET/IB/GDRDMA(PCI)",
                                       "NET/IB",
                                       "NET/IB/Shared",
                                       "NET/Socket",
                                       "NET/Socket/Shared",
                                       "COLLNET/IB"};

UniqueId shared_id(const Library& library, Communicator& hosts) {
    UniqueId id{};
    if (hosts.rank() == 0) id = library.unique_id();
    for (std::size_t at = 0; at < sizeof id; at += sizeof(std::int64_t)) {
        std::int64_t piece = 0;
        std::memcpy(&piece, id.internal + at, sizeof piece);
        piece = hosts.from_first(piece);
        std::memcpy(id.internal + at, &piece, sizeof piece);
    }
    return id;
}

/// One a process: NCCL reads where its output goes once.
OwnWordsFile& words_file() {
    static OwnWordsFile kFile;
    return kFile;
}

/// What a person has set for NCCL, which makes a cohort of its own. NCCL_VERSION is what container
/// images say of themselves; NCCL does not read it.
std::string settings() {
    std::string all;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text{*entry};
        if (!text.starts_with("NCCL_") || text.starts_with("NCCL_DEBUG") ||
            text.starts_with("NCCL_VERSION="))
            continue;
        all += (all.empty() ? "" : " ") + std::string{text};
    }
    return all;
}

std::string infiniband_devices(const std::filesystem::path& sys) {
    std::string names;
    std::error_code error;
    for (std::filesystem::directory_iterator entry{sys / "class/infiniband", error}, end;
         !error && entry != end; entry.increment(error)) {
        names += (names.empty() ? "" : ", ") + entry->path().filename().string();
    }
    return names;
}

class NcclCommunicator final : public Communicator {
  public:
    NcclCommunicator(gpu::Gpu& gpu, Communicator& hosts, const Options& options)
        : hosts_{&hosts}, options_{options} {
        said_ = words_file().end();  // before NCCL's first call
        library_ = std::make_shared<const Library>(options.library);
        connection_ = {&gpu,
                       library_.get(),
                       nullptr,
                       nullptr,
                       hosts.rank(),
                       hosts.size(),
                       options.operation_patience_s};
        const UniqueId id = shared_id(*library_, hosts);
        connection_.comm =
            init_within(library_, gpu, id, hosts.size(), hosts.rank(), options.init_patience_s);
        guard_ = std::make_unique<Guard>(
            Guard::Calls{[this] { return library_->async_error(connection_.comm); },
                         [this] { library_->cut_off(connection_.comm); }});
        connection_.guard = guard_.get();
    }
    ~NcclCommunicator() override {
        const bool aborted = guard_ && guard_->has_aborted();
        guard_.reset();
        if (connection_.comm != nullptr && !aborted) library_->destroy(connection_.comm);
    }

    int rank() const override { return hosts_->rank(); }
    int size() const override { return hosts_->size(); }
    void barrier() override { hosts_->barrier(); }
    double max(double value) override { return hosts_->max(value); }
    double mean(double value) override { return hosts_->mean(value); }
    std::int64_t from_first(std::int64_t value) override { return hosts_->from_first(value); }
    ClockOffset synchronise_clocks() override { return hosts_->synchronise_clocks(); }

    std::unique_ptr<Workload> make_collective(const CollectiveShape& shape) override {
        auto collective = std::make_unique<NcclCollective>(connection_, shape);
        words_file().read_into(words_, said_);
        collective->set_variant(variant_of(*collective, shape));
        return collective;
    }

    std::string take_fallback() override {
        if (told_fallback_) return "";
        std::string told = tcp_fallback();
        const std::string reduction = nvls_fallback();
        if (!told.empty() && !reduction.empty()) told += "; ";
        told += reduction;
        told_fallback_ = !told.empty();
        return told;
    }

  private:
    [[nodiscard]] std::string tcp_fallback() const {
        const bool by_tcp =
            words_.network() == "Socket" || uses("NET/Socket") || uses("NET/Socket/Shared");
        const std::string devices = by_tcp ? infiniband_devices(options_.sys) : "";
        if (devices.empty()) return "";
        return "NCCL goes over TCP, although this node has InfiniBand devices: " + devices;
    }

    /// NCCL asks the driver for multicast where three GPUs or more share a node; chips from sm_90
    /// on behind an NVSwitch have it.
    [[nodiscard]] std::string nvls_fallback() const {
        constexpr int kFirstChip = 90;
        const bool refused = !words_.nvls().value_or(true);
        const int chip = gpu::compute_capability(connection_.gpu->info());
        if (!refused || chip < kFirstChip) return "";
        const std::size_t switches = gpu::nvswitches_on_bus(options_.sys).size();
        if (switches == 0) return "";
        return "NCCL reduces without NVLS (the driver gives it no multicast), although this node "
               "has NVSwitches: " +
               std::to_string(switches);
    }

    [[nodiscard]] bool uses(const char* transport) const {
        return words_.transports().contains(transport);
    }

    /// Of all ranks, so that it is every rank's answer.
    bool any_rank(bool own) { return hosts_->max(own ? 1 : 0) > 0; }

    /// What the channels of any rank go through; NVLS where all ranks have it.
    std::string transport() {
        std::string all;
        const auto add = [&all](std::string_view words) {
            all += (all.empty() ? "" : ", ") + std::string{words};
        };
        bool others = false;
        for (const std::string& own : words_.transports()) {
            const auto known = std::find(std::begin(kTransports), std::end(kTransports), own);
            others = others || known == std::end(kTransports);
        }
        for (const char* transport : kTransports) {
            if (any_rank(uses(transport))) add(transport);
        }
        if (any_rank(others)) add("other");
        if (all.empty()) add("not known");
        const bool all_know = !any_rank(!words_.nvls().has_value());
        const bool all_have = !any_rank(!words_.nvls().value_or(false));
        add(!all_know ? "NVLS not known" : all_have ? "NVLS" : "no NVLS");
        return all;
    }

    Variant variant_of(const NcclCollective& collective, const CollectiveShape& shape) {
        Variant variant;
        const std::optional<Choice> choice = words_.choice(collective.function());
        variant.algorithm = std::string{"nccl"} + collective.function();
        if (choice) variant.algorithm += " " + choice->algorithm + " " + choice->protocol;
        variant.library = library_->name();
        variant.transport = transport();
        Parameters parameters;
        parameters.set("type", std::string{to_string(shape.type)});
        parameters.set("buffers", std::string{to_string(shape.buffers)});
        parameters.set("launch", std::string{collective.is_recorded() ? "graph" : "plain"});
        if (choice && choice->channels > 0) {
            parameters.set("channels", std::int64_t{choice->channels});
        }
        if (!words_.network().empty()) parameters.set("network", words_.network());
        const std::string set = settings();
        if (!set.empty()) parameters.set("nccl_settings", set);
        variant.parameters = parameters.json();
        return variant;
    }

    Communicator* hosts_;
    Options options_;
    std::shared_ptr<const Library> library_;
    Connection connection_;
    OwnWords words_;
    long said_ = 0;
    bool told_fallback_ = false;
    std::unique_ptr<Guard> guard_;
};

}  // namespace

std::unique_ptr<Communicator> make_communicator(gpu::Gpu& gpu, Communicator& hosts,
                                                const Options& options) {
    return std::make_unique<NcclCommunicator>(gpu, hosts, options);
}

}  // namespace rackproof::nccl
