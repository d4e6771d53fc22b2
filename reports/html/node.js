'use strict';
// One node's page: what was found, every metric against its cohort, attempts, telemetry, hardware.

function nodeLink(node, text) {
  const name = Data.allNodes().name[node];
  return el('a', {href: nodeAddress(node), class: 'node-link'}, told(text || name));
}

function nodeAddress(node) { return '#node-' + node; }

/** "row A, rack r012, slot 3", as far as it is known. */
function placeText(node) {
  const nodes = Data.allNodes();
  const parts = [];
  for (const what of ['row', 'rack', 'slot']) {
    const text = nodes[what].at(node);
    if (text && text !== '-') parts.push(what + ' ' + text);
  }
  return parts.join(', ');
}

/** Points on a line of deviations: the cohort's middle, one and three spreads, and the node's. */
function strip(m, cohort, points) {
  const width = 260;
  const reach = 8;
  const worse = (value) => {
    const sign = m.better === 'higher' ? -1 : 1;
    return sign * (value - cohort.median) / cohort.spread;
  };
  const x = (spreads) => width / 2 + Math.max(-reach, Math.min(reach, spreads)) / reach *
      (width / 2 - 8);
  const picture = svg('svg', {class: 'strip', viewBox: `0 0 ${width} 22`, width, height: 22,
                              role: 'img', 'aria-label': points.map((p) => p.text).join('; ')});
  picture.append(
      svg('rect', {class: 'band3', x: x(-3), width: x(3) - x(-3), y: 4, height: 14}),
      svg('rect', {class: 'band1', x: x(-1), width: x(1) - x(-1), y: 4, height: 14}),
      svg('line', {class: 'centre', x1: x(0), x2: x(0), y1: 2, y2: 20}));
  for (const p of points) {
    const at = x(worse(p.value));
    const mark = p.verdict === 'fail' || p.verdict === 'watch'
        ? svg('path', {class: p.verdict, d: p.verdict === 'fail'
              ? `M${at - 5},6 L${at + 5},16 M${at + 5},6 L${at - 5},16`
              : `M${at},5 L${at + 6},16 L${at - 6},16 z`})
        : svg('circle', {class: 'pass', cx: at, cy: 11, r: 3.5});
    const title = svg('title');
    title.textContent = p.text;
    mark.append(title);
    picture.append(mark);
  }
  return picture;
}

/** Worst verdict of this metric's findings on a device (or -1, the node itself) of a node. */
function verdictIn(node, metric) {
  const found = new Map();
  for (const place of Data.allNodes().findings.get(node) || []) {
    const f = Data.findings()[place];
    if (!f || f.metric !== metric || f.waived || f.node !== Data.allNodes().name[node]) continue;
    const device = f.device === null ? -1 : Number(f.device);
    const known = found.get(device);
    if (!known || VERDICTS.indexOf(known) < VERDICTS.indexOf(f.verdict)) found.set(device, f.verdict);
  }
  return found;
}

/** What the page knows of one metric on one node: [{value, cohort, text, device, ...}]. */
function measuredOn(node, m) {
  const d = m.detail;
  const found = verdictIn(node, m.name);
  const names = Data.allNodes().name;
  const points = [];
  for (const c of d.ofNode.get(node) || []) {
    const cohort = m.cohorts[d.cohort[c]];
    const value = d.value[c];
    const device = d.device[c];
    let who = device >= 0 ? 'device ' + device : '';
    if (d.peer_node && d.peer_node[c] >= 0) {
      const forth = d.node[c] === node;
      const peer = forth ? d.peer_node[c] : d.node[c];
      const peerDevice = forth ? d.peer_device[c] : d.device[c];
      who = [forth ? who : d.peer_device[c] >= 0 ? 'device ' + d.peer_device[c] : '',
             'with ' + names[peer] + (peerDevice >= 0 ? '/' + peerDevice : '')]
          .filter((t) => t).join(' ');
    }
    const by = Data.worse(m, cohort, value);
    points.push({value, cohort, device, who, outcome: d.outcome[c], attempts: d.attempts[c],
                 cell: c, why: d.why[c] > 0 ? d.reasons[d.why[c] - 1] : '', worse: by,
                 verdict: found.get(device) || found.get(-1) || 'pass',
                 text: (who ? who + ': ' : '') + (Number.isFinite(value)
                     ? `${Format.value(value, m.unit)} (${Format.deviation(m, by)})`
                     : OUTCOMES[d.outcome[c]])});
  }
  if (points.length > 0 || !m.nodes) return points;
  const cohort = m.cohorts[m.nodes.cohort[node]];
  for (const which of ['median', 'worst']) {
    const value = Data.nodeValue(m, node, which);
    if (!Number.isFinite(value)) continue;
    const by = Data.worse(m, cohort, value);
    const who = which === 'median' ? 'median of its devices' : 'worst device';
    points.push({value, cohort, device: -1, who, outcome: 0, attempts: 1, cell: -1, why: '', worse: by,
                 verdict: 'pass', text: `${who}: ${Format.value(value, m.unit)} ` +
                     `(${Format.deviation(m, by)})`});
  }
  return points;
}

function nodeMetricRow(node, m) {
  const points = measuredOn(node, m);
  if (points.length === 0) return null;
  const withValue = points.filter((p) => Number.isFinite(p.value));
  const worst = withValue.reduce((a, b) => !a || b.worse > a.worse ? b : a, null);
  const verdict = points.reduce((a, p) => VERDICTS.indexOf(p.verdict) > VERDICTS.indexOf(a)
      ? p.verdict : a, 'pass');
  const cohort = worst && worst.cohort;
  const drawable = cohort && cohort.spread > 0 ? withValue.filter((p) => p.cohort === cohort) : [];
  const broken = points.filter((p) => p.outcome !== 0);
  const cells = [
    told(m.name), verdict === 'pass' ? '' : badge(verdict),
    worst ? Format.value(worst.value, m.unit) : 'no value',
    worst ? Format.deviation(m, worst.worse) : '',
    cohort ? Format.value(cohort.median, m.unit) : '',
    cohort ? Format.spread(cohort.spread, cohort.median, m.unit) : '',
    drawable.length > 0 ? strip(m, cohort, drawable.slice(0, 64)) : '',
    broken.length > 0 ? told(summed(broken)) : '',
  ];
  return {cells, rank: VERDICTS.indexOf(verdict) * 100 + (broken.length > 0 ? 50 : 0) +
          (worst && cohort && cohort.spread > 0
              ? Math.min(40, Math.abs(worst.value - cohort.median) / cohort.spread) : 0), points, m};
}

/** "2 skipped: no sensor; 1 lost: rank 3 died" */
function summed(points) {
  const groups = new Map();
  for (const p of points) {
    const text = OUTCOMES[p.outcome] + (p.why ? ': ' + p.why : '');
    groups.set(text, (groups.get(text) || 0) + 1);
  }
  return [...groups].map(([text, n]) => `${n} ${text}`).join('; ');
}

function nodeAttempts(node) {
  const rows = [];
  for (let i = 0; i < Data.names().length; ++i) {
    const m = Data.metric(i);
    const d = m.detail;
    const mine = new Set(d.ofNode.get(node) || []);
    for (const [cell, attempt, outcome, value, why] of d.rows) {
      if (!mine.has(cell)) continue;
      rows.push([told(m.name), d.device[cell] >= 0 ? String(d.device[cell]) : '–', String(attempt + 1),
                 OUTCOMES[outcome], value === null ? 'no value' : Format.value(value, m.unit),
                 told(why > 0 ? d.reasons[why - 1] : '')]);
    }
  }
  return rows;
}

function nodeHardware(node) {
  const inventory = Data.block('inventory');
  const nodes = [...Data.numbers(inventory.nodes)];
  const at = nodes.indexOf(node);
  if (at < 0) return null;
  const deviceNode = Data.numbers(inventory.device_node);
  const deviceIndex = Data.numbers(inventory.device_index);
  const rows = [];
  for (const column of inventory.columns) {
    const values = Data.texts(column.values);
    const add = (value, part) => {
      const differs = !column.own && column.most !== '' && value !== column.most;
      if (value === '' && !differs) return;
      rows.push({key: column.key + part, value, most: column.most, own: column.own, differs,
                 source: column.source});
    };
    if (column.scope === 'node') add(values.at(at), '');
    else deviceNode.forEach((n, k) => { if (n === node) add(values.at(k), ' of device ' + deviceIndex[k]); });
  }
  return rows.sort((a, b) => b.differs - a.differs);
}

function nodeDevices(node) {
  const devices = Data.block('detail').devices;
  const of = Data.numbers(devices.node);
  const index = Data.numbers(devices.index);
  const columns = ['kind', 'model', 'serial', 'uuid', 'pci', 'vbios', 'driver'];
  const values = columns.map((name) => Data.texts(devices[name]));
  const used = columns.map((name, c) => values[c].is.some((text) => text !== ''));
  const rows = [];
  of.forEach((n, i) => {
    if (n === node) rows.push([String(index[i]), ...values.filter((_, c) => used[c])
        .map((column) => told(column.at(i)))]);
  });
  return rows.length === 0 ? null
      : table(['Device', ...columns.filter((_, c) => used[c])], rows, {label: 'Devices'});
}

function nodeEvents(node) {
  return Data.block('detail').events.list.filter((event) => event[1] === node)
      .map(([time, , device, severity, code, text]) => [Format.duration(time),
          device >= 0 ? String(device) : '–', told(severity), el('code', {}, code), told(text)]);
}

function part(title, ...content) {
  const real = content.flat().filter((c) => c);
  return real.length === 0 ? null : el('section', {}, el('h2', {}, title), real);
}

function nodePage(node) {
  const nodes = Data.allNodes();
  const verdict = VERDICTS[nodes.verdict[node]];
  const detailed = Data.isDetailed(node);
  const own = (nodes.findings.get(node) || []).map((p) => Data.findings()[p]).filter((f) => f);
  const rows = [];
  const missing = [];
  for (let i = 0; i < Data.names().length; ++i) {
    const row = nodeMetricRow(node, Data.metric(i));
    if (row) rows.push(row);
    else missing.push(Data.names()[i]);
  }
  rows.sort((a, b) => b.rank - a.rank);
  const allDone = rows.every((row) => row.points.every((p) => p.outcome === 0));
  const detail = Data.block('detail');
  const number = [...Data.numbers(detail.nodes)].indexOf(node);
  const suites = number < 0 ? [] : detail.suites[number];
  const telemetry = Data.block('telemetry');
  const hasCurves = [...Data.numbers(telemetry.nodes)].includes(node);
  const hardware = nodeHardware(node);
  const attempts = nodeAttempts(node);
  const events = nodeEvents(node);
  const devicesOf = rows.filter((row) => row.points.length > 1 && row.points[0].cell >= 0);
  const next = (by) => (node + by + nodes.count) % nodes.count;
  return el('div', {class: 'node-page'},
      el('p', {class: 'back'}, el('a', {href: '#', id: 'back'}, '← All nodes'),
         el('span', {class: 'between'}, el('a', {href: nodeAddress(next(-1))}, '‹ previous'),
            el('a', {href: nodeAddress(next(1))}, 'next ›'))),
      el('h1', {tabindex: '-1', id: 'node-title', class: 'verdict ' + verdict},
         el('span', {class: 'sign ' + verdict, 'aria-hidden': 'true'}), told(nodes.name[node]),
         el('span', {class: 'word'}, VERDICT_WORDS[verdict])),
      facts([['place', told(placeText(node) || 'unknown')], ['SKU', told(nodes.sku.at(node))],
             ['vendor', told(nodes.vendor.at(node))], ['state', told(nodes.state.at(node))],
             ['devices', String(nodes.devices[node])]]),
      part('Findings', own.length === 0 ? el('p', {class: 'note'}, 'None.')
           : own.map((f) => findingBlock(f))),
      part('Suites', suites.length === 0 ? null : el('ul', {class: 'suites'}, suites.map(
          ([suite, v, cells, completed, judged]) => el('li', {}, told(suite), ' ',
              judged === 0 && v === 0
                  ? el('span', {class: 'badge none'}, completed === 0 ? 'NOT MEASURED' : 'NOT JUDGED')
                  : badge(VERDICTS[v]),
              el('span', {class: 'quiet'}, ` ${completed} of ${cells} completed, ${judged} judged`))))),
      part('Metrics against its cohort',
          el('p', {class: 'note'}, (rows.some((row) => row.m.better === 'none') ? 'Right is worse (or more). ' : 'Right is worse. ') +
              'Dark band: one spread about the median; light band: ' +
              'three; points beyond eight stand at the edge. ' + (detailed ? 'One point a device.'
                  : 'This node passed: of each metric its median and its worst device are kept here.')),
          rows.length === 0 ? el('p', {class: 'note'}, 'Nothing was measured on this node.') : table(
              ['Metric', '', {text: 'Worst', number: true}, {text: 'Off by', number: true},
               {text: 'Median', number: true}, {text: 'Spread', number: true}, 'Better … worse',
               ...(allDone ? [] : ['Not completed'])],
              rows.map((row) => allDone ? row.cells.slice(0, -1) : row.cells),
              {label: 'Metrics of the node'}),
          missing.length === 0 ? null : el('p', {class: 'note'}, 'No cell of this node in: ',
              told(missing.slice(0, 30).join(', ') + (missing.length > 30
                  ? ` and ${missing.length - 30} more` : ''))),
          devicesOf.length === 0 ? null : el('details', {class: 'more'},
              el('summary', {}, 'Every value, device by device'),
              table(['Metric', 'Where', {text: 'Value', number: true}, {text: 'Off by', number: true},
                     'Outcome', {text: 'Attempts', number: true}],
                    devicesOf.flatMap((row) => row.points.map((p) => [told(row.m.name), told(p.who),
                        Format.value(p.value, row.m.unit), Format.deviation(row.m, p.worse),
                        told(OUTCOMES[p.outcome] + (p.why ? ': ' + p.why : '')),
                        String(p.attempts)])), {label: 'Every value'}))),
      part('Attempts', attempts.length === 0 ? (detailed
              ? el('p', {class: 'note'}, 'Every cell was tried once.') : null)
          : table(['Metric', 'Device', {text: 'Attempt', number: true}, 'Outcome',
                   {text: 'Median', number: true}, 'Reason'], attempts, {label: 'Attempts'})),
      part('Earlier nights', nodeHistory(node, rows.map((row) => row.m))),
      part('Telemetry', !hasCurves ? null : telemetry.names.map((name, i) => {
        const lines = Data.block('sensor-' + i).lines;
        return lines.some((line) => line.node === node)
            ? [el('h3', {}, told(name)), sensorFigure(i, (n) => n === node, 240)] : null;
      }).flat()),
      part('Events', events.length === 0 ? null : table(
          ['After', 'Device', 'Severity', 'Code', 'Text'], events, {label: 'Events'})),
      part('Devices', nodeDevices(node)),
      part('Hardware, as hwcheck read it', hardware === null || hardware.length === 0
          ? el('p', {class: 'note'}, hardware === null ? 'Not kept in this page for this node; the run ' +
                'file has it.' : 'The run has no such facts.')
          : [el('p', {class: 'note'}, `${hardware.filter((f) => f.differs).length} of ` +
                `${Format.plural(hardware.length, 'fact')} differ from what most nodes say.`),
             hardwareTable(hardware)]));
}

function hardwareTable(rows) {
  const build = (list) => table(['Fact', 'Here', 'Most nodes'], list.map((f) => [
    el('code', {}, f.key), el('span', {class: f.differs ? 'differs' : null},
        f.differs ? '≠ ' : '', told(f.value || 'not known')),
    told(f.own ? 'its own' : f.most)]), {label: 'Hardware facts'});
  const differing = rows.filter((f) => f.differs);
  return [differing.length > 0 ? build(differing) : null,
          el('details', {class: 'more'}, el('summary', {}, 'All facts'), build(rows))];
}
