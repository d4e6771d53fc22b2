#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "analysis/binned.hpp"
#include "analysis/skewed_tail.hpp"

namespace rackproof {

/// Whether healthy values may be skewed by what they are; scores of chances are not.
enum class Skewness : std::uint8_t { Possible, None };

/// Whether a share of the healthy values may be better than the rest by any distance, as of devices
/// that clock higher. Logarithms of scatter are not.
enum class FastOnes : std::uint8_t { Possible, None };

/// What is known of a population before its values are seen.
struct Prior {
    double scale = 0;   ///< standard deviation expected from elsewhere (siblings, repetitions)
    double weight = 0;  ///< as if so many values had shown it; 0 = nothing is known
    double seen = 0;    ///< the values surely spread by so much, if that is more than `scale`
    double floor = 0;   ///< no scale is believed to be smaller; > 0
    double step = 0;    ///< values are multiples of it; 0 = of none
    /// Chance of a normal tail; the rest are heavier, down to a t of 3 degrees. A cohort of few
    /// hardly tells which, and this decides between blaming a healthy outlier and missing a faulty
    /// one (tuned: docs/statistics.md).
    double normal = 0.97;
    Skewness skewness = Skewness::Possible;
    /// Fewer values are not told apart from skewed ones.
    std::size_t fewest_for_skew = 30;
    FastOnes fast_ones = FastOnes::Possible;
    /// The cautious give tails of 3 degrees this chance more.
    double cautious_heavy = 0.5;
};

/// The distribution of healthy values, fitted to values some of which may be faulty. Upwards is
/// worse. A mixture of models, each a Student t with a scale of its own on either side or a
/// log-normal, weighted by how well it explains the values; docs/statistics.md has the formulas.
class Population {
  public:
    /// nullopt for fewer than 3 values, where they give no scale, and where one is no finite
    /// number. The order of the values does not matter.
    static std::optional<Population> fitted(std::vector<double> values, const Prior& prior);

    /// Chance that one healthy value is this bad or worse; not under 1e-300.
    [[nodiscard]] double tail(double value) const { return tail(value, &Model::weight, 0); }

    /// Likewise, as if fewer values were known and heavier tails were more usual: in a cohort of
    /// few the first lacks the caution that is due before anybody is bothered for nothing.
    [[nodiscard]] double cautious_tail(double value) const;

    /// Tails that are told apart, lightest first, and a chance for each.
    static constexpr std::size_t kTails = 8;
    using Tails = std::array<double, kTails>;
    /// What is assumed of tails, and what the cautious assume.
    struct Assumed {
        Tails likely{};
        Tails cautious{};
    };
    /// What was assumed before anything was known.
    [[nodiscard]] const Assumed& usual() const { return usual_; }
    /// Log likelihood of the values for each tail, whatever was assumed.
    [[nodiscard]] Tails evidence() const;
    /// Weights the models anew by what is now assumed of their tails.
    void assume(const Assumed& assumed);

    [[nodiscard]] double centre() const { return centre_; }
    [[nodiscard]] double spread() const { return spread_; }  ///< standard deviation, worse side
    [[nodiscard]] std::size_t size() const { return size_; }

  private:
    struct Model {
        double freedom = 0;  ///< of the t; infinite for a normal distribution
        double skew = 0;     ///< of a log-normal, the spread of its logarithm; 0 for a t
        double centre = 0;
        double better_scale = 0;
        double worse_scale = 0;
        double faulty = 0;        ///< share of values beyond what the model can explain
        double better_share = 0;  ///< likewise on the better side
        double best = 0;          ///< values beyond the model lie anywhere from here ...
        double worst = 0;         ///< ... to here
        double evidence = 0;      ///< log likelihood, less what the model's freedom costs
        double weight = 0;        ///< chance that it is this one
        double cautious = 0;      ///< likewise, if heavy tails are more usual than assumed
        std::size_t tail = 0;     ///< index of `freedom`
        double healthy = 0;       ///< number of values explained
        double known = 0;         ///< degrees of freedom behind worse_scale
        bool two_sided = false;   ///< the two scales differ
        bool fast_tail = false;   ///< better_share is estimated: fast ones say nothing of slow ones

        /// The normal (or t) deviate that stands for a value `z` scales from the centre.
        [[nodiscard]] double deviate(double z) const;
        /// Chance that a healthy value is this bad, as if `known_degrees` were behind the scale.
        [[nodiscard]] double beyond(double value, double known_degrees) const;
        /// How far the worse of the middle 68.27 % lie from the centre.
        [[nodiscard]] double worse_spread() const;
    };
    struct Sums;

    /// The far end of the worse side: exponential beyond `from`.
    struct Exponential {
        double from = 0;
        double mean = 0;   ///< distance beyond
        double share = 0;  ///< of the healthy values that lie beyond
        double known = 0;  ///< values that `mean` rests on; 0 = too few values for one
    };

    Population() = default;
    void weigh_models(const Tails& tails, double Model::*weight);
    [[nodiscard]] double tail(double value, double Model::*weight, double less_known) const;
    void fit_far_end(std::vector<double> values, double floor);
    [[nodiscard]] double most_skewness(std::span<const double> values) const;
    void fit_exponential(const std::vector<double>& sorted, double floor);
    void fit_all(const std::vector<CountedValue>& points, Model start, const Prior& prior);
    void fit_models(const std::vector<CountedValue>& points, const Model& start,
                    const Prior& prior);
    void fit_fast_tail(const std::vector<CountedValue>& points, Model start, const Prior& prior);
    void fit_log_normals(const std::vector<CountedValue>& points, const Model& start,
                         const Prior& prior);
    /// False if the values gave it no numbers: it is none then.
    bool add_model(Model model, const Prior& prior);
    static void improve(Model& model, const std::vector<CountedValue>& points, const Prior& prior,
                        int steps);
    template <class Shape>
    static Sums explain(const Model& model, const Shape& shape,
                        const std::vector<CountedValue>& points);
    static Sums explain(const Model& model, const std::vector<CountedValue>& points);
    std::vector<Model> models_;
    Assumed usual_;
    Exponential far_end_;
    std::optional<SkewedTail> skewed_;  ///< as skewed as they may be; none: too few to tell
    std::size_t size_ = 0;
    double centre_ = 0;
    double spread_ = 0;
};

/// `tails`, with the heaviest given this chance beforehand.
[[nodiscard]] Population::Tails with_heavy(Population::Tails tails, double chance);

}  // namespace rackproof
