#pragma once

#include <optional>
#include <string>

#include "analysis/judgement.hpp"
#include "analysis/past.hpp"
#include "core/metric_source.hpp"
#include "core/run.hpp"
#include "reports/html_page.hpp"

namespace rackproof {

/// What a report says of the certificate that was made of its run. Whoever fills it in has verified
/// the signature, and that the run judged again is what was signed.
struct CertifiedBy {
    std::string fingerprint;
    std::string signed_at;
    std::string key;
    std::string acceptance;
};

struct HtmlSource {
    const Run* facts = nullptr;       ///< without its metrics and its telemetry
    MetricSource* metrics = nullptr;  ///< of the same run
    const Judgement* judgement = nullptr;
    std::optional<CertifiedBy> certificate{};
    Past* past = nullptr;     ///< what it was held against, if anything
    std::size_t threads = 1;  ///< so many metrics are in memory at once
};

/// One self-contained page, for people (docs/reports.md): opens without a network, from a file or
/// an e-mail. The same source gives the same bytes. What comes from outside is data in it, never
/// markup. Throws Error if can_write_html() is false.
void write_html(const HtmlSource& source, const TextSink& sink);

}  // namespace rackproof
