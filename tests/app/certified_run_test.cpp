#include "app/certified_run.hpp"

#include <fmt/core.h>
#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>

#include "core/error.hpp"
#include "results/run_file.hpp"
#include "tests/support/fleet.hpp"
#include "tests/support/scratch_folder.hpp"

namespace rackproof {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr const char* kDay = "2026-11-28T15:20:11Z";

void change(const std::filesystem::path& path, std::uint64_t offset) {
    std::fstream file{path, std::ios::binary | std::ios::in | std::ios::out};
    file.seekg(static_cast<std::streamoff>(offset));
    const int byte = file.get();
    file.seekp(static_cast<std::streamoff>(offset));
    file.put(static_cast<char>(byte ^ 1));
}

/// Every byte of a run file with the label `long`.
std::uint64_t stride() { return std::getenv("RACKPROOF_EVERY_BYTE") == nullptr ? 41 : 1; }

class CertifiedRunTest : public testing::Test {
  protected:
    CertifiedRunTest() {
        rackproof::Run run = test::make_fleet(4, 2);
        test::add_metric(run, {}, [](std::size_t target) { return target == 5 ? 0.8e12 : 1e12; });
        write_run_file(run, files_.run);
        std::ofstream{folder_ / "limits.toml"} << R"(name = "limits"
[[limit]]
case = "gemm.*"
unit = "FLOP/s"
min = 9e11
source = "contract"
)";
        std::ofstream{folder_ / "waivers.toml"} << R"([[waiver]]
node = "n2"
metric = "*"
reason = "known"
until = "2026-12-01"
by = "NAME"
)";
    }

    [[nodiscard]] CertifiedFiles with_all() const {
        CertifiedFiles files = files_;
        files.policy = folder_ / "limits.toml";
        files.waivers = folder_ / "waivers.toml";
        return files;
    }

    test::ScratchFolder folder_;
    CertifiedFiles files_{folder_ / "run.h5", {}, {}, {}};
};

TEST_F(CertifiedRunTest, SaysWhatCameOut) {
    const CertifiedRun run = certify(with_all(), "2026-12-02T00:00:00Z");
    EXPECT_EQ(run.certificate.verdict, "fail");  // the waiver ended the day before
    EXPECT_EQ(run.certificate.nodes, "4, of them 3 pass, 0 watch, 1 fail, 0 no_data");
    EXPECT_THAT(run.certificate.files, SizeIs(3));
    EXPECT_EQ(certify(with_all(), kDay).certificate.verdict, "watch");
}

TEST_F(CertifiedRunTest, TheSameFilesHoldAndAreJudgedTheSame) {
    const Certificate certificate = certify(with_all(), kDay).certificate;
    EXPECT_THAT(changes_in(with_all(), certificate), IsEmpty());
    EXPECT_EQ(certify(with_all(), kDay).certificate, certificate);
    EXPECT_THAT(differences(certificate, certificate), IsEmpty());
}

TEST_F(CertifiedRunTest, AChangedByteOfAnyFileIsTold) {
    const Certificate certificate = certify(with_all(), kDay).certificate;
    for (const char* const name : {"limits.toml", "waivers.toml"}) {
        const std::uint64_t size = std::filesystem::file_size(folder_ / name);
        for (std::uint64_t i = 0; i < size; ++i) {
            change(folder_ / name, i);
            EXPECT_THAT(changes_in(with_all(), certificate),
                        ElementsAre(HasSubstr(std::string{name} + " (the ")))
                << i;
            change(folder_ / name, i);
        }
    }
    const std::uint64_t size = std::filesystem::file_size(files_.run);
    for (std::uint64_t i = 0; i < size; i += stride()) {
        change(files_.run, i);
        const std::uint64_t first = i / 4096 * 4096;
        EXPECT_THAT(changes_in(with_all(), certificate),
                    ElementsAre(HasSubstr(
                        fmt::format("run.h5 (the run file) was changed after it was signed between "
                                    "bytes {} to {}",
                                    first, std::min(first + 4096, size) - 1))))
            << i;
        change(files_.run, i);
    }
    EXPECT_THAT(changes_in(with_all(), certificate), IsEmpty());
}

TEST_F(CertifiedRunTest, PiecesThatChangedTogetherAreOneRange) {
    const Certificate certificate = certify(files_, kDay).certificate;
    change(files_.run, 0);
    change(files_.run, 4096);
    change(files_.run, 3 * 4096);
    EXPECT_THAT(changes_in(files_, certificate),
                ElementsAre(HasSubstr("between bytes 0 to 8191, 12288 to 16383")));
}

TEST_F(CertifiedRunTest, AFileThatGrewOrThatNobodySignedIsTold) {
    const Certificate certificate = certify(files_, kDay).certificate;
    EXPECT_THAT(changes_in(with_all(), certificate),
                Contains(HasSubstr("limits.toml is in no line of the certificate")));
    const std::uint64_t size = std::filesystem::file_size(files_.run);
    std::ofstream{files_.run, std::ios::app} << "x";
    EXPECT_THAT(
        changes_in(files_, certificate),
        ElementsAre(HasSubstr(fmt::format("has {} bytes; {} were signed", size + 1, size))));
}

TEST_F(CertifiedRunTest, AnotherJudgementIsToldPartByPart) {
    const Certificate certificate = certify(files_, kDay).certificate;
    Certificate again = certificate;
    again.verdict = "pass";
    again.parts[2].sha256 = sha256_hex("");
    EXPECT_THAT(differences(again, certificate),
                ElementsAre(HasSubstr("the verdict as it is now: pass; signed: fail"),
                            HasSubstr("the digest of the verdicts as it is now: e3b0c442")));
    again.tool_version = "9.0.0";
    EXPECT_THAT(differences(again, certificate),
                Contains(HasSubstr("and this is 9.0.0: judge it with that one")));
    again = certificate;
    again.tool_version = "9.0.0";
    EXPECT_THAT(differences(again, certificate), IsEmpty());
    again.parts.pop_back();
    EXPECT_THAT(differences(again, certificate),
                Contains(HasSubstr("verdicts as it is now: none")));
}

}  // namespace
}  // namespace rackproof
