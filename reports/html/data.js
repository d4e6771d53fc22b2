'use strict';
// What the report knows of its run: nodes, findings, metrics.

const OUTCOMES = ['completed', 'wrong answer', 'failed', 'timed out', 'lost', 'skipped',
                  'excluded'];

const Data = (() => {
  const {block, numbers, texts} = Blocks;
  const kept = new Map();

  let nodes = null;
  function allNodes() {
    if (nodes) return nodes;
    const raw = block('nodes');
    nodes = {count: raw.name.length, name: raw.name, findings: new Map(), index: new Map()};
    for (const name of ['rack', 'row', 'slot', 'sku', 'vendor', 'state']) {
      nodes[name] = texts(raw[name]);
    }
    nodes.verdict = numbers(raw.verdict);
    nodes.devices = numbers(raw.devices);
    for (const [node, ...places] of raw.findings) nodes.findings.set(node, places);
    raw.name.forEach((name, i) => nodes.index.set(name, i));
    return nodes;
  }

  // rackproof left out what is null, and wrote each action once.
  const FINDING = {rack: null, node: null, device: null, peer: null, group: null, metric: null,
                   observed: null, expected: null, unit: null, deviation: null, p_value: null,
                   since: null, cohort: null, waived: null};
  function findings() {
    if (!kept.has('all findings')) {
      const {list, actions} = block('findings');
      kept.set('all findings',
               list.map((f) => ({...FINDING, ...f, action: actions[f.action]})));
    }
    return kept.get('all findings');
  }

  function names() { return block('metrics').map((m) => m.name); }

  // asinh of the distance from the centre, in 16 bits; 0 = none.
  const FURTHEST = Math.asinh(1e9);
  function quantised(code, centre, step) {
    return code === 0 ? NaN : centre + step * Math.sinh((code - 32768) / 32767 * FURTHEST);
  }

  const metrics = new Map();
  /** Metric number `i` with its columns unpacked. */
  function metric(i) {
    if (metrics.has(i)) return metrics.get(i);
    const element = document.getElementById('data-metric-' + i);
    const m = JSON.parse(element.textContent);
    m.number = i;
    if (m.nodes) {
      m.nodes.median = numbers(m.nodes.median);
      m.nodes.worst = numbers(m.nodes.worst);
      m.nodes.cohort = numbers(m.nodes.cohort);
    }
    const d = m.detail;
    for (const name of ['node', 'device', 'cohort', 'outcome', 'attempts', 'why', 'value',
                        'peer_node', 'peer_device', 'group']) {
      if (d[name]) d[name] = numbers(d[name]);
    }
    if (!d.node) {
      const devices = block('detail').devices;
      d.node = numbers(devices.node);
      d.device = numbers(devices.index);
    }
    d.ofNode = new Map();
    const add = (node, cell) => {
      if (node < 0) return;
      if (!d.ofNode.has(node)) d.ofNode.set(node, []);
      d.ofNode.get(node).push(cell);
    };
    for (let c = 0; c < d.size; ++c) {
      add(d.node[c], c);
      if (d.peer_node && d.peer_node[c] !== d.node[c]) add(d.peer_node[c], c);
    }
    metrics.set(i, m);
    return m;
  }

  /** Median ('median') or worst device ('worst') of a node; NaN if there is none. */
  function nodeValue(m, node, which) {
    if (!m.nodes) return NaN;
    return quantised(m.nodes[which][node], m.nodes.centre, m.nodes.step);
  }

  /** By how much the value is worse than its cohort's median: relative, or in kelvin. */
  function worse(m, cohort, value) {
    if (!cohort || !Number.isFinite(value)) return NaN;
    const scale = m.is_temperature ? 1 : Math.abs(cohort.median);
    if (!(scale > 0)) return NaN;
    const sign = m.better === 'higher' ? -1 : 1;
    return sign * (value - cohort.median) / scale;
  }

  return {block, numbers, texts, allNodes, findings, metric, nodeValue, worse,
          summaries: () => block('metrics'), names, isDetailed: (node) => detailedNodes().has(node)};

  function detailedNodes() {
    if (!kept.has('detailed')) kept.set('detailed', new Set(numbers(block('detail').nodes)));
    return kept.get('detailed');
  }
})();
