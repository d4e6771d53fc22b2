#include "reports/rma.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <tuple>
#include <vector>

#include "core/index.hpp"
#include "core/number_text.hpp"
#include "core/utf8.hpp"
#include "reports/csv_field.hpp"
#include "reports/text_format.hpp"

namespace rackproof {
namespace {

/// One part with one piece of evidence.
struct Claim {
    Node node;
    Device device;  ///< of a node: its own serial, and nothing else
    const Finding* finding = nullptr;
};

constexpr std::array<std::string_view, 4> kNodeSerials = {"serial", "product_serial", "node_serial",
                                                          "system_serial"};

std::string node_serial(const Run& run, std::size_t node) {
    for (const InventoryColumn& column : run.inventory) {
        const bool is_serial = column.scope == Scope::Node &&
                               std::ranges::find(kNodeSerials, column.key) != kNodeSerials.end();
        if (is_serial && node < column.values.size()) return column.values[node];
    }
    return "";
}

Device device_of(const Run& run, std::size_t node, const Finding& finding) {
    for (const Device& device : run.devices) {
        const bool is_it = finding.device && device.node == static_cast<std::int32_t>(node) &&
                           std::to_string(device.index) == *finding.device;
        if (is_it) return device;
    }
    Device whole;
    whole.index = -1;
    whole.kind = finding.level == Level::Link ? "link" : "node";
    whole.serial = node_serial(run, node);
    return whole;
}

std::vector<Claim> claims_of(const Run& run, const Judgement& judgement) {
    std::vector<Claim> claims;
    for (const Finding& finding : judgement.findings) {
        const bool has_owner = finding.level == Level::Device || finding.level == Level::Node ||
                               finding.level == Level::Link;
        if (finding.verdict != Verdict::Fail || !has_owner) continue;
        const auto node = std::ranges::find(run.nodes, finding.node, &Node::name);
        if (node == run.nodes.end()) continue;
        const auto index = static_cast<std::size_t>(node - run.nodes.begin());
        claims.push_back({*node, device_of(run, index, finding), &finding});
    }
    std::ranges::stable_sort(claims, [](const Claim& a, const Claim& b) {
        return std::tie(a.node.rack, a.node.name, a.device.index) <
               std::tie(b.node.rack, b.node.name, b.device.index);
    });
    return claims;
}

bool same_part(const Claim& a, const Claim& b) {
    return a.node.name == b.node.name && a.device.index == b.device.index &&
           a.device.kind == b.device.kind;
}

std::string said(std::string_view label, const std::string& text) {
    return fmt::format("  {:<8} {}\n", label,
                       text.empty() || text == "unknown" ? "not known" : printable(text));
}

std::string part_text(const Claim& claim) {
    const bool is_device = claim.device.index >= 0;
    std::string text = printable(claim.node.name);
    if (is_device) text += fmt::format(" device {}", claim.device.index);
    if (claim.finding->level == Level::Link) {
        text += " - " + printable(claim.finding->peer.value_or("?"));
    }
    text += "\n" + said("rack", claim.node.rack + ", slot " + claim.node.slot);
    text += said("sku", claim.node.sku) + said("vendor", claim.node.vendor);
    if (is_device) {
        text += said("model", claim.device.model) + said("serial", claim.device.serial) +
                said("uuid", claim.device.uuid) + said("pci", claim.device.pci) +
                said("vbios", claim.device.vbios) + said("driver", claim.device.driver);
    } else {
        text += said("serial", claim.device.serial);
    }
    return text;
}

std::string evidence_text(const Finding& finding) {
    std::string text = "  - " + printable(finding.sentence);
    if (finding.observed) {
        text += " (seen " + format_value(*finding.observed, finding.unit);
        if (finding.expected) text += ", expected " + format_value(*finding.expected, finding.unit);
        text += ")";
    }
    text += "\n";
    if (!finding.waived.empty()) text += "    WAIVED " + printable(finding.waived) + "\n";
    return text;
}

std::string number_or_nothing(const std::optional<double>& number) {
    return number ? number_text(*number) : "";
}

}  // namespace

std::string rma_text(const Run& run, const Judgement& judgement) {
    const std::vector<Claim> claims = claims_of(run, judgement);
    std::size_t parts = 0;
    std::string text;
    for (std::size_t i = 0; i < claims.size(); ++i) {
        if (i == 0 || !same_part(claims[i - 1], claims[i])) {
            ++parts;
            text += (i == 0 ? "" : "\n") + part_text(claims[i]) + "  evidence\n";
        }
        text += evidence_text(*claims[i].finding);
    }
    if (parts == 0) return "no device, node or link fails in run " + run.run_id + "\n";
    return text + fmt::format("\n{} {} of run {}, begun {}\n", parts, parts == 1 ? "part" : "parts",
                              printable(run.run_id),
                              run.started.empty() ? "at a time not known" : printable(run.started));
}

std::string rma_csv(const Run& run, const Judgement& judgement) {
    std::string text =
        "node,rack,row,slot,sku,vendor,part,device,peer,model,serial,uuid,pci,vbios,driver,metric,"
        "kind,observed,expected,unit,evidence,waived,run,started\n";
    for (const Claim& claim : claims_of(run, judgement)) {
        const Finding& finding = *claim.finding;
        const bool is_device = claim.device.index >= 0;
        const std::array<std::string, 24> fields = {
            claim.node.name,
            claim.node.rack,
            claim.node.row,
            claim.node.slot,
            claim.node.sku,
            claim.node.vendor,
            is_device ? "device" : claim.device.kind,
            is_device ? std::to_string(claim.device.index) : "",
            finding.peer.value_or(""),
            claim.device.model,
            claim.device.serial,
            claim.device.uuid,
            claim.device.pci,
            claim.device.vbios,
            claim.device.driver,
            finding.metric,
            std::string{to_string(finding.kind)},
            number_or_nothing(finding.observed),
            number_or_nothing(finding.expected),
            finding.unit,
            finding.sentence,
            finding.waived,
            run.run_id,
            run.started};
        for (std::size_t i = 0; i < fields.size(); ++i) {
            text += (i == 0 ? "" : ",") + csv_field(fields[i]);
        }
        text += "\n";
    }
    return text;
}

}  // namespace rackproof
