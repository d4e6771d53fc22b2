#include "runners/mpi_communicator.hpp"

#include <mpi.h>

#include <array>
#include <climits>
#include <limits>
#include <string_view>
#include <vector>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "devices/collective_pattern.hpp"
#include "runners/open_mpi.hpp"

namespace rackproof {
namespace {

constexpr int kRoundTrips = 200;

void check(int result, const char* attempted) {
    if (result == MPI_SUCCESS) return;
    std::array<char, MPI_MAX_ERROR_STRING> text{};
    int length = 0;
    MPI_Error_string(result, text.data(), &length);
    throw Error{attempted, std::string_view{text.data(), static_cast<std::size_t>(length)}};
}

/// A count of elements as MPI takes it.
int mpi_count(std::size_t elements) {
    if (elements > INT_MAX) {
        throw Unsupported{"MPI counts no more than 2^31 - 1 elements, and these are " +
                          std::to_string(elements)};
    }
    return static_cast<int>(elements);
}

/// One collective over all ranks, on doubles whose every value is known beforehand
/// (runners/collective_pattern.hpp).
class MpiCollective final : public Workload {
  public:
    MpiCollective(Collective collective, std::int64_t bytes, int rank, int ranks)
        : pattern_{collective, bytes, rank, ranks},
          count_{mpi_count(pattern_.count())},
          send_(pattern_.send_elements()),
          receive_(pattern_.receive_elements(), kUntouched) {
        pattern_.fill(send_, receive_);
    }

    void run() override {
        check(call(), "run a collective");
        fresh_ = true;
    }

    Work work() const override {
        Work work;
        work.bytes = static_cast<double>(pattern_.bytes());
        return work;
    }

    void verify() override {
        if (!fresh_) return;  // this result has been checked, and wiped out
        pattern_.check_and_wipe(receive_);
        fresh_ = false;
    }

    Variant variant() const override {
        return {"{}", algorithm(), mpi_library(), demanded_transport()};
    }

  private:
    int call() {
        const int next = (pattern_.rank() + 1) % pattern_.ranks();
        const int previous = (pattern_.rank() + pattern_.ranks() - 1) % pattern_.ranks();
        double* in = send_.data();
        double* out = receive_.data();
        switch (pattern_.collective()) {
            case Collective::AllReduce:
                return MPI_Allreduce(in, out, count_, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
            case Collective::AllGather:
                return MPI_Allgather(in, count_, MPI_DOUBLE, out, count_, MPI_DOUBLE,
                                     MPI_COMM_WORLD);
            case Collective::ReduceScatter:
                return MPI_Reduce_scatter_block(in, out, count_, MPI_DOUBLE, MPI_SUM,
                                                MPI_COMM_WORLD);
            case Collective::Broadcast:
                return MPI_Bcast(out, count_, MPI_DOUBLE, 0, MPI_COMM_WORLD);
            case Collective::AllToAll:
                return MPI_Alltoall(in, count_, MPI_DOUBLE, out, count_, MPI_DOUBLE,
                                    MPI_COMM_WORLD);
            case Collective::SendReceive:
                return MPI_Sendrecv(in, count_, MPI_DOUBLE, next, 0, out, count_, MPI_DOUBLE,
                                    previous, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        }
        throw Error{"run a collective", "it is none of the six"};
    }

    std::string algorithm() const {
        switch (pattern_.collective()) {
            case Collective::AllReduce: return "MPI_Allreduce";
            case Collective::AllGather: return "MPI_Allgather";
            case Collective::ReduceScatter: return "MPI_Reduce_scatter_block";
            case Collective::Broadcast: return "MPI_Bcast";
            case Collective::AllToAll: return "MPI_Alltoall";
            case Collective::SendReceive: return "MPI_Sendrecv (ring)";
        }
        return "unknown";
    }

    CollectivePattern pattern_;
    int count_;
    std::vector<double> send_;
    std::vector<double> receive_;
    bool fresh_ = false;
};

class MpiCommunicator final : public Communicator {
  public:
    MpiCommunicator() {
        int provided = 0;
        check(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided), "start MPI");
        if (provided < MPI_THREAD_FUNNELED) {
            throw Error{"start MPI", "it does not allow a program with threads"};
        }
        check(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN), "start MPI");
        check(MPI_Comm_rank(MPI_COMM_WORLD, &rank_), "ask MPI for this rank");
        check(MPI_Comm_size(MPI_COMM_WORLD, &size_), "ask MPI for the ranks");
    }
    ~MpiCommunicator() override { MPI_Finalize(); }

    int rank() const override { return rank_; }
    int size() const override { return size_; }
    void barrier() override { check(MPI_Barrier(MPI_COMM_WORLD), "meet at a barrier"); }

    double max(double value) override {
        double result = 0;
        check(MPI_Allreduce(&value, &result, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD),
              "find the largest of the ranks' values");
        return result;
    }

    double mean(double value) override {
        // By way of rank 0, so that every rank has the same bits.
        double sum = 0;
        check(MPI_Reduce(&value, &sum, 1, MPI_DOUBLE, MPI_SUM, 0, MPI_COMM_WORLD),
              "add up the ranks' values");
        check(MPI_Bcast(&sum, 1, MPI_DOUBLE, 0, MPI_COMM_WORLD), "add up the ranks' values");
        return sum / size_;
    }

    std::int64_t from_first(std::int64_t value) override {
        check(MPI_Bcast(&value, 1, MPI_INT64_T, 0, MPI_COMM_WORLD), "ask rank 0 for a value");
        return value;
    }

    ClockOffset synchronise_clocks() override {
        ClockOffset mine;
        for (int other = 1; other < size_; ++other) {
            if (rank_ == 0) measure_offset_of(other);
            if (rank_ == other) mine = answer_rank_0();
        }
        barrier();
        return mine;
    }

    std::unique_ptr<Workload> make_collective(const CollectiveShape& shape) override {
        if (shape.type != ElementType::Fp64 || shape.buffers != Buffers::OutOfPlace) {
            throw Unsupported{"collectives over MPI are measured on doubles, out of place"};
        }
        return std::make_unique<MpiCollective>(shape.collective, shape.bytes, rank_, size_);
    }

  private:
    static double now_s() { return seconds_since(SteadyClock::time_point{}); }

    static double receive_from(int other) {
        double value = 0;
        check(MPI_Recv(&value, 1, MPI_DOUBLE, other, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE),
              "compare clocks");
        return value;
    }
    static void send_to(int other, double value) {
        check(MPI_Send(&value, 1, MPI_DOUBLE, other, 0, MPI_COMM_WORLD), "compare clocks");
    }

    /// Cristian's method: the other clock was read somewhere between our two readings, and the
    /// quickest of many round trips says it best.
    static void measure_offset_of(int other) {
        ClockOffset best{0, std::numeric_limits<double>::infinity()};
        for (int i = 0; i < kRoundTrips; ++i) {
            const double sent_s = now_s();
            send_to(other, sent_s);
            const double theirs_s = receive_from(other);
            const double back_s = now_s();
            const double error_s = (back_s - sent_s) / 2;
            if (error_s < best.error_s) best = {(sent_s + back_s) / 2 - theirs_s, error_s};
        }
        send_to(other, best.offset_s);
        send_to(other, best.error_s);
    }
    static ClockOffset answer_rank_0() {
        for (int i = 0; i < kRoundTrips; ++i) {
            (void)receive_from(0);
            send_to(0, now_s());
        }
        const double offset_s = receive_from(0);
        return {offset_s, receive_from(0)};
    }

    int rank_ = 0;
    int size_ = 1;
};

}  // namespace

std::unique_ptr<Communicator> make_mpi_communicator() {
    return std::make_unique<MpiCommunicator>();
}

std::string mpi_library() {
    std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
    int length = 0;
    check(MPI_Get_library_version(text.data(), &length), "ask MPI for its version");
    const std::string_view all{text.data(), static_cast<std::size_t>(length)};
    return std::string{all.substr(0, all.find_first_of(",\n"))};
}

}  // namespace rackproof
