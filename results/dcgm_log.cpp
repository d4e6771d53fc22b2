#include <algorithm>
#include <array>
#include <utility>

#include "core/utf8.hpp"
#include "results/json_log.hpp"
#include "results/log_formats.hpp"

namespace rackproof::logs {
namespace {

enum class Status : std::uint8_t { Pass, Skip, Warn, Fail };  // the worst last

/// "PASS" and "Pass": the spelling changed, the words did not.
Status status_in(const JsonValue& value) {
    const std::string text = name_part(value.text());
    if (text == "pass") return Status::Pass;
    if (text == "skip" || text == "not_run" || text == "notrun") return Status::Skip;
    if (text == "warn") return Status::Warn;
    if (text == "fail") return Status::Fail;
    value.refuse("is " + in_quotes(value.text()) + "; expected Pass, Skip, Warn or Fail");
}

/// A text, or a list of texts, or of objects with a text of this name.
std::vector<std::string> texts_in(const std::optional<JsonValue>& value, const char* member) {
    std::vector<std::string> texts;
    if (!value) return texts;
    const auto add = [&](const JsonValue& found) {
        texts.push_back(one_line(found.is_object() ? found.at(member).text() : found.text()));
    };
    if (value->is_array()) {
        value->each_element(add);
    } else {
        add(*value);
    }
    return texts;
}

std::string joined(const std::vector<std::string>& texts) {
    std::string all;
    for (const std::string& text : texts) all += (all.empty() ? "" : "; ") + text;
    return all;
}

struct DcgmUnit {
    std::string_view printed;
    std::string_view unit;
    int shift;
    Direction better;
};
constexpr std::array<DcgmUnit, 3> kQuantities = {{
    {"C", "degC", 0, Direction::LowerIsBetter},
    {"GB/s", "B/s", 9, Direction::HigherIsBetter},
    {"us", "s", -6, Direction::LowerIsBetter},
}};

/// Where a result belongs, and how that shows in the metric's name.
struct Entity {
    LogPlace place;
    std::string suffix;
};

Entity of_gpu(std::int32_t index) { return {{Scope::Device, {""}, index}, ""}; }
Entity of_node() { return {{Scope::Node, {""}}, ".node"}; }

class DcgmReader {
  public:
    explicit DcgmReader(LogText& log) : log_{&log} {}

    LogFacts read() {
        const nlohmann::json parsed = parse_json_log(*log_);
        const JsonValue root{*log_, parsed, ""};
        std::optional<JsonValue> diagnostic = root.find("DCGM Diagnostic");
        is_by_entities_ = diagnostic.has_value();
        if (!diagnostic) diagnostic = root.find("DCGM GPU Diagnostic");
        if (!diagnostic) {
            root.refuse(
                "has neither 'DCGM Diagnostic' nor 'DCGM GPU Diagnostic'; expected what "
                "'dcgmi diag -j' prints");
        }
        read_version(root, *diagnostic);
        read_entities(root);
        read_runtime_error(*diagnostic);
        if (const auto categories = diagnostic->find("test_categories")) {
            categories->each_element([&](const JsonValue& category) {
                category.at("tests").each_element([&](const JsonValue& test) { read_test(test); });
            });
        }
        if (facts_.readings.empty()) diagnostic->refuse("has no tests; expected some");
        for (LogDevice& device : facts_.devices) device.driver = driver_;
        return std::move(facts_);
    }

  private:
    void read_version(const JsonValue& root, const JsonValue& diagnostic) {
        const auto metadata = root.find("metadata");
        if (const auto version = (metadata ? *metadata : diagnostic).find("version")) {
            library_ = "DCGM " + version->text();
        }
        if (!metadata) return;
        if (const auto driver = metadata->find("Driver Version Detected")) {
            driver_ = driver->text();
        }
    }

    void read_entities(const JsonValue& root) {
        const auto groups = root.find("entity_groups");
        if (!groups) return;
        groups->each_element([&](const JsonValue& group) {
            if (group.at("entity_group").text() != "GPU") return;
            group.at("entities").each_element([&](const JsonValue& entity) {
                LogDevice device;
                device.index =
                    static_cast<std::int32_t>(entity.at("entity_id").whole(kMostDevices - 1));
                if (const auto serial = entity.find("serial_num")) device.serial = serial->text();
                facts_.devices.push_back(std::move(device));
            });
        });
    }

    void read_runtime_error(const JsonValue& diagnostic) {
        const auto error = diagnostic.find("runtime_error");
        if (!error || error->text().empty()) return;
        LogReading reading = reading_of("run", of_node());
        reading.outcome = Outcome::Failed;
        reading.reason = one_line(error->text());
        facts_.readings.push_back(std::move(reading));
    }

    LogReading reading_of(const std::string& name, const Entity& entity) const {
        LogReading reading;
        reading.metric.name = "dcgm." + name + entity.suffix;
        reading.metric.suite = "dcgm";
        reading.metric.better = Direction::LowerIsBetter;
        reading.metric.definition = "0 if DCGM's diagnostic says Pass, 1 if it says Fail";
        reading.place = entity.place;
        reading.variant.library = library_;
        return reading;
    }

    void read_test(const JsonValue& test) {
        const std::string name = name_part(test.at("name").text());
        if (name.empty()) test.refuse("has no name; expected one");
        Status worst = Status::Pass;
        std::size_t count = 0;
        test.at("results").each_element([&](const JsonValue& result) {
            const Status status = status_in(result.at("status"));
            worst = std::max(worst, status);
            const std::vector<Entity> entities = entities_of(result);
            for (const Entity& entity : entities) add(name, entity, status, result);
            count += entities.size();
        });
        const auto summary = test.find("test_summary");
        if (!summary) {
            if (count == 0) test.refuse("has no results and no summary; expected one of them");
            return;
        }
        const Status stated = status_in(summary->at("status"));
        if (count == 0 || stated > worst) add(name, of_node(), stated, *summary);
    }

    std::vector<Entity> entities_of(const JsonValue& result) const {
        const std::optional<JsonValue> group =
            is_by_entities_ ? result.at("entity_group") : result.find("entity_group");
        if (group) {
            const std::int64_t id = result.at("entity_id").whole(kMostDevices - 1);
            if (group->text() == "GPU") return {of_gpu(static_cast<std::int32_t>(id))};
            return {{{Scope::Node, {""}}, "." + name_part(group->text()) + std::to_string(id)}};
        }
        const auto list = result.find("gpu_ids");
        if (!list) return {of_node()};
        std::vector<Entity> entities;
        std::string ids = list->text();
        while (!ids.empty()) {
            const std::size_t comma = std::min(ids.find(','), ids.size());
            const auto id = whole(std::string_view{ids}.substr(0, comma), kMostDevices - 1);
            if (!id) list->refuse("is " + in_quotes(list->text()) + "; expected numbers of GPUs");
            entities.push_back(of_gpu(static_cast<std::int32_t>(*id)));
            ids.erase(0, comma + 1);
        }
        if (entities.empty()) list->refuse("names no GPU; expected at least one");
        return entities;
    }

    void add(const std::string& name, const Entity& entity, Status status,
             const JsonValue& result) {
        const std::string said = joined(texts_in(result.find("warnings"), "warning"));
        LogReading reading = reading_of(name, entity);
        reading.values = {status == Status::Fail ? 1.0 : 0.0};
        if (status == Status::Fail) {
            reading.outcome = Outcome::WrongAnswer;
            reading.reason = "DCGM says Fail" + (said.empty() ? "" : ": " + said);
        } else if (status == Status::Skip) {
            reading.values.clear();
            reading.outcome = Outcome::Skipped;
            reading.reason = "DCGM says Skip" + (said.empty() ? ", without a reason" : ": " + said);
        } else if (status == Status::Warn || !said.empty()) {
            facts_.events.push_back({"", entity.place.device, "error", "dcgm." + name,
                                     "DCGM warns" + (said.empty() ? "" : ": " + said)});
        }
        facts_.readings.push_back(std::move(reading));
        for (const std::string& info : texts_in(result.find("info"), "info")) {
            if (!add_number(name, entity, info)) {
                facts_.events.push_back({"", entity.place.device, "info", "dcgm." + name, info});
            }
        }
    }

    /// "GPU 0 GPU to Host bandwidth:  13.08 GB/s" as a number; false for any other text.
    bool add_number(const std::string& name, const Entity& entity, std::string info) {
        const std::string own = "GPU " + std::to_string(entity.place.device) + " ";
        if (info.starts_with(own)) info.erase(0, own.size());
        const std::size_t colon = info.find(':');
        if (colon == std::string::npos) return false;
        const std::vector<std::string_view> found = words(std::string_view{info}.substr(colon + 1));
        if (found.size() != 2) return false;
        const auto* quantity = std::ranges::find(kQuantities, found[1], &DcgmUnit::printed);
        if (quantity == kQuantities.end()) return false;
        const auto number = decimal(found[0], quantity->shift);
        if (!number) return false;
        LogReading reading =
            reading_of(name + "." + name_part(std::string_view{info}.substr(0, colon)), entity);
        reading.metric.unit = quantity->unit;
        reading.metric.better = quantity->better;
        reading.metric.definition = "as DCGM's diagnostic reports it";
        reading.values = {*number};
        facts_.readings.push_back(std::move(reading));
        return true;
    }

    LogText* log_;
    bool is_by_entities_ = false;  ///< today's form, in which each result is somebody's
    std::string library_;
    std::string driver_;
    LogFacts facts_;
};

}  // namespace

LogFacts read_dcgm(LogText& log) { return DcgmReader{log}.read(); }

}  // namespace rackproof::logs
