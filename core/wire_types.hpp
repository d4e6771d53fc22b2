#pragma once

#include "core/manifest.hpp"
#include "core/outcome.hpp"
#include "core/run.hpp"
#include "core/wire.hpp"

namespace rackproof {

// The members of each core type in the order in which they are written. An order, once released,
// changes only together with the journal's version.

inline bool wire_valid(Outcome value) { return value <= Outcome::Excluded; }
inline bool wire_valid(Scope value) { return value <= Scope::Group; }
inline bool wire_valid(Direction value) { return value <= Direction::None; }

template <class Visit>
void wire_members(Node& node, Visit visit) {
    visit(node.name, node.rack, node.row, node.slot, node.sku, node.vendor, node.labels,
          node.state);
}

template <class Visit>
void wire_members(Device& device, Visit visit) {
    visit(device.node, device.index, device.kind, device.model, device.uuid, device.serial,
          device.pci, device.vbios, device.driver);
}

template <class Visit>
void wire_members(CaseSpec& spec, Visit visit) {
    visit(spec.name, spec.suite, spec.stage, spec.lead, spec.scope, spec.unit, spec.better,
          spec.definition, spec.parameters, spec.repetitions, spec.deadline_s, spec.expected_s);
}

template <class Visit>
void wire_members(Target& target, Visit visit) {
    visit(target.first, target.second);
}

template <class Visit>
void wire_members(Cell& cell, Visit visit) {
    visit(cell.case_index, cell.target);
}

template <class Visit>
void wire_members(Manifest& manifest, Visit visit) {
    visit(manifest.nodes, manifest.devices, manifest.groups, manifest.stages, manifest.cases,
          manifest.cells);
}

template <class Visit>
void wire_members(Variant& variant, Visit visit) {
    visit(variant.parameters, variant.algorithm, variant.library, variant.transport);
}

template <class Visit>
void wire_members(Event& event, Visit visit) {
    visit(event.time, event.node, event.device, event.severity, event.code, event.text);
}

}  // namespace rackproof
