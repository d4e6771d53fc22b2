#include "app/submission.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "core/error.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof {
namespace {

using testing::HasSubstr;

class SubmissionTest : public testing::Test {
  protected:
    void write(const std::string& text) const {
        std::ofstream{folder_.path() / "submission.json"} << text;
    }
    [[nodiscard]] std::string refusal() const {
        try {
            (void)read_submission(folder_.path());
        } catch (const InputError& error) {
            return error.what();
        }
        return "taken";
    }
    test::ScratchFolder folder_;
};

constexpr const char* kBegin = R"({"format": "rackproof-submission", "format_version": 1,
    "plan": "p", "partition": "g", "racks": [)";

TEST_F(SubmissionTest, ReadsBackWhatWasWritten) {
    const Submission submission{
        "accept", "gpu", {{"r1", "r1", 18, 1, "4711"}, {"-", "unracked", 2, 2, ""}}};
    write_submission(folder_.path(), submission);
    EXPECT_EQ(read_submission(folder_.path()), submission);
    Submission later = submission;
    later.racks[0].job = "4712";
    write_submission(folder_.path(), later);
    EXPECT_EQ(read_submission(folder_.path()), later);
}

TEST_F(SubmissionTest, WhatSubmitDoesNotWriteIsRefused) {
    EXPECT_THAT(refusal(), HasSubstr("submission.json"));
    for (const char* text : {"", "{", "[]", "{}", R"({"format": "other"})",
                             R"({"format": "rackproof-submission", "format_version": 2})"}) {
        write(text);
        EXPECT_THAT(refusal(), HasSubstr("expected what 'rackproof submit' writes")) << text;
    }
}

TEST_F(SubmissionTest, ARackThatLeavesTheFolderIsRefused) {
    const auto rack = [](const std::string& folder, const std::string& rest) {
        return kBegin + (R"({"rack": "r", "folder": ")" + folder) + R"(", )" + rest + "}]}";
    };
    const std::string good = R"("nodes": 2, "left_out": 1, "job": "12")";
    write(rack("r", good));
    EXPECT_EQ(refusal(), "taken");
    for (const char* folder : {"..", "../x", "/etc", "a/b", "", "."}) {
        write(rack(folder, good));
        EXPECT_THAT(refusal(), HasSubstr("expected what")) << folder;
    }
    for (const char* rest :
         {R"("nodes": 2, "left_out": 3, "job": null)", R"("nodes": 2, "left_out": -1, "job": null)",
          R"("nodes": 2, "left_out": 1, "job": "-M x")",
          R"("nodes": "2", "left_out": 1, "job": null)", R"("nodes": 2, "left_out": 1)"}) {
        write(rack("r", rest));
        EXPECT_THAT(refusal(), HasSubstr("expected what")) << rest;
    }
}

}  // namespace
}  // namespace rackproof
