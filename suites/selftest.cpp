// Measures:  nothing of the hardware: it proves the harness, on any site, by ending in every way
//            in which a test can end.
// How:       device i ends as `endings`[i modulo their number] says; those that yield a number
//            yield the rate of waits of a known length. With `hosts`, every other host passes.
// Fooled by: a host so loaded that a sleeping process is woken late.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <random>
#include <thread>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "suites/sampling.hpp"
#include "suites/suite.hpp"

namespace rackproof {
namespace {

constexpr double kSlowdown = 10;

/// Waits for a known time; can be told to answer wrongly.
class Wait : public Workload {
  public:
    enum class Answer : std::uint8_t { Right, Wrong };
    Wait(double wait_s, Answer answer) : wait_s_{wait_s}, answer_{answer} {}

    void run() override { std::this_thread::sleep_for(seconds(wait_s_)); }
    [[nodiscard]] Work work() const override { return {}; }
    void verify() override {
        if (answer_ == Answer::Wrong) {
            throw WrongAnswer{"check the self-test's answer", "it is wrong, as the plan asks"};
        }
    }
    [[nodiscard]] Variant variant() const override {
        Variant variant;
        variant.algorithm = "wait";
        return variant;
    }

  private:
    double wait_s_;
    Answer answer_;
};

using Run = void (*)(const CaseSpec& lead, SuiteContext& context);

void wait_and_record(double wait_s, Wait::Answer answer, const CaseSpec& lead,
                     SuiteContext& context) {
    Wait wait{wait_s, answer};
    MeasureOptions options;
    options.warmup = 0;
    options.repetitions = lead.repetitions;
    options.min_sample_s = 0;
    options.check = MeasureOptions::Check::AtTheEnd;
    measure_then_record(wait, options, context, nullptr, [&](const Measurement& measured) {
        context.record(lead.name, rates(measured.seconds, 1), measured.time_s, wait.variant());
    });
}

double wait_s(const CaseSpec& lead) { return lead.parameters.real("wait_s"); }

void pass(const CaseSpec& lead, SuiteContext& context) {
    wait_and_record(wait_s(lead), Wait::Answer::Right, lead, context);
}

void slow(const CaseSpec& lead, SuiteContext& context) {
    wait_and_record(kSlowdown * wait_s(lead), Wait::Answer::Right, lead, context);
}

void wrong_answer(const CaseSpec& lead, SuiteContext& context) {
    wait_and_record(wait_s(lead), Wait::Answer::Wrong, lead, context);
}

void not_a_number(const CaseSpec& lead, SuiteContext& context) {
    context.record(lead.name, {kNoValue}, {}, {});
}

void throw_error(const CaseSpec& /*lead*/, SuiteContext& /*context*/) {
    throw Error{"run the self-test", "it throws, as the plan asks"};
}

/// Dies of a segmentation fault, without a core file.
void crash(const CaseSpec& /*lead*/, SuiteContext& context) {
    context.operation("crash, as the plan asks");
    const rlimit none{.rlim_cur = 0, .rlim_max = 0};
    if (::setrlimit(RLIMIT_CORE, &none) != 0) throw system_error("forbid core files", errno);
    std::raise(SIGSEGV);
    std::abort();  // where the signal is blocked
}

/// Prints 10 MB of any bytes there are, and goes on as if nothing had been.
void babble(const CaseSpec& lead, SuiteContext& context) {
    constexpr std::size_t kBytes = 10'000'000;
    context.operation("print 10 MB of rubbish, as the plan asks");
    std::minstd_rand random;
    std::array<char, 4096> piece{};
    for (std::size_t printed = 0; printed < kBytes;) {
        std::ranges::generate(piece, [&] { return static_cast<char>(random() >> 8); });
        const ssize_t count =
            ::write(STDOUT_FILENO, piece.data(), std::min(piece.size(), kBytes - printed));
        if (count < 0 && errno != EINTR) throw system_error("print rubbish", errno);
        if (count > 0) printed += static_cast<std::size_t>(count);
    }
    pass(lead, context);
}

[[noreturn]] void hang(const CaseSpec& /*lead*/, SuiteContext& context) {
    context.operation("hang, as the plan asks");
    for (;;) std::this_thread::sleep_for(std::chrono::hours{1});
}

void say_nothing(const CaseSpec& /*lead*/, SuiteContext& /*context*/) {}

void skip(const CaseSpec& /*lead*/, SuiteContext& /*context*/) {
    throw Unsupported{"the plan asks this device to skip"};
}

struct Ending {
    const char* name;
    Run run;
};

constexpr Ending kEndings[] = {
    {"pass", pass},        {"slow", slow},          {"wrong_answer", wrong_answer},
    {"nan", not_a_number}, {"throw", throw_error},  {"crash", crash},
    {"hang", hang},        {"silent", say_nothing}, {"skip", skip},
    {"babble", babble}};

/// True if the plan means this host.
bool is_meant(const std::vector<std::string>& hosts) {
    if (hosts == std::vector<std::string>{"*"}) return true;
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) {
        throw system_error("ask for this host's name", errno);
    }
    return std::ranges::find(hosts, std::string{name.data()}) != hosts.end();
}

class Selftest : public Suite {
  public:
    [[nodiscard]] std::string_view name() const override { return "selftest"; }
    [[nodiscard]] std::string_view summary() const override {
        return "proves the harness by ending in every way a test can end";
    }
    [[nodiscard]] Scope scope() const override { return Scope::Device; }

    [[nodiscard]] std::vector<ParameterSpec> parameters() const override {
        std::vector<std::string> allowed;
        for (const Ending& ending : kEndings) allowed.emplace_back(ending.name);
        return {{.name = "endings",
                 .kind = ParameterSpec::Kind::Texts,
                 .default_value = std::vector<std::string>{"pass"},
                 .allowed = allowed,
                 .help = "device i ends as number i, in turn"},
                {.name = "hosts",
                 .kind = ParameterSpec::Kind::Texts,
                 .default_value = std::vector<std::string>{"*"},
                 .allowed = {},
                 .help = "names of hosts; all others pass (*: all are meant)"},
                {.name = "repetitions",
                 .kind = ParameterSpec::Kind::Count,
                 .default_value = std::int64_t{5},
                 .minimum = 1,
                 .maximum = 1000,
                 .allowed = {},
                 .help = "samples kept"},
                {.name = "wait_s",
                 .kind = ParameterSpec::Kind::Seconds,
                 .default_value = 0.02,
                 .minimum = 0.0001,
                 .maximum = 60,
                 .allowed = {},
                 .help = "what one operation waits; ten times as long where it is slow"}};
    }

    [[nodiscard]] std::vector<CaseSpec> cases(const Parameters& parameters) const override {
        const std::vector<std::string>& endings = parameters.texts("endings");
        CaseSpec spec;
        spec.name = "selftest." + (endings.size() == 1 ? endings.front() : "mixed");
        spec.scope = scope();
        spec.unit = symbol(Unit::PerSecond);
        spec.better = Direction::HigherIsBetter;
        spec.definition = "waits of a known length / their time";
        spec.parameters = parameters;
        spec.repetitions = static_cast<std::int32_t>(parameters.integer("repetitions"));
        spec.expected_s = 0.1 + kSlowdown * parameters.real("wait_s") * spec.repetitions;
        constexpr double kLeast_s = 10;
        spec.deadline_s = std::max(kLeast_s, 3 * spec.expected_s);
        return {spec};
    }

    void run(const CaseSpec& lead, SuiteContext& context) const override {
        const std::vector<std::string>& endings = lead.parameters.texts("endings");
        const auto device = static_cast<std::size_t>(context.local_rank());
        if (!is_meant(lead.parameters.texts("hosts"))) return pass(lead, context);
        const std::string& wanted = endings.at(device % endings.size());
        for (const Ending& ending : kEndings) {
            if (ending.name == wanted) return ending.run(lead, context);
        }
        throw Error{"choose how the self-test ends", "'" + wanted + "' is no ending"};
    }
};

}  // namespace

const Suite& selftest_suite() {
    static const Selftest kSuite;
    return kSuite;
}

}  // namespace rackproof
