#include "reports/certificate.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "core/error.hpp"
#include "tests/support/replaced.hpp"

namespace rackproof {
namespace {

using test::replaced;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;
using testing::ThrowsMessage;

const SecretKey& key() {
    static const SecretKey kKey = SecretKey::random();
    return kKey;
}

Certificate some_certificate() {
    Certificate certificate;
    certificate.tool_version = "0.1.0";
    certificate.signed_at = "2026-11-28T15:20:11Z";
    certificate.run_id = "0f8fad5b-d9cb-469f-a165-70867728950e";
    certificate.verdict = "fail";
    certificate.nodes = "8, of them 5 pass, 0 watch, 3 fail, 0 no_data";
    certificate.left_out = {"stage pairs was not run", "stage rack was not run"};
    certificate.files = {{"run", 9000, sha256_hex("run"), "run 12.h5"},
                         {"policy", 12, sha256_hex("policy"), "strict.toml"}};
    certificate.parts = {{"plan", sha256_hex("plan")}, {"verdicts", sha256_hex("verdicts")}};
    certificate.pieces = {{0, 8192, sha256_hex("0")}, {8192, 808, sha256_hex("1")}};
    return certificate;
}

Certificate checked(const std::string& text) {
    return checked_certificate(text, "run.h5.cert", key().public_key());
}

/// The text with its checks put right, as somebody would who wants to deceive.
std::string with_checks(const std::string& text) {
    std::string result;
    std::size_t number = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = text.find('\n', at);
        std::string line = text.substr(at, end - at);
        at = end + 1;
        ++number;
        const std::size_t mark = line.rfind(" #");
        if (mark != std::string::npos) {
            line.resize(mark);
            line += " #" + sha256_hex(std::to_string(number) + " " + line).substr(0, 8);
        }
        result += line + "\n";
    }
    return result;
}

TEST(Certificate, ReadsBackAsItWasSigned) {
    Certificate wanted = some_certificate();
    const std::string text = signed_certificate(wanted, key());
    wanted.key = key().public_key().hex();
    EXPECT_EQ(checked(text), wanted);
    EXPECT_THAT(text, StartsWith("rackproof-certificate 1 #"));
    EXPECT_THAT(text, HasSubstr("\nfile run 9000 " + sha256_hex("run") + " run 12.h5 #"));
    EXPECT_THAT(text, HasSubstr("\nleft_out stage pairs was not run #"));
    EXPECT_EQ(text.back(), '\n');
}

TEST(Certificate, EachChangedBitIsCaughtAndItsLineNamed) {
    const std::string text = signed_certificate(some_certificate(), key());
    const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n'));
    std::size_t line = 1;
    for (std::size_t i = 0; i < text.size(); ++i) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            std::string changed = text;
            changed[i] = static_cast<char>(static_cast<unsigned char>(changed[i]) ^ (1U << bit));
            try {
                (void)checked(changed);
                ADD_FAILURE() << "byte " << i << ", bit " << bit;
            } catch (const InputError& error) {
                const std::string what = error.what();
                const bool is_format =
                    line == 1 && what.find("is no certificate") != std::string::npos;
                // Where an end of line goes, two lines become one: the one or the other is named.
                const bool is_named =
                    what.find(":" + std::to_string(line) + ": ") != std::string::npos ||
                    (text[i] == '\n' && what.find(":" + std::to_string(std::min(line, lines - 1)) +
                                                  ": ") != std::string::npos);
                EXPECT_TRUE(is_format || is_named) << "line " << line << ": " << what;
            }
        }
        if (text[i] == '\n') ++line;
    }
}

TEST(Certificate, EachByteThatIsMissingOrCameInIsCaught) {
    const std::string text = signed_certificate(some_certificate(), key());
    for (std::size_t i = 0; i <= text.size(); ++i) {
        if (i < text.size()) {
            EXPECT_THROW((void)checked(std::string{text}.erase(i, 1)), InputError) << i;
            EXPECT_THROW((void)checked(text.substr(0, i)), InputError) << i;
        }
        EXPECT_THROW((void)checked(std::string{text}.insert(i, 1, ' ')), InputError) << i;
        EXPECT_THROW((void)checked(std::string{text}.insert(i, 1, '\n')), InputError) << i;
    }
}

TEST(Certificate, AChangeOnPurposeFailsTheSignature) {
    const std::string text = signed_certificate(some_certificate(), key());
    const std::string forged = with_checks(replaced(text, "verdict fail", "verdict pass"));
    EXPECT_EQ(with_checks(text), text);
    EXPECT_THAT([&] { (void)checked(forged); },
                ThrowsMessage<InputError>(HasSubstr("the signature is not of this text")));
}

TEST(Certificate, AnotherKeyIsToldFromAChange) {
    const SecretKey other = SecretKey::random();
    const std::string text = signed_certificate(some_certificate(), other);
    EXPECT_THAT([&] { (void)checked(text); },
                ThrowsMessage<InputError>(AllOf(HasSubstr("was signed with another key: "),
                                                HasSubstr(other.public_key().hex()))));
    // Signed by a stranger who says to be the one who is trusted.
    const std::string claimed =
        with_checks(replaced(text, other.public_key().hex(), key().public_key().hex()));
    EXPECT_THAT([&] { (void)checked(claimed); },
                ThrowsMessage<InputError>(HasSubstr("the signature is not of this text")));
}

TEST(Certificate, AnotherVersionOfTheFormatIsToldFromAChange) {
    const std::string text = signed_certificate(some_certificate(), key());
    for (const char* const version : {"0", "2", "11"}) {
        const std::string other =
            with_checks(replaced(text, "certificate 1", std::string{"certificate "} + version));
        EXPECT_THAT(
            [&] { (void)checked(other); },
            ThrowsMessage<InputError>(HasSubstr(std::string{"is a certificate of format version "} +
                                                version + "; this rackproof knows 1")));
    }
    EXPECT_THAT([&] { (void)checked(replaced(text, "certificate 1", "certificate 2")); },
                ThrowsMessage<InputError>(HasSubstr("run.h5.cert:1: this line was changed")));
    EXPECT_THAT([&] { (void)checked("{}"); },
                ThrowsMessage<InputError>(HasSubstr("is no certificate")));
    EXPECT_THAT([&] { (void)checked(""); }, ThrowsMessage<InputError>(HasSubstr("is empty")));
}

TEST(Certificate, WhatIsSignedAndReadsInTwoWaysIsRefused) {
    // A line that no version 1 has, under a good signature: it would be read over.
    Certificate certificate = some_certificate();
    certificate.key = key().public_key().hex();
    const std::string text = signed_certificate(certificate, key());
    const std::size_t end = text.rfind("signature ");
    std::string body = with_checks(text.substr(0, end) + "verdict pass #\n");
    EXPECT_THAT(
        [&] { (void)checked(body + "signature " + key().sign(body) + "\n"); },
        ThrowsMessage<InputError>(HasSubstr("no certificate that this rackproof can read")));
}

TEST(Certificate, TextsFromOutsideStayOnTheirLine) {
    Certificate certificate = some_certificate();
    certificate.run_id = "x\nverdict pass #00000000";
    const std::string text = signed_certificate(certificate, key());
    const Certificate read = checked(text);
    EXPECT_EQ(read.run_id, "x\uFFFDverdict pass #00000000");
    EXPECT_EQ(read.verdict, "fail");
}

}  // namespace
}  // namespace rackproof
