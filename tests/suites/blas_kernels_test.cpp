#include "suites/blas_kernels.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <optional>
#include <string>

#include "tests/support/suite_runner.hpp"

namespace rackproof {
namespace {

using test::SuiteRun;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// A variable of the environment for one test; afterwards it is as it was.
class Kernels {
  public:
    explicit Kernels(const char* value) {
        if (const char* before = std::getenv(kName)) before_ = before;
        set(value);
    }
    ~Kernels() { set(before_ ? before_->c_str() : nullptr); }
    Kernels(const Kernels&) = delete;
    Kernels& operator=(const Kernels&) = delete;

  private:
    static void set(const char* value) {
        if (value == nullptr) {
            ::unsetenv(kName);
        } else {
            ::setenv(kName, value, 1);
        }
    }

    static constexpr const char* kName = "OPENBLAS_CORETYPE";
    std::optional<std::string> before_;
};

std::vector<Event> events_of(const char* library) {
    SuiteRun gemm{"gemm", "gemm.fp64"};
    gemm.device.script.variant.library = library;
    gemm.device.script.variant.algorithm = "Haswell, 2 threads";
    gemm.run();
    return gemm.context.events;
}

TEST(BlasKernels, ThatTheEnvironmentChoseAreTold) {
    const Kernels chosen{"Haswell"};
    const std::vector<Event> events = events_of("OpenBLAS 0.3.21");
    ASSERT_THAT(events, SizeIs(1));
    EXPECT_EQ(events[0].code, "blas_kernels");
    EXPECT_EQ(events[0].severity, "error");
    EXPECT_THAT(events[0].text, HasSubstr("OPENBLAS_CORETYPE=Haswell"));
    EXPECT_THAT(events[0].text, HasSubstr("OpenBLAS 0.3.21 (Haswell, 2 threads)"));
}

TEST(BlasKernels, ThatTheProcessorChoseAreNot) {
    const Kernels unset{nullptr};
    EXPECT_THAT(events_of("OpenBLAS 0.3.21"), IsEmpty());
    const Kernels empty{""};
    EXPECT_THAT(events_of("OpenBLAS 0.3.21"), IsEmpty());
}

TEST(BlasKernels, OfOtherLibrariesAreTheirOwnMatter) {
    const Kernels chosen{"Haswell"};
    EXPECT_THAT(events_of("cuBLASLt 13.0"), IsEmpty());
}

}  // namespace
}  // namespace rackproof
