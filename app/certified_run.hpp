#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "analysis/acceptance.hpp"
#include "analysis/judgement.hpp"
#include "reports/certificate.hpp"

namespace rackproof {

/// A run file, and what it is judged by.
struct CertifiedFiles {
    std::filesystem::path run;
    std::optional<std::filesystem::path> policy;  ///< none: the run's own plan has it
    std::optional<std::filesystem::path> waivers;
    std::optional<std::filesystem::path> contract;
};

/// A run, judged, and held against a contract where there is one.
struct AssessedRun {
    Run facts;  ///< without its metrics
    Judgement judgement;
    std::optional<Acceptance> acceptance;
};

/// Reads and judges the files as on the day of `utc` (waivers have a last day). Throws what reading
/// and judging throw.
[[nodiscard]] AssessedRun assess(const CertifiedFiles& files, const std::string& utc);

/// With a contract 0 if all racks are accepted, 1 if one is refused, else 3; without, that of the
/// judgement.
[[nodiscard]] int exit_status(const AssessedRun& run);

/// A run, assessed, and what is to be signed of it.
struct CertifiedRun {
    Certificate certificate;  ///< without its key
    AssessedRun assessed;
};

/// Assesses the files as on the day of `signed_at`. Throws Error if one of them changes meanwhile.
[[nodiscard]] CertifiedRun certify(const CertifiedFiles& files, const std::string& signed_at);

/// What of the files is not as the certificate says, a sentence each, with the bytes where the run
/// file differs. Nothing is made of the files' contents.
[[nodiscard]] std::vector<std::string> changes_in(const CertifiedFiles& files,
                                                  const Certificate& certificate);

/// What of the run, judged again, is not as the certificate says: likewise.
[[nodiscard]] std::vector<std::string> differences(const Certificate& again,
                                                   const Certificate& certificate);

}  // namespace rackproof
