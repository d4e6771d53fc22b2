#include <fmt/core.h>

#include <algorithm>
#include <thread>

#include "app/certified_run.hpp"
#include "app/commands.hpp"
#include "app/judge_file.hpp"
#include "app/locations.hpp"
#include "app/output.hpp"
#include "app/plan_file.hpp"
#include "app/stored_past.hpp"
#include "app/waiver_file.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "reports/certificate.hpp"
#include "reports/html_report.hpp"
#include "reports/reports.hpp"
#include "reports/text_layout.hpp"
#include "results/stored_metrics.hpp"

namespace rackproof {
namespace {

/// What the page may say of the certificate: after its signature, the files that it is of and the
/// verdicts have been found to be what was signed. Throws InputError otherwise.
std::optional<CertifiedBy> certified_by(const ReportArguments& arguments,
                                        const Judgement& judgement) {
    if (!arguments.certificate) return std::nullopt;
    const std::string file = arguments.certificate->string();
    const PublicKey key = PublicKey::from_text(read_text_file(*arguments.key, kMostKeyBytes),
                                               arguments.key->string());
    const std::string text = read_text_file(*arguments.certificate, kMostCertificateBytes);
    const Certificate certificate = checked_certificate(text, file, key);
    CertifiedFiles files{arguments.run_file, {}, arguments.waivers, {}};
    if (arguments.policy) files.policy = find_policy(*arguments.policy);
    const std::vector<std::string> changes = changes_in(files, certificate);
    for (const std::string& change : changes) log_error(clean(change));
    if (!changes.empty()) {
        throw InputError{{file, {}, {}}, "does not hold for the files of this report"};
    }
    const CertifiedPart verdicts{"verdicts", sha256_hex(verdict_json(judgement))};
    if (std::ranges::find(certificate.parts, verdicts) == certificate.parts.end()) {
        throw InputError{{file, {}, {}},
                         "is of other verdicts than this report; expected it to be judged as it "
                         "was signed (--policy, --waivers, no --history, the same rackproof)"};
    }
    return CertifiedBy{fingerprint(text), certificate.signed_at, key.hex(), certificate.acceptance};
}

}  // namespace

int html_command(const ReportArguments& arguments) {
    require_html();
    constexpr std::size_t kMostThreads = 4;
    const Judgement judgement =
        waived(judge_file(arguments.run_file, arguments.policy, {arguments.history, {}, {}}),
               arguments.waivers);
    StoredMetrics metrics{arguments.run_file};
    std::optional<StoredPast> past;
    if (arguments.history) past.emplace(*arguments.history, metrics.facts(), arguments.run_file);
    const HtmlSource source{
        &metrics.facts(),
        &metrics,
        &judgement,
        certified_by(arguments, judgement),
        past ? &*past : nullptr,
        std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kMostThreads)};
    OutputFile file{*arguments.output};
    write_html(source, [&file](std::string_view text) { file.write(text); });
    file.finish();
    return exit_status(judgement);
}

}  // namespace rackproof
