#include "app/submission.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/output.hpp"
#include "app/plan_file.hpp"
#include "core/error.hpp"

namespace rackproof {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostBytes = std::size_t{64} << 20;
constexpr int kFormatVersion = 1;

std::filesystem::path file_in(const std::filesystem::path& directory) {
    return directory / "submission.json";
}

bool is_number(const std::string& text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

bool is_plain_folder(const std::string& name) {
    return !name.empty() && name.front() != '.' && name.find('/') == std::string::npos;
}

SubmittedRack rack_from(const Json& json) {
    SubmittedRack rack;
    rack.rack = json.at("rack").get<std::string>();
    rack.folder = json.at("folder").get<std::string>();
    rack.nodes = json.at("nodes").get<std::int64_t>();
    rack.left_out = json.at("left_out").get<std::int64_t>();
    if (!json.at("job").is_null()) rack.job = json.at("job").get<std::string>();
    const bool counts = rack.left_out >= 0 && rack.nodes >= rack.left_out;
    if (!counts || !is_plain_folder(rack.folder) || (!rack.job.empty() && !is_number(rack.job))) {
        throw Error{"read a rack", "a value that 'submit' does not write"};
    }
    return rack;
}

}  // namespace

void write_submission(const std::filesystem::path& directory, const Submission& submission) {
    Json racks = Json::array();
    for (const SubmittedRack& rack : submission.racks) {
        racks.push_back({{"rack", rack.rack},
                         {"folder", rack.folder},
                         {"nodes", rack.nodes},
                         {"left_out", rack.left_out},
                         {"job", rack.job.empty() ? Json(nullptr) : Json(rack.job)}});
    }
    const Json whole{{"format", "rackproof-submission"},
                     {"format_version", kFormatVersion},
                     {"plan", submission.plan},
                     {"partition", submission.partition},
                     {"racks", std::move(racks)}};
    write_text_file(file_in(directory),
                    whole.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

Submission read_submission(const std::filesystem::path& directory) {
    const std::filesystem::path file = file_in(directory);
    const std::string text = read_text_file(file, kMostBytes);
    const auto refuse = [&](const std::string& problem) {
        throw InputError{{file.string(), {}, {}},
                         problem + "; expected what 'rackproof submit' writes"};
    };
    Submission submission;
    try {
        const Json whole = Json::parse(text);
        if (whole.at("format") != "rackproof-submission") refuse("is no submission");
        if (whole.at("format_version") != kFormatVersion) refuse("is of another version");
        submission.plan = whole.at("plan").get<std::string>();
        submission.partition = whole.at("partition").get<std::string>();
        for (const Json& rack : whole.at("racks")) submission.racks.push_back(rack_from(rack));
    } catch (const InputError&) {
        throw;
    } catch (const std::exception& error) {
        refuse(error.what());
    }
    return submission;
}

}  // namespace rackproof
