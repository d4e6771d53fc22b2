#include "results/stored_metrics.hpp"

namespace rackproof {

std::mutex& hdf5_in_use() {
    static std::mutex in_use;
    return in_use;
}

StoredMetrics::StoredMetrics(const std::filesystem::path& path)
    : reader_{path},
      is_read_(reader_.metric_names().size(), false),
      unread_{reader_.metric_names().size()} {
    if (unread_ == 0) reader_.check_references();
}

const std::vector<std::string>& StoredMetrics::names() const { return reader_.metric_names(); }

std::shared_ptr<const Metric> StoredMetrics::metric(std::size_t index) {
    const std::scoped_lock lock{hdf5_in_use()};
    auto metric = std::make_shared<const Metric>(reader_.metric(names().at(index)));
    if (!is_read_[index]) {
        is_read_[index] = true;
        if (--unread_ == 0) reader_.check_references();
    }
    return metric;
}

}  // namespace rackproof
