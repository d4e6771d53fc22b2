#include "devices/cpu/stream.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "core/error.hpp"
#include "devices/cpu/affinity.hpp"
#include "devices/cpu/machine.hpp"

namespace rackproof::cpu {
namespace {

using testing::HasSubstr;

constexpr StreamKernel kAll[] = {StreamKernel::Copy, StreamKernel::Scale, StreamKernel::Add,
                                 StreamKernel::Triad, StreamKernel::Read};

class StreamTest : public testing::Test {
  protected:
    Stream make(StreamKernel kernel, std::int64_t bytes) {
        return Stream{pool_, best_instruction_set(), spare_, kernel, bytes};
    }
    static std::string complaint(Stream& stream) {
        try {
            stream.verify();
        } catch (const WrongAnswer& wrong) {
            return wrong.what();
        }
        return "none";
    }
    ThreadPool pool_{this_thread_cores()};
    SparePages spare_;
};

TEST_F(StreamTest, ArraysOfTheKernelBeforeDoNotPassForAnAnswer) {
    const double* place = nullptr;
    {
        Stream copy = make(StreamKernel::Copy, 1000);
        copy.run();
        EXPECT_EQ(complaint(copy), "none");
        place = copy.output();
    }
    Stream again = make(StreamKernel::Copy, 1000);
    ASSERT_EQ(again.output(), place) << "the same arrays";
    EXPECT_TRUE(std::isnan(again.output()[0]));
    EXPECT_TRUE(std::isnan(again.output()[again.count() - 1]));
}

TEST_F(StreamTest, EveryKernelIsRightWithEitherStoresAtAnySize) {
    for (const StreamKernel kernel : kAll) {
        for (const std::int64_t bytes : {8, 16, 56, 64, 72, 1000, 65536, 3000000}) {
            Stream stream = make(kernel, bytes);
            for (const Store store : {Store::Temporal, Store::NonTemporal}) {
                if (kernel != StreamKernel::Read) stream.use(store);
                stream.run();
                EXPECT_EQ(complaint(stream), "none") << to_string(kernel) << ' ' << bytes;
            }
        }
    }
}

TEST_F(StreamTest, WorkIsByTheStreamConvention) {
    EXPECT_EQ(make(StreamKernel::Copy, 8000).work().bytes, 16000);
    EXPECT_EQ(make(StreamKernel::Scale, 8000).work().bytes, 16000);
    EXPECT_EQ(make(StreamKernel::Add, 8000).work().bytes, 24000);
    EXPECT_EQ(make(StreamKernel::Triad, 8000).work().bytes, 24000);
    EXPECT_EQ(make(StreamKernel::Read, 8007).work().bytes, 8000);
}

TEST_F(StreamTest, AFaultInAnyElementIsFound) {
    for (const StreamKernel kernel : kAll) {
        if (kernel == StreamKernel::Read) continue;
        Stream stream = make(kernel, 100000);
        for (std::size_t place = 0; place < stream.count(); place += 997) {
            stream.run();
            stream.output()[place] = std::nextafter(stream.output()[place], 1e300);
            EXPECT_THAT(complaint(stream), HasSubstr("element " + std::to_string(place) + " of"));
        }
        stream.run();
        EXPECT_EQ(complaint(stream), "none");
    }
}

TEST_F(StreamTest, NanIsAFault) {
    Stream stream = make(StreamKernel::Triad, 100000);
    stream.run();
    stream.output()[777] = std::nan("");
    EXPECT_THAT(complaint(stream), HasSubstr("is nan, expected"));
}

TEST_F(StreamTest, AnAnswerOfAnEarlierRunDoesNotPass) {
    Stream stream = make(StreamKernel::Copy, 100000);
    stream.run();
    const std::vector<double> answer(stream.output(), stream.output() + stream.count());
    stream.verify();
    for (std::size_t i = 0; i < stream.count(); ++i) EXPECT_TRUE(std::isnan(stream.output()[i]));
}

TEST_F(StreamTest, AVerdictStandsUntilTheNextRun) {
    Stream stream = make(StreamKernel::Scale, 100000);
    EXPECT_THROW(stream.verify(), Error) << "nothing has run";
    stream.run();
    EXPECT_EQ(complaint(stream), "none");
    EXPECT_EQ(complaint(stream), "none");
    stream.run();
    stream.output()[5] = 0.5;
    const std::string first = complaint(stream);
    EXPECT_THAT(first, HasSubstr("element 5"));
    EXPECT_EQ(complaint(stream), first) << "a wrong answer became right by asking again";
}

TEST_F(StreamTest, VariantSaysHowItWasDone) {
    Stream stream = make(StreamKernel::Triad, 80000);
    stream.use(Store::NonTemporal);
    const std::string threads = std::to_string(pool_.size());
    EXPECT_THAT(stream.variant().algorithm, HasSubstr(" non-temporal, " + threads + " thread"));
    EXPECT_THAT(stream.variant().algorithm,
                testing::StartsWith(std::string{best_instruction_set().name}));
    EXPECT_THAT(stream.variant().parameters, HasSubstr("80000"));
    EXPECT_THAT(make(StreamKernel::Read, 80000).variant().algorithm,
                testing::Not(HasSubstr("temporal")));
}

TEST_F(StreamTest, FasterStoreIsOneThatExists) {
    Stream stream = make(StreamKernel::Triad, 1 << 20);
    stream.use(stream.faster_store());
    stream.run();
    EXPECT_EQ(complaint(stream), "none");
    EXPECT_EQ(make(StreamKernel::Read, 4096).faster_store(), Store::Temporal);
}

TEST_F(StreamTest, ImpossibleSizesAreErrors) {
    EXPECT_THROW(make(StreamKernel::Copy, 7), Error);
    EXPECT_THROW(make(StreamKernel::Copy, 0), Error);
    EXPECT_THROW(make(StreamKernel::Copy, -8), Error);
    EXPECT_THROW(make(StreamKernel::Copy, INT64_MAX), Error);
    // One array would fit, three do not.
    const std::int64_t half = available_memory_bytes() / 2;
    EXPECT_THROW(make(StreamKernel::Triad, half), Error);
}

}  // namespace
}  // namespace rackproof::cpu
