#pragma once

#include <optional>
#include <source_location>
#include <stdexcept>
#include <string>
#include <string_view>

namespace rackproof {

/// Something that was attempted did not work. `what()` reads "ATTEMPTED: ANSWER", where the answer
/// is what the library or the kernel said; `where()` is the place in our code.
class Error : public std::runtime_error {
  public:
    Error(std::string_view attempted, std::string_view answer,
          std::source_location where = std::source_location::current());

    [[nodiscard]] const std::source_location& where() const noexcept { return where_; }

  protected:
    Error(const std::string& whole_sentence, std::source_location where);

  private:
    std::source_location where_;
};

/// Where in a file that a person wrote the fault stands. Lines and columns count from 1.
struct InputPlace {
    std::string file;
    std::optional<int> line;
    std::optional<int> column;
};

/// What a person or a file handed over cannot be used: exit status 2, nothing started.
/// `what()` reads "FILE:LINE:COLUMN: PROBLEM", and the problem says what was expected.
class InputError : public Error {
  public:
    InputError(const InputPlace& place, std::string_view problem,
               std::source_location where = std::source_location::current());
    explicit InputError(std::string_view problem,
                        std::source_location where = std::source_location::current());
};

/// A result was computed and it is wrong. Becomes Outcome::WrongAnswer.
class WrongAnswer : public Error {
  public:
    using Error::Error;
};

/// The hardware or library needed is not here. Becomes Outcome::Skipped, with the reason.
class Unsupported : public Error {
  public:
    explicit Unsupported(std::string_view reason,
                         std::source_location where = std::source_location::current());
};

/// An Error with the text of `error_number` (an errno value) as the answer.
[[nodiscard]] Error system_error(std::string_view attempted, int error_number,
                                 std::source_location where = std::source_location::current());

/// The system's text for an errno value, e.g. "No such file or directory". Thread-safe.
[[nodiscard]] std::string errno_text(int error_number);

}  // namespace rackproof
