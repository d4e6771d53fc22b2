#pragma once

#include <boost/math/policies/policy.hpp>

namespace rackproof {

/// For functions of Boost that are called once a value: they compute in double. By themselves they
/// take long double, ten times as slow, for digits that a double does not keep.
using InDouble = boost::math::policies::policy<boost::math::policies::promote_double<false>>;

}  // namespace rackproof
