#pragma once

#include "core/parameters.hpp"
#include "suites/suite.hpp"

namespace rackproof {

/// Every parameter of `suite`: those `given`, each checked against its ParameterSpec, the others
/// at their defaults. Whole numbers are taken where a real one is wanted, and become one.
/// Throws InputError for an unknown name, another type, a number that is not finite or out of
/// bounds, a text that is not allowed, or an empty list: the sentence names the parameter and
/// what was expected; the caller adds the place.
[[nodiscard]] Parameters with_defaults(const Suite& suite, const Parameters& given);

}  // namespace rackproof
