#include "devices/collective_pattern.hpp"

#include <algorithm>
#include <string>

#include "core/error.hpp"

namespace rackproof {
namespace {

double position(std::size_t element) {
    // Knuth's multiplicative hash: neighbours differ, and a shift by any power of two shows.
    return static_cast<double>((element * 2654435761U >> 12) & 0xFFFU);
}

double factor(int rank) { return rank + 1.0; }
double offset(int rank) { return 7.0 * rank * rank + 3.0; }

}  // namespace

CollectivePattern::CollectivePattern(Collective collective, std::int64_t bytes, int rank, int ranks,
                                     std::size_t element_bytes)
    : collective_{collective},
      rank_{rank},
      ranks_{ranks},
      bytes_{effective_bytes(collective, bytes, ranks)},
      count_{static_cast<std::size_t>(bytes_) / element_bytes} {
    if (is_shared_out(collective)) count_ /= static_cast<std::size_t>(ranks);
    for (int r = 0; r < ranks; ++r) {
        sum_of_factors_ += factor(r);
        sum_of_offsets_ += offset(r);
    }
}

std::size_t CollectivePattern::send_elements() const {
    const auto all = static_cast<std::size_t>(ranks_);
    switch (collective_) {
        case Collective::ReduceScatter:
        case Collective::AllToAll: return count_ * all;
        case Collective::Broadcast: return 0;
        default: return count_;
    }
}

std::size_t CollectivePattern::receive_elements() const {
    const auto all = static_cast<std::size_t>(ranks_);
    const bool from_all =
        collective_ == Collective::AllGather || collective_ == Collective::AllToAll;
    return from_all ? count_ * all : count_;
}

bool CollectivePattern::is_broadcast_root() const {
    return collective_ == Collective::Broadcast && rank_ == 0;
}

CollectivePattern::Run CollectivePattern::contribution() const {
    const std::size_t count = is_broadcast_root() ? count_ : send_elements();
    return {0, count, 0, factor(rank_), offset(rank_)};
}

std::vector<CollectivePattern::Run> CollectivePattern::arrivals() const {
    const std::size_t my_share = static_cast<std::size_t>(rank_) * count_;
    const auto from = [this](int rank, std::size_t at, std::size_t first) {
        return Run{at, count_, first, factor(rank), offset(rank)};
    };
    const auto sum = [this](std::size_t first) {
        return Run{0, count_, first, sum_of_factors_, sum_of_offsets_};
    };
    const auto from_all = [this, &from](std::size_t first) {
        std::vector<Run> runs;
        for (int r = 0; r < ranks_; ++r) {
            runs.push_back(from(r, static_cast<std::size_t>(r) * count_, first));
        }
        return runs;
    };
    switch (collective_) {
        case Collective::AllReduce: return {sum(0)};
        case Collective::AllGather: return from_all(0);
        case Collective::ReduceScatter: return {sum(my_share)};
        case Collective::Broadcast: return {from(0, 0, 0)};
        case Collective::AllToAll: return from_all(my_share);
        case Collective::SendReceive: return {from((rank_ + ranks_ - 1) % ranks_, 0, 0)};
    }
    throw Error{"check a collective", "it is none of the six"};
}

double CollectivePattern::contribution(int rank, std::size_t element) const {
    return position(element) * factor(rank) + offset(rank);
}

double CollectivePattern::sum_of_contributions(std::size_t element) const {
    return position(element) * sum_of_factors_ + sum_of_offsets_;
}

void CollectivePattern::fill(std::span<double> send, std::span<double> receive) const {
    const std::span<double> mine = is_broadcast_root() ? receive : send;
    for (std::size_t i = 0; i < mine.size(); ++i) mine[i] = contribution(rank_, i);
}

double CollectivePattern::expected(std::size_t element) const {
    const std::size_t my_share = static_cast<std::size_t>(rank_) * count_;
    const auto from = static_cast<int>(element / count_);
    const std::size_t within = element % count_;
    switch (collective_) {
        case Collective::AllReduce: return sum_of_contributions(element);
        case Collective::AllGather: return contribution(from, within);
        case Collective::ReduceScatter: return sum_of_contributions(my_share + element);
        case Collective::Broadcast: return contribution(0, element);
        case Collective::AllToAll: return contribution(from, my_share + within);
        case Collective::SendReceive: return contribution((rank_ + ranks_ - 1) % ranks_, element);
    }
    throw Error{"check a collective", "it is none of the six"};
}

void CollectivePattern::check_and_wipe(std::span<double> receive) const {
    for (std::size_t i = 0; i < receive.size(); ++i) {
        const double wanted = expected(i);
        if (receive[i] == wanted) continue;
        const std::string seen = receive[i] == kUntouched ? "nothing" : std::to_string(receive[i]);
        throw WrongAnswer{std::string{to_string(collective_)},
                          "rank " + std::to_string(rank_) + " got " + seen + " as element " +
                              std::to_string(i) + ", expected " + std::to_string(wanted)};
    }
    if (!is_broadcast_root()) std::ranges::fill(receive, kUntouched);
}

}  // namespace rackproof
