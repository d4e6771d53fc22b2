#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "app/certified_run.hpp"
#include "app/commands.hpp"
#include "app/locations.hpp"
#include "app/output.hpp"
#include "app/plan_file.hpp"
#include "core/clock.hpp"
#include "core/descriptor.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "reports/certificate.hpp"
#include "reports/text_layout.hpp"

namespace rackproof {
namespace {

/// A file that was not there before, so that no key is ever written over.
void write_new(const std::filesystem::path& path, std::string_view text, ::mode_t mode) {
    const Descriptor file{::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)};
    if (!file && errno == EEXIST) {
        throw InputError{{path.string(), {}, {}}, "is there already; no key is written over"};
    }
    const bool written =
        file &&
        ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
        ::fsync(file.get()) == 0;
    if (written) return;
    const int error = errno;
    if (file) ::unlink(path.c_str());
    throw system_error("write " + path.string(), error);
}

SecretKey read_secret_key(const std::filesystem::path& path) {
    const std::string text = read_text_file(path, kMostKeyBytes);
    struct ::stat facts {};
    if (::stat(path.c_str(), &facts) == 0 && (facts.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        throw InputError{{path.string(), {}, {}},
                         "others than its owner may use this secret key; expected mode 0600 "
                         "(chmod 600), and a new key if it is known to others"};
    }
    return SecretKey::from_text(text, path.string());
}

/// The file of a role that a certificate names: where the person says, or beside the certificate,
/// or, of policies, the shipped one.
std::optional<std::filesystem::path> located(const std::string& role,
                                             const std::optional<std::string>& given,
                                             const Certificate& certificate,
                                             const std::filesystem::path& beside) {
    const auto file = std::ranges::find(certificate.files, role, &CertifiedFile::role);
    if (file == certificate.files.end()) {
        if (!given) return std::nullopt;
        throw InputError{{*given, {}, {}},
                         "the certificate names no " + role + " file; expected none to be named"};
    }
    if (given) return role == "policy" ? find_policy(*given) : std::filesystem::path{*given};
    // A name is no path: whoever signed it, it leads nowhere else.
    const std::filesystem::path name = std::filesystem::path{file->name}.filename();
    std::error_code error;
    if (std::filesystem::exists(beside / name, error)) return beside / name;
    if (role == "policy") {
        std::filesystem::path shipped = shipped_plans() / "policies" / name;
        if (std::filesystem::exists(shipped, error)) return shipped;
    }
    throw InputError{
        {(beside / name).string(), {}, {}},
        fmt::format("is missing: the certificate is of this {} file ({} bytes, SHA-256 "
                    "{}); --{} says where it is",
                    role, file->bytes, file->sha256, role)};
}

int refuse_certificate(const std::filesystem::path& certificate,
                       const std::vector<std::string>& problems) {
    for (const std::string& problem : problems) log_error(clean(problem));
    throw InputError{{certificate.string(), {}, {}}, "does not hold for these files"};
}

std::string outcome_text(const CertifiedRun& run) {
    std::string text =
        fmt::format("verdict: {}; acceptance: {}; nodes: {}\n", run.certificate.verdict,
                    run.certificate.acceptance, run.certificate.nodes);
    for (const std::string& stage : run.certificate.left_out) {
        text += "left out: " + clean(stage) + "\n";
    }
    return text;
}

}  // namespace

int keygen_command(const KeygenArguments& arguments) {
    const std::filesystem::path public_file = arguments.key.string() + ".pub";
    const SecretKey key = SecretKey::random();
    write_new(public_file, key.public_key().text(), 0644);
    try {
        write_new(arguments.key, key.text(), 0600);
    } catch (const Error&) {
        ::unlink(public_file.c_str());
        throw;
    }
    write_stdout(fmt::format("{} (secret, keep it), {} (for everybody): {}\n",
                             clean(arguments.key.string()), clean(public_file.string()),
                             key.public_key().hex()));
    return 0;
}

int sign_command(const SignArguments& arguments) {
    const SecretKey key = read_secret_key(arguments.key);
    CertifiedFiles files{arguments.run_file, {}, arguments.waivers, arguments.contract};
    if (arguments.policy) files.policy = find_policy(*arguments.policy);
    const CertifiedRun run = certify(files, utc_now());
    const std::string text = signed_certificate(run.certificate, key);
    const std::filesystem::path output =
        arguments.output.value_or(arguments.run_file.string() + ".cert");
    write_text_file(output, text);
    write_stdout(fmt::format("{}: fingerprint {}\n", clean(output.string()), fingerprint(text)) +
                 outcome_text(run));
    return exit_status(run.assessed);
}

int verify_command(const VerifyArguments& arguments) {
    const std::filesystem::path& file = arguments.certificate;
    const PublicKey key =
        PublicKey::from_text(read_text_file(arguments.key, kMostKeyBytes), arguments.key.string());
    const std::string text = read_text_file(file, kMostCertificateBytes);
    const Certificate certificate = checked_certificate(text, file.string(), key);
    const std::filesystem::path beside = file.parent_path();
    CertifiedFiles files;
    files.run = located("run", arguments.run_file, certificate, beside).value();
    files.policy = located("policy", arguments.policy, certificate, beside);
    files.waivers = located("waivers", arguments.waivers, certificate, beside);
    files.contract = located("contract", arguments.contract, certificate, beside);
    const std::vector<std::string> changes = changes_in(files, certificate);
    if (!changes.empty()) return refuse_certificate(file, changes);
    const CertifiedRun again = certify(files, certificate.signed_at);
    const std::vector<std::string> others = differences(again.certificate, certificate);
    if (!others.empty()) return refuse_certificate(file, others);
    write_stdout(fmt::format("{}: fingerprint {}\n", clean(file.string()), fingerprint(text)) +
                 fmt::format("{} is as it was signed at {} by {}; judged again, with the same "
                             "verdicts\n",
                             clean(files.run.string()), certificate.signed_at, key.hex()) +
                 outcome_text(again));
    return exit_status(again.assessed);
}

}  // namespace rackproof
