#include "results/nvbandwidth_json.hpp"

#include <utility>

#include "results/json_log.hpp"
#include "results/nvbandwidth_test.hpp"

namespace rackproof::logs {
namespace {

/// Numbers stand as texts, "N/A" where there is none.
std::optional<double> matrix_value(const JsonValue& value) {
    if (value.is_number()) return value.number();
    const std::string text = value.text();
    if (text == "N/A") return std::nullopt;
    const std::optional<double> number = decimal(text);
    if (!number || *number < 0) value.refuse("is no number; expected one, or N/A");
    return number;
}

void read_matrix(const JsonValue& matrix, NvbandwidthTest& test) {
    matrix.each_element([&](const JsonValue& row) {
        std::vector<std::optional<double>>& values = test.matrix.emplace_back();
        row.each_element([&](const JsonValue& value) { values.push_back(matrix_value(value)); });
        if (values.size() != test.matrix.front().size()) {
            row.refuse("has " + std::to_string(values.size()) + " numbers; expected " +
                       std::to_string(test.matrix.front().size()) + ", as in the first row");
        }
    });
    if (test.matrix.empty()) matrix.refuse("is empty; expected at least one row");
}

void read_test(const JsonValue& found, const std::string& error, NvbandwidthTest& test) {
    test.name = found.at("name").text();
    const JsonValue status = found.at("status");
    const std::string text = status.text();
    const auto own_error = found.find("error");
    test.reason = own_error ? own_error->text() : error;
    if (test.reason.empty()) test.reason = "nvbandwidth says " + in_quotes(text);
    const auto matrix = found.find("bandwidth_matrix");
    if (text == "Passed") {
        if (!matrix) found.refuse("has passed without a bandwidth_matrix; expected one");
        test.description = found.at("bandwidth_description").text();
        read_matrix(*matrix, test);
        const double sum = found.at("sum").number();
        test.sum = sum;
        test.rounding = 0.0005 + 5e-6 * sum;  // six digits each
        return;
    }
    if (text == "Waived" || text == "Not Found") {
        test.outcome = Outcome::Skipped;
    } else if (text != "Error" && text != "Running") {
        status.refuse("is " + in_quotes(text) +
                      "; expected Passed, Waived, Error, Running or Not Found");
    }
}

}  // namespace

LogFacts read_nvbandwidth_json(LogText& log) {
    const nlohmann::json parsed = parse_json_log(log);
    const JsonValue root = JsonValue{log, parsed, ""}.at("nvbandwidth");
    LogFacts facts;
    std::string version;
    if (const auto found = root.find("version")) version = found->text();
    std::string error;
    if (const auto found = root.find("error")) error = found->text();
    const auto tests = root.find("testcases");
    if (!tests && error.empty()) root.refuse("has no testcases; expected some");
    if (tests) {
        tests->each_element([&](const JsonValue& found) {
            NvbandwidthTest test;
            test.library = version;
            test.line = found.line();
            read_test(found, error, test);
            add_nvbandwidth_test(test, {}, log, facts);
        });
    }
    if (!error.empty()) facts.events.push_back({"", -1, "error", "nvbandwidth.error", error});
    if (tests && tests->size() > 0) return facts;
    NvbandwidthTest none;
    none.name = "any";
    none.library = version;
    none.reason = error.empty() ? "nvbandwidth ran no test case" : error;
    add_nvbandwidth_test(none, {}, log, facts);
    return facts;
}

}  // namespace rackproof::logs
