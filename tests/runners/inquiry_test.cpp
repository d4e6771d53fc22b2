#include "runners/inquiry.hpp"

#include <gmock/gmock.h>

#include "tests/runners/job_fixture.hpp"

namespace rackproof {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class InquiryTest : public test::JobFixture {
  protected:
    /// A group of three whose second rank sends nonsense while a cell is in flight.
    Inquiry after_nonsense() {
        group();
        place_all();
        for (const std::int32_t rank : {0, 1, 2}) begin(rank, 0);
        sample(1, 0);
        return Inquiry{7, *job_};
    }
};

TEST_F(InquiryTest, EverySuspectIsProbedOnce) {
    Inquiry inquiry = after_nonsense();
    EXPECT_EQ(inquiry.job(), 7);
    EXPECT_FALSE(inquiry.is_complete());
    EXPECT_EQ(inquiry.next_to_probe(), 1);
    inquiry.probe_begun(1, 8);
    EXPECT_EQ(inquiry.next_to_probe(), std::nullopt);
    EXPECT_EQ(inquiry.nodes_at_work(), 1U);
    EXPECT_FALSE(inquiry.is_complete());
}

TEST_F(InquiryTest, AProbeThatWentWellChangesNothing) {
    Inquiry inquiry = after_nonsense();
    inquiry.probe_begun(1, 8);
    tasks_.clear();
    new_job();
    place_all();
    EXPECT_FALSE(inquiry.take_result(9, *job_));  // somebody else's job
    EXPECT_TRUE(inquiry.take_result(8, *job_));
    EXPECT_TRUE(inquiry.is_complete());
    EXPECT_THAT(inquiry.blame().guilty, ElementsAre(1));
    EXPECT_FALSE(inquiry.blame().is_proved);
}

TEST_F(InquiryTest, AProbeThatFailedIsProof) {
    Inquiry inquiry = after_nonsense();
    inquiry.probe_begun(1, 8);
    patience_.start_s = test::kAtOnce;
    tasks_.clear();
    new_job();
    job_->tick();
    EXPECT_TRUE(inquiry.take_result(8, *job_));
    EXPECT_THAT(inquiry.blame().guilty, ElementsAre(1));
    EXPECT_TRUE(inquiry.blame().is_proved);
    EXPECT_THAT(inquiry.blame().evidence, HasSubstr("probed alone: rank 0"));
}

TEST_F(InquiryTest, KnowsWhatWentWrong) {
    const Inquiry inquiry = after_nonsense();
    EXPECT_THAT(inquiry.held_endings(), SizeIs(1));
    EXPECT_TRUE(inquiry.is_about(tasks_[0]));
    EXPECT_FALSE(inquiry.is_about(tasks_[1]));
}

TEST_F(InquiryTest, AJobThatLeftNoClueNeedsNoProbe) {
    group();
    place_all();
    const Inquiry inquiry{7, *job_};
    EXPECT_TRUE(inquiry.is_complete());
    EXPECT_THAT(inquiry.blame().guilty, IsEmpty());
}

}  // namespace
}  // namespace rackproof
