#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "results/log_facts.hpp"
#include "results/log_text.hpp"
#include "tests/support/replaced.hpp"
#include "tests/support/scratch_folder.hpp"
#include "tests/support/source_folder.hpp"

namespace rackproof::test {

/// What a reader makes of a text.
template <class Read>
logs::LogFacts facts_of(Read read, const std::string& text, const std::string& name = "a.log") {
    logs::LogText log{name, text, BadRows::Refuse};
    return read(log);
}

/// The sentence with which a text is refused; empty if it is not.
template <class Read>
std::string refusal_of(Read read, const std::string& text, const std::string& name = "a.log") {
    try {
        (void)facts_of(read, text, name);
    } catch (const InputError& error) {
        return error.what();
    }
    return "";
}

/// The readings of one metric, in the log's order.
inline std::vector<logs::LogReading> readings(const logs::LogFacts& facts,
                                              const std::string& metric) {
    std::vector<logs::LogReading> found;
    std::ranges::copy_if(
        facts.readings, std::back_inserter(found),
        [&](const logs::LogReading& reading) { return reading.metric.name == metric; });
    return found;
}

/// The one value of a metric that has one reading with one value.
inline double value(const logs::LogFacts& facts, const std::string& metric) {
    const std::vector<logs::LogReading> found = readings(facts, metric);
    if (found.size() != 1 || found[0].values.size() != 1) {
        ADD_FAILURE() << metric << " has " << found.size() << " readings";
        return -1;
    }
    return found[0].values[0];
}

}  // namespace rackproof::test
