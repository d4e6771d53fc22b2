#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/manifest.hpp"
#include "suites/context.hpp"

namespace rackproof {

/// One kind of test. A new one is one file with a function `const Suite& NAME_suite()` and one
/// line `rackproof_suite(NAME)` in suites/CMakeLists.txt.
class Suite {
  public:
    Suite() = default;
    Suite(const Suite&) = delete;
    Suite& operator=(const Suite&) = delete;
    virtual ~Suite() = default;

    [[nodiscard]] virtual std::string_view name() const = 0;
    [[nodiscard]] virtual std::string_view summary() const = 0;  ///< one line for `list suites`
    [[nodiscard]] virtual Scope scope() const = 0;

    /// On which devices a case runs.
    enum class Spread : std::uint8_t {
        All,
        FewOfEachSku,  ///< what they find holds for the whole sku
    };
    [[nodiscard]] virtual Spread spread() const { return Spread::All; }

    /// True if its ranks talk to each other: then one rank's death ends the case for all.
    [[nodiscard]] virtual bool communicates() const { return false; }

    /// True if a run of it that was cut off through no fault of its own goes on behind the parts of
    /// its samples that were recorded (SuiteContext::record_part): its lead's parameters then say
    /// how many they are, see recorded_count(). Such a case begins anew only in its next attempt.
    [[nodiscard]] virtual bool goes_on() const { return false; }

    /// True if its load is felt beyond the machine, by whoever feeds it. A plan with it has to give
    /// its parameter kCeilingParameter, and runs only with the site's consent, said each time; once
    /// something of it has gone wrong, nothing of it is tried again in that run, or begins.
    [[nodiscard]] virtual bool needs_site_consent() const { return false; }

    [[nodiscard]] virtual std::vector<ParameterSpec> parameters() const = 0;

    /// The cases that complete and checked `parameters` ask for. `lead` indexes the returned
    /// list; suite, stage and label are set by the caller. Each has name, scope, unit, direction,
    /// definition, its own parameters, repetitions, deadline_s and expected_s.
    /// Throws InputError if the parameters contradict each other.
    [[nodiscard]] virtual std::vector<CaseSpec> cases(const Parameters& parameters) const = 0;

    /// Runs one lead case on the context's target and records it and its companions. Throws
    /// WrongAnswer, Unsupported, or any other Error; a case for which nothing was recorded when
    /// this returns is `failed`.
    virtual void run(const CaseSpec& lead, SuiteContext& context) const = 0;
};

/// The PCI address of the second device of a pair, in what the suite of a case of scope DevicePair
/// is handed; absent where the first one is alone on its node.
inline constexpr std::string_view kPeerParameter = "peer_pci";

/// W, of all devices of a job together.
inline constexpr std::string_view kCeilingParameter = "ceiling_w";

/// True if some suite of that name goes on.
[[nodiscard]] bool goes_on(std::string_view suite);

/// How many samples of a case, the lead or a companion, stand already, and the last of them; by the
/// parameters of the lead that a suite is handed.
[[nodiscard]] std::int32_t recorded_count(const CaseSpec& lead, std::string_view case_name);
[[nodiscard]] double last_recorded(const CaseSpec& lead, std::string_view case_name);
void set_recorded(CaseSpec& lead, std::string_view case_name, std::int32_t count, double last);

/// True if some suite of that name needs the site's consent.
[[nodiscard]] bool needs_site_consent(std::string_view suite);

/// All suites of this build, in the order of suites/CMakeLists.txt.
[[nodiscard]] std::span<const Suite* const> all_suites();

/// nullptr if there is none of that name.
[[nodiscard]] const Suite* find_suite(std::string_view name);

}  // namespace rackproof
