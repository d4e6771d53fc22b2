#include "core/error.hpp"

#include <system_error>

namespace rackproof {
namespace {

std::string joined(std::string_view attempted, std::string_view answer) {
    std::string text{attempted};
    if (!answer.empty()) text.append(": ").append(answer);
    return text;
}

std::string placed(const InputPlace& place, std::string_view problem) {
    std::string text = place.file;
    if (place.line) text += ":" + std::to_string(*place.line);
    if (place.line && place.column) text += ":" + std::to_string(*place.column);
    return text.append(": ").append(problem);
}

}  // namespace

Error::Error(std::string_view attempted, std::string_view answer, std::source_location where)
    : Error{joined(attempted, answer), where} {}

Error::Error(const std::string& whole_sentence, std::source_location where)
    : std::runtime_error{whole_sentence}, where_{where} {}

InputError::InputError(const InputPlace& place, std::string_view problem,
                       std::source_location where)
    : Error{placed(place, problem), where} {}

InputError::InputError(std::string_view problem, std::source_location where)
    : Error{std::string{problem}, where} {}

Unsupported::Unsupported(std::string_view reason, std::source_location where)
    : Error{std::string{reason}, where} {}

Error system_error(std::string_view attempted, int error_number, std::source_location where) {
    return Error{attempted, errno_text(error_number), where};
}

std::string errno_text(int error_number) {
    return std::error_code{error_number, std::generic_category()}.message();
}

}  // namespace rackproof
