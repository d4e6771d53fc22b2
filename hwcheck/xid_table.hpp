#pragma once

#include <functional>
#include <map>
#include <string>

namespace rackproof {

/// What NVIDIA's driver means by a number ("Xid") in the kernel log, and what to do about it.
struct Xid {
    std::string name;      ///< "GPU has fallen off the bus"
    std::string meaning;   ///< in a sentence
    std::string severity;  ///< info, warning, error
    std::string next_step;
    std::string source;  ///< where that is written
};

/// plans/xid.toml, read by app/xid_file.hpp.
struct XidTable {
    std::string version;
    std::map<int, Xid> rows;
};

/// Reads plans/xid.toml, which only app/ can. May throw.
using XidSource = std::function<XidTable()>;

}  // namespace rackproof
