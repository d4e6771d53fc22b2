// Runs on every rank of an mpirun job: checks what each rank must see, and fails the whole job if
// any does not. Without GoogleTest, whose output of several ranks would mix.
#include <cmath>
#include <cstdio>
#include <string>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "runners/mpi_communicator.hpp"

namespace rackproof {
namespace {

int failures = 0;

void expect(bool holds, const std::string& what, const Communicator& ranks) {
    if (holds) return;
    ++failures;
    std::fprintf(stderr, "rank %d of %d: %s\n", ranks.rank(), ranks.size(), what.c_str());
}

void check_values(Communicator& ranks) {
    const int n = ranks.size();
    expect(ranks.max(10.0 + ranks.rank()) == 9.0 + n, "max", ranks);
    expect(std::abs(ranks.mean(ranks.rank()) - (n - 1) / 2.0) < 1e-12, "mean", ranks);
    expect(ranks.from_first(ranks.rank() == 0 ? 4711 : -1) == 4711, "from_first", ranks);
    ranks.barrier();
}

void check_clocks(Communicator& ranks) {
    const ClockOffset offset = ranks.synchronise_clocks();
    // All ranks are on this host and read one clock: the true offset is 0.
    expect(std::abs(offset.offset_s) <= offset.error_s,
           "the clock's offset " + std::to_string(offset.offset_s) + " is beyond its error", ranks);
    const bool known = ranks.rank() == 0 ? offset.error_s == 0 : offset.error_s > 0;
    expect(known && std::isfinite(offset.error_s), "the clock's error", ranks);
}

void check_collective(Communicator& ranks, Collective collective, std::int64_t bytes) {
    const std::string name = std::string{to_string(collective)} + " of " + std::to_string(bytes);
    const auto work = ranks.make_collective({.collective = collective, .bytes = bytes});
    expect(
        work->work().bytes == static_cast<double>(effective_bytes(collective, bytes, ranks.size())),
        name + ": bytes", ranks);
    expect(work->variant().library.starts_with("Open MPI"), name + ": library", ranks);
    try {
        for (int i = 0; i < 3; ++i) {
            work->run();
            work->verify();
        }
    } catch (const Error& error) {
        expect(false, name + ": " + error.what(), ranks);
    }
}

int check_all() {
    const auto ranks = make_mpi_communicator();
    check_values(*ranks);
    check_clocks(*ranks);
    for (const Collective collective :
         {Collective::AllReduce, Collective::AllGather, Collective::ReduceScatter,
          Collective::Broadcast, Collective::AllToAll, Collective::SendReceive}) {
        for (const std::int64_t bytes : {1, 8, 100, 4096, 1 << 20, (1 << 22) + 8}) {
            check_collective(*ranks, collective, bytes);
        }
    }
    // Every rank must know that one has failed: mpirun's status may be that of another.
    const double any = ranks->max(failures);
    if (ranks->rank() == 0 && any == 0) std::printf("%d ranks agree\n", ranks->size());
    return any == 0 ? 0 : 1;
}

}  // namespace
}  // namespace rackproof

int main() { return rackproof::check_all(); }
