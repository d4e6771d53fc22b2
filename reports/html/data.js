'use strict';
// What the page knows: the JSON blocks that rackproof wrote into it, read when they are asked for.
// reports/html_data.hpp says how numbers are packed.

const VERDICTS = ['pass', 'watch', 'no_data', 'fail'];
const VERDICT_WORDS = {pass: 'PASS', watch: 'WATCH', no_data: 'NO DATA', fail: 'FAIL'};
const VERDICT_SIGNS = {pass: '✓', watch: '!', no_data: '?', fail: '✗'};
const WORST_FIRST = [3, 2, 1, 0];
const OUTCOMES = ['completed', 'wrong answer', 'failed', 'timed out', 'lost', 'skipped',
                  'excluded'];

const Data = (() => {
  const kept = new Map();

  /** The block of this name; kept, unless it is large and wanted once. */
  function block(name) {
    if (!kept.has(name)) {
      kept.set(name, JSON.parse(document.getElementById('data-' + name).textContent));
    }
    return kept.get(name);
  }

  const ARRAYS = {u8: Uint8Array, u16: Uint16Array, i32: Int32Array, f32: Float32Array};

  function numbers(column) {
    if ('all' in column) return new Int32Array(column.size).fill(column.all);
    const text = atob(column.data);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; ++i) bytes[i] = text.charCodeAt(i);
    return new ARRAYS[column.type](bytes.buffer);
  }

  function texts(column) {
    const of = numbers(column.of);
    return {is: column.is, of, at: (i) => column.is[of[i]]};
  }

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

// Numbers as people read them; the same as reports/text_format.cpp makes of them.
const Format = (() => {
  const SCALED = new Set(['B/s', 'FLOP/s', 's', 'W', 'Hz', 'J', 'V', 'A']);
  const PREFIXES = ['f', 'p', 'n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P'];

  function digits(value) {
    const size = Math.abs(value);
    if (size !== 0 && size < 0.0995) return String(Number(value.toPrecision(3)));
    return value.toFixed(size < 9.995 ? 2 : size < 99.95 ? 1 : 0);
  }

  /** The power of 1000 that fits the value, as an index into PREFIXES. */
  function prefixOf(value) {
    let index = 5;
    let size = Math.abs(value);
    if (!(size > 0)) return index;
    for (; size >= 999.5 && index + 1 < PREFIXES.length; ++index) size /= 1000;
    for (; size < 0.9995 && index > 0; --index) size *= 1000;
    return index;
  }

  function scaled(value, unit, index) {
    return digits(value / Math.pow(1000, index - 5)) + ' ' + PREFIXES[index] + unit;
  }

  function value(v, unit) {
    if (v === null || v === undefined || !Number.isFinite(v)) return 'no value';
    if (v === 0 && SCALED.has(unit)) return '0 ' + unit;
    if (SCALED.has(unit)) return scaled(v, unit, prefixOf(v));
    const plain = Number.isInteger(v) && Math.abs(v) < 1e15 ? String(v) : digits(v);
    return unit === '1' || !unit ? plain : plain + ' ' + (unit === 'degC' ? '°C' : unit);
  }

  /** A function that writes all values of one axis with one prefix. */
  function axis(typical, unit) {
    const index = SCALED.has(unit) ? prefixOf(typical) : 5;
    const name = unit === '1' ? '' : unit === 'degC' ? '°C' :
        SCALED.has(unit) ? PREFIXES[index] + unit : unit;
    return {name, number: (v) => v / Math.pow(1000, index - 5)};
  }

  function percent(fraction) {
    if (fraction === null || !Number.isFinite(fraction)) return 'unknown';
    const text = (100 * fraction).toFixed(Math.abs(fraction) < 0.0995 ? 2 : 1);
    return (fraction > 0 ? '+' : '') + text.replace('-', '−') + ' %';
  }

  /** A deviation in a metric's own terms: percent, or kelvin. */
  function deviation(m, worseBy) {
    if (!Number.isFinite(worseBy)) return '';
    const signed = m.better === 'higher' ? -worseBy : worseBy;
    if (!m.is_temperature) return percent(signed);
    return (signed > 0 ? '+' : '') + signed.toFixed(1).replace('-', '−') + ' K';
  }

  function duration(seconds) {
    const whole = Math.round(seconds);
    if (whole < 60) return whole + ' s';
    if (whole < 3600) return Math.floor(whole / 60) + ' min ' + whole % 60 + ' s';
    const minutes = Math.round(whole / 60);
    if (minutes < 1440) return Math.floor(minutes / 60) + ' h ' + minutes % 60 + ' min';
    const hours = Math.round(minutes / 60);
    return Math.floor(hours / 24) + ' d ' + hours % 24 + ' h';
  }

  const count = (n) => Number(n).toLocaleString('en-US').replace(/,/g, '\u202f');
  const plural = (n, one, many) => count(n) + ' ' + (n === 1 ? one : many || one + 's');
  const chance = (p) => p === null ? '' : p < 1e-4 ? p.toExponential(1) : p.toPrecision(2);

  return {value, axis, percent, deviation, duration, count, plural, chance};
})();
