#include "app/certified_run.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "analysis/waivers.hpp"
#include "app/contract_file.hpp"
#include "app/file_digest.hpp"
#include "app/judge_file.hpp"
#include "app/plan_file.hpp"
#include "app/waiver_file.hpp"
#include "core/error.hpp"
#include "core/version.hpp"
#include "reports/acceptance_text.hpp"
#include "reports/reports.hpp"
#include "results/stored_metrics.hpp"

namespace rackproof {
namespace {

constexpr std::size_t kDayBytes = 10;  // of "2026-11-28T04:41:11Z"

struct NamedFile {
    std::string role;
    std::filesystem::path path;
};

std::vector<NamedFile> named(const CertifiedFiles& files) {
    std::vector<NamedFile> all{{"run", files.run}};
    if (files.policy) all.push_back({"policy", *files.policy});
    if (files.waivers) all.push_back({"waivers", *files.waivers});
    if (files.contract) all.push_back({"contract", *files.contract});
    return all;
}

std::string nodes_text(const Judgement& judgement) {
    std::map<Verdict, std::size_t> counts;
    for (const NodeVerdict& node : judgement.nodes) ++counts[node.verdict];
    return fmt::format("{}, of them {} pass, {} watch, {} fail, {} no_data", judgement.nodes.size(),
                       counts[Verdict::Pass], counts[Verdict::Watch], counts[Verdict::Fail],
                       counts[Verdict::NoData]);
}

/// Where in the run file something changed: pieces that follow each other are told as one.
std::string where_changed(const FileDigest& found, const Certificate& certificate) {
    struct Range {
        std::uint64_t first;
        std::uint64_t end;
    };
    std::vector<Range> ranges;
    for (const CertifiedPiece& piece : certificate.pieces) {
        if (std::ranges::find(found.pieces, piece) != found.pieces.end()) continue;
        if (!ranges.empty() && ranges.back().end == piece.offset) {
            ranges.back().end += piece.bytes;
        } else {
            ranges.push_back({piece.offset, piece.offset + piece.bytes});
        }
    }
    std::string text;
    for (const Range& range : ranges) {
        text += fmt::format("{} {} to {}", text.empty() ? " between bytes" : ",", range.first,
                            range.end - 1);
    }
    return text;
}

std::string changed(const NamedFile& file, const CertifiedFile& signed_file,
                    const Certificate& certificate) {
    const FileDigest found = digest_of(file.path);
    const std::string name = fmt::format("{} (the {} file)", file.path.string(), file.role);
    if (found.bytes != signed_file.bytes) {
        return fmt::format("{} has {} bytes; {} were signed", name, found.bytes, signed_file.bytes);
    }
    if (found.sha256 == signed_file.sha256) return "";
    const std::string where = file.role == "run" ? where_changed(found, certificate) : "";
    return fmt::format("{} was changed after it was signed{}", name, where);
}

}  // namespace

AssessedRun assess(const CertifiedFiles& files, const std::string& utc) {
    AssessedRun run;
    std::optional<std::string> policy;
    if (files.policy) policy = files.policy->string();
    run.judgement = judge_file(files.run, policy);
    if (files.waivers) {
        apply_waivers(run.judgement, read_waivers(*files.waivers), utc.substr(0, kDayBytes));
    }
    StoredMetrics stored{files.run};
    run.facts = stored.facts();
    if (files.contract) {
        run.acceptance = accept(read_contract(*files.contract), run.facts, stored, run.judgement);
    }
    return run;
}

int exit_status(const AssessedRun& run) {
    if (!run.acceptance) return exit_status(run.judgement);
    const Verdict verdict = run.acceptance->verdict;
    return verdict == Verdict::Fail ? 1 : verdict == Verdict::NoData ? 3 : 0;
}

CertifiedRun certify(const CertifiedFiles& files, const std::string& signed_at) {
    CertifiedRun run;
    Certificate& certificate = run.certificate;
    certificate.tool_version = kVersion;
    certificate.signed_at = signed_at;
    for (const NamedFile& file : named(files)) {
        FileDigest digest = digest_of(file.path);
        certificate.files.push_back(
            {file.role, digest.bytes, digest.sha256, file.path.filename().string()});
        if (file.role == "run") certificate.pieces = std::move(digest.pieces);
    }
    run.assessed = assess(files, signed_at);
    const AssessedRun& assessed = run.assessed;
    certificate.run_id = assessed.facts.run_id;
    certificate.verdict = to_string(overall_verdict(assessed.judgement));
    certificate.nodes = nodes_text(assessed.judgement);
    certificate.left_out = assessed.judgement.left_out;
    certificate.parts = {{"plan", sha256_hex(assessed.facts.plan_toml)},
                         {"fleet", sha256_hex(assessed.facts.fleet_toml)},
                         {"verdicts", sha256_hex(verdict_json(assessed.judgement))}};
    if (assessed.acceptance) {
        certificate.acceptance = acceptance_word(assessed.acceptance->verdict);
        certificate.parts.push_back(
            {"acceptance", sha256_hex(acceptance_json(*assessed.acceptance))});
    }
    // What was judged is what the digests are of.
    const std::vector<std::string> changes = changes_in(files, certificate);
    if (!changes.empty()) throw Error{"certify " + files.run.string(), changes.front()};
    return run;
}

std::vector<std::string> changes_in(const CertifiedFiles& files, const Certificate& certificate) {
    std::vector<std::string> changes;
    for (const NamedFile& file : named(files)) {
        const auto known = std::ranges::find(certificate.files, file.role, &CertifiedFile::role);
        const std::string change = known == certificate.files.end()
                                       ? file.path.string() + " is in no line of the certificate"
                                       : changed(file, *known, certificate);
        if (!change.empty()) changes.push_back(change);
    }
    return changes;
}

std::vector<std::string> differences(const Certificate& again, const Certificate& certificate) {
    std::vector<std::string> found;
    const auto compare = [&](std::string_view what, const auto& now, const auto& then) {
        if (now != then)
            found.push_back(fmt::format("{} as it is now: {}; signed: {}", what, now, then));
    };
    compare("the run's id", again.run_id, certificate.run_id);
    compare("the verdict", again.verdict, certificate.verdict);
    compare("the acceptance", again.acceptance, certificate.acceptance);
    compare("the count of nodes", again.nodes, certificate.nodes);
    for (const CertifiedPart& part : certificate.parts) {
        const auto now = std::ranges::find(again.parts, part.name, &CertifiedPart::name);
        compare("the digest of the " + part.name,
                now == again.parts.end() ? std::string{"none"} : now->sha256, part.sha256);
    }
    if (!found.empty() && again.tool_version != certificate.tool_version) {
        found.push_back(fmt::format(
            "it was signed by rackproof {}, and this is {}: judge it with that one before anything "
            "is made of it",
            certificate.tool_version, again.tool_version));
    }
    return found;
}

}  // namespace rackproof
