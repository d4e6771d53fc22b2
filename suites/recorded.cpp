#include <string>

#include "suites/suite.hpp"

namespace rackproof {
namespace {

std::string count_of(std::string_view case_name) {
    return std::string{"recorded."}.append(case_name);
}

std::string last_of(std::string_view case_name) {
    return std::string{"last_recorded."}.append(case_name);
}

}  // namespace

std::int32_t recorded_count(const CaseSpec& lead, std::string_view case_name) {
    const std::string name = count_of(case_name);
    return lead.parameters.has(name) ? static_cast<std::int32_t>(lead.parameters.integer(name)) : 0;
}

double last_recorded(const CaseSpec& lead, std::string_view case_name) {
    const std::string name = last_of(case_name);
    return lead.parameters.has(name) ? lead.parameters.real(name) : 0;
}

void set_recorded(CaseSpec& lead, std::string_view case_name, std::int32_t count, double last) {
    lead.parameters.set(count_of(case_name), std::int64_t{count});
    lead.parameters.set(last_of(case_name), last);
}

}  // namespace rackproof
