#include "results/nccl_tests_json.hpp"

#include <algorithm>
#include <utility>

#include "results/json_log.hpp"
#include "results/nccl_test.hpp"

namespace rackproof::logs {
namespace {

constexpr std::int64_t kMostRanks = 10'000'000;
constexpr std::int64_t kMostSize = std::int64_t{1} << 60U;

/// A number, or the text "nan" that nccl-tests write for none.
std::optional<double> number_in(const JsonValue& value) {
    if (value.is_text() && value.text() == "nan") return std::nullopt;
    return value.number();
}

std::string trimmed_text(const JsonValue& value) {
    const std::string text = value.text();
    const std::size_t first = text.find_first_not_of(' ');
    return first == std::string::npos ? "" : text.substr(first);
}

/// In the config a process lists its first device alone, so that ranks are counted by processes.
void read_config(const JsonValue& config, NcclTest& test, LogFacts& facts) {
    const std::int64_t ranks_each =
        config.at("nthreads").whole(kMostRanks) * config.at("ngpus").whole(1024);
    const JsonValue devices = config.at("devices");
    test.validated = config.at("validation").number() != 0;
    devices.each_element([&](const JsonValue& rank) {
        const std::string host = rank.at("hostname").text();
        if (rank.at("group").number() != 0) {
            rank.refuse("is of another group than 0 (NCCL_TESTS_SPLIT), which is not understood");
        }
        if (std::ranges::find(test.hosts, host) == test.hosts.end()) test.hosts.push_back(host);
        LogDevice device;
        device.node = host;
        device.index = static_cast<std::int32_t>(rank.at("device").whole(kMostDevices - 1));
        device.model = rank.at("device_info").text();
        const std::string bus = rank.at("device_hex").text();
        if (bus.size() > 4) device.pci = bus;
        facts.devices.push_back(std::move(device));
    });
    test.ranks = static_cast<std::int64_t>(devices.size()) * ranks_each;
    if (test.ranks < 1) config.refuse("has no ranks; expected at least one");
}

void read_result(const JsonValue& row, NcclTest& test) {
    bool any = false;
    for (const char* half : {"out_of_place", "in_place"}) {
        const std::optional<JsonValue> found = row.find(half);
        if (!found) continue;
        any = true;
        if (found->find("cpu_time")) {
            found->refuse("has the time of the CPU (-C); expected 'time'");
        }
        const auto time = number_in(found->at("time"));
        const auto busbw = number_in(found->at("bus_bw"));
        if (!time || *time <= 0 || !busbw || *busbw < 0) {
            found->refuse("has no time or no bus bandwidth; expected both");
        }
        NcclResult result;
        result.bytes = row.at("size").whole(kMostSize);
        result.in_place = std::string_view{half} == "in_place";
        result.time_s = shifted(*time, -6);
        result.busbw = shifted(*busbw, 9);
        result.digits = 6;
        if (const auto wrong = found->find("nwrong")) result.wrong = wrong->number();
        result.type = row.at("type").text();
        result.redop = row.at("redop").text();
        result.root = trimmed_text(row.at("root"));
        test.results.push_back(std::move(result));
    }
    if (!any) row.refuse("has neither out_of_place nor in_place; expected one or both");
}

void read_endings(const JsonValue& document, NcclTest& test) {
    if (const auto bounds = document.find("out_of_bounds")) {
        test.out_of_bounds = bounds->at("count").number();
        if ((bounds->at("okay").text() == "true") != (*test.out_of_bounds == 0)) {
            bounds->refuse("says okay or not against its own count");
        }
    }
    if (const auto average = document.find("average_bus_bandwidth")) {
        test.average_gb_s = number_in(average->at("bandwidth"));
        if (average->at("okay").text() == "false") {
            test.failure = "the average bus bandwidth is below what nccl-tests were told to expect";
        }
    }
    const auto errors = document.find("errors");
    if (!errors) return;
    errors->each_element([&](const JsonValue& error) {
        if (error.is_null() || error.text().empty()) return;
        test.failure += (test.failure.empty() ? "" : "; ") + error.text();
    });
}

}  // namespace

LogFacts read_nccl_json(LogText& log, const std::optional<std::string>& collective) {
    const nlohmann::json parsed = parse_json_log(log);
    const JsonValue document{log, parsed, ""};
    const JsonValue version = document.at("version");
    if (version.whole(1'000) < 1 || version.whole(1'000) > 2) {
        version.refuse("is no version that is known; expected 1 or 2");
    }
    LogFacts facts;
    NcclTest test;
    const JsonValue args = document.at("args");
    args.each_element([&](const JsonValue& argument) {
        if (test.collective.empty() && argument.is_text()) {
            test.collective = collective_in(argument.text());
        }
    });
    if (test.collective.empty()) {
        test.collective = collective.value_or(collective_in(log.name()));
    }
    if (const auto library = document.find("nccl_version")) {
        test.library = std::to_string(library->whole(10'000'000));
    }
    read_config(document.at("config"), test, facts);
    document.at("results").each_element([&](const JsonValue& row) { read_result(row, test); });
    read_endings(document, test);
    test.last_line = json_line(log.text(), "/average_bus_bandwidth");
    add_nccl_test(test, log, facts);
    return facts;
}

}  // namespace rackproof::logs
