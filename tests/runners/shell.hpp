#pragma once

#include <string>

#include "runners/launcher.hpp"

namespace rackproof::test {

inline Command shell(const std::string& script) { return {{"/bin/sh", "-c", script}, {}}; }

}  // namespace rackproof::test
