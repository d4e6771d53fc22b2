#include "runners/pins.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/event_codes.hpp"
#include "core/utf8.hpp"
#include "runners/run_book.hpp"
#include "suites/gemm_shape.hpp"

namespace rackproof {
namespace {

const std::string& sku_of(const Manifest& manifest, const Cell& cell) {
    const std::int32_t node = node_of(manifest.devices, Scope::Device, cell.target);
    return manifest.nodes.at(static_cast<std::size_t>(node)).sku;
}

std::string told(const Pin& pin) {
    return printable(pin.algorithm.algorithm) + " of " + printable(pin.algorithm.library) + " (" +
           std::to_string(pin.votes) + " of " + std::to_string(pin.voters) + " chose it)";
}

/// Where every cell was skipped or excluded, as without GPUs, nothing was to be chosen.
bool was_tried(std::int32_t calibration, const std::string& sku, const RunBook& book) {
    const Manifest& manifest = book.manifest();
    for (std::size_t i = 0; i < manifest.cells.size(); ++i) {
        const Cell& cell = manifest.cells[i];
        if (cell.case_index != calibration || sku_of(manifest, cell) != sku) continue;
        const std::optional<Ending>& last = book.last_ending(static_cast<std::int32_t>(i));
        if (last && last->outcome != Outcome::Skipped && last->outcome != Outcome::Excluded) {
            return true;
        }
    }
    return false;
}

void tell_pins_of(std::int32_t calibration, const std::string& sku, RunBook& book) {
    std::string text;
    for (const Pin& pin : pins_for(calibration, sku, book)) {
        text += (text.empty() ? "" : "; ") + told(pin);
    }
    const bool chosen = !text.empty();
    if (!chosen && !was_tried(calibration, sku, book)) return;
    const std::string& name = book.manifest().cases.at(static_cast<std::size_t>(calibration)).name;
    text = name + ", sku " + printable(sku) + ": " +
           (chosen ? text : "nothing; no device has completed its calibration");
    if (book.has_told_pins(text)) return;
    book.event(chosen ? "info" : "warning", event_code::kCalibrated, text);
}

}  // namespace

bool is_calibration(const CaseSpec& spec) { return spec.suite == "calibration"; }

std::optional<GemmAlgorithm> chosen_by(const Variant& variant) {
    constexpr std::size_t kLongest = 1000;
    const auto parameters = nlohmann::json::parse(variant.parameters, nullptr, false);
    if (!parameters.is_object()) return std::nullopt;
    const auto chosen = parameters.find("chosen");
    if (chosen == parameters.end() || !chosen->is_string()) return std::nullopt;
    GemmAlgorithm algorithm{variant.library, chosen->get<std::string>()};
    if (algorithm.library.size() + algorithm.algorithm.size() > kLongest) return std::nullopt;
    return algorithm;
}

std::optional<std::int32_t> calibration_of(const std::vector<CaseSpec>& cases,
                                           const CaseSpec& spec) {
    const auto found = std::ranges::find_if(cases, [&](const CaseSpec& other) {
        return is_calibration(other) && other.stage < spec.stage &&
               same_product(other.parameters, spec.parameters);
    });
    if (found == cases.end()) return std::nullopt;
    return static_cast<std::int32_t>(found - cases.begin());
}

std::vector<Pin> pins_for(std::int32_t calibration, const std::string& sku, const RunBook& book) {
    const Manifest& manifest = book.manifest();
    std::vector<Pin> choices;  // in the manifest's order
    std::map<std::string, std::int32_t> voters;
    for (std::size_t i = 0; i < manifest.cells.size(); ++i) {
        const Cell& cell = manifest.cells[i];
        if (cell.case_index != calibration || sku_of(manifest, cell) != sku) continue;
        const auto chosen = book.chosen_by_cell(static_cast<std::int32_t>(i));
        if (!chosen) continue;
        ++voters[chosen->library];
        auto choice = std::ranges::find(choices, *chosen, &Pin::algorithm);
        if (choice == choices.end()) choice = choices.insert(choices.end(), Pin{*chosen});
        ++choice->votes;
    }
    std::ranges::stable_sort(choices, std::ranges::greater{}, &Pin::votes);
    std::vector<Pin> pins;
    for (Pin& choice : choices) {
        const auto same_library = [&](const Pin& pin) {
            return pin.algorithm.library == choice.algorithm.library;
        };
        if (std::ranges::any_of(pins, same_library)) continue;
        choice.voters = voters.at(choice.algorithm.library);
        pins.push_back(std::move(choice));
    }
    return pins;
}

void require_calibration(const std::vector<CaseSpec>& cases, const CaseSpec& spec) {
    if (!wants_calibration(spec.parameters) || calibration_of(cases, spec)) return;
    throw InputError{spec.name +
                     " wants a calibrated algorithm; expected suite 'calibration' with its "
                     "precision, size, m, n and k in a stage before its own"};
}

void pin_algorithm(CaseSpec& spec, std::int32_t node, const RunBook& book) {
    if (!wants_calibration(spec.parameters)) return;
    const Manifest& manifest = book.manifest();
    const std::optional<std::int32_t> calibration = calibration_of(manifest.cases, spec);
    if (!calibration) return;
    const std::string& sku = manifest.nodes.at(static_cast<std::size_t>(node)).sku;
    std::vector<std::string> texts;
    for (const Pin& pin : pins_for(*calibration, sku, book)) {
        texts.push_back(pin_text(pin.algorithm));
    }
    spec.parameters.set(std::string{kPinned}, std::move(texts));
}

void tell_pins(std::int32_t stage, RunBook& book) {
    const Manifest& manifest = book.manifest();
    std::map<std::int32_t, std::vector<std::string>> skus;  // by case, in the manifest's order
    for (const Cell& cell : manifest.cells) {
        const CaseSpec& spec = manifest.cases.at(static_cast<std::size_t>(cell.case_index));
        if (spec.stage != stage || !is_calibration(spec)) continue;
        std::vector<std::string>& known = skus[cell.case_index];
        const std::string& sku = sku_of(manifest, cell);
        if (std::ranges::find(known, sku) == known.end()) known.push_back(sku);
    }
    for (const auto& [index, of_case] : skus) {
        for (const std::string& sku : of_case) tell_pins_of(index, sku, book);
    }
}

}  // namespace rackproof
