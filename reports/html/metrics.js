'use strict';
// Distributions: every metric's cohorts in numbers, and one of them drawn, with its limits and the
// nodes that did not pass.

function cohortName(cohort) {
  return [cohort.sku, cohort.way].filter((text) => text).join(' · ') || 'all';
}

function limitText(m) {
  return m.limits.map((limit) => [
    limit.min === null ? '' : 'at least ' + Format.value(limit.min, m.unit),
    limit.max === null ? '' : 'at most ' + Format.value(limit.max, m.unit)].filter((t) => t)
        .join(', ') + (limit.provisional ? ` (provisional, from ${limit.source})` :
                           limit.source ? ` (${limit.source})` : '')).join('; ');
}

/** Values of what did not pass in this metric: [value, node, device, verdict]. */
function flaggedValues(m) {
  const nodes = Data.allNodes();
  const flagged = new Map();
  for (const finding of Data.findings()) {
    if (finding.metric !== m.name || !finding.node || finding.waived) continue;
    const node = nodes.index.get(finding.node);
    if (node === undefined) continue;
    const key = node + '/' + (finding.device ?? '');
    const verdict = VERDICTS.indexOf(finding.verdict);
    flagged.set(key, Math.max(flagged.get(key) ?? 0, verdict));
  }
  const points = [];
  const d = m.detail;
  for (let c = 0; c < d.size; ++c) {
    const of = Math.max(flagged.get(d.node[c] + '/' + d.device[c]) ?? -1,
                        flagged.get(d.node[c] + '/') ?? -1);
    if (of >= 0 && Number.isFinite(d.value[c])) {
      points.push({value: d.value[c], node: d.node[c], device: d.device[c],
                   verdict: VERDICTS[of]});
    }
  }
  return points;
}

const POINT_SYMBOLS = {fail: 'path://M4,0 L10,6 16,0 20,4 14,10 20,16 16,20 10,14 4,20 0,16 6,10 0,4 z',
                       no_data: 'diamond', watch: 'triangle', pass: 'circle'};

/** Histogram of one cohort; limits as lines; what did not pass as points on top. */
function distributionOption(m, cohort, colours) {
  const h = cohort.histogram;
  const width = (h.high - h.low) / h.counts.length;
  const axis = Format.axis(cohort.median, m.unit);
  const bars = [[axis.number(h.low - width / 2), 0],
                ...h.counts.map((n, i) => [axis.number(h.low + (i + 0.5) * width), n]),
                [axis.number(h.high + width / 2), 0]];
  const most = Math.max(...h.counts, 1);
  const points = flaggedValues(m);
  const values = points.map((p) => p.value);
  const limits = m.limits.flatMap((l) => [l.min, l.max]).filter((v) => v !== null);
  const low = Math.min(h.low, ...values, ...limits);
  const high = Math.max(h.high, ...values, ...limits);
  const margin = (high - low) * 0.02 || width;
  const marks = [{xAxis: axis.number(cohort.median), name: 'median',
                  lineStyle: {color: colours.text, type: 'solid', width: 1.5}}];
  for (const limit of m.limits) {
    for (const [side, v] of [['minimum', limit.min], ['maximum', limit.max]]) {
      if (v !== null) {
        marks.push({xAxis: axis.number(v), name: side,
                    lineStyle: {color: Theme.colour('fail'), type: 'dashed', width: 2}});
      }
    }
  }
  const names = Data.allNodes().name;
  const label = (p) => names[p.node] + (p.device >= 0 ? ' device ' + p.device : '');
  return {
    grid: {left: 56, right: 24, top: 30, bottom: 48},
    tooltip: Chart.tooltip(colours, (p) => p.data && p.data.about ? p.data.about : p.name),
    xAxis: {...colours.axis, type: 'value', name: axis.name, nameLocation: 'middle', nameGap: 28,
            min: axis.number(low - margin), max: axis.number(high + margin),
            axisLabel: {...colours.axis.axisLabel, formatter: (v) => String(+v.toPrecision(6)),
                        showMinLabel: false, showMaxLabel: false}},
    yAxis: {...colours.axis, type: 'value', name: 'targets', minInterval: 1,
            max: Math.ceil(most * 1.25), axisLabel: {...colours.axis.axisLabel, showMaxLabel: false}},
    series: [
      // Steps, not bars: on an axis of values a bar's width is not that of its bin.
      {type: 'line', step: 'middle', data: bars, symbol: 'none', silent: true,
       lineStyle: {color: Theme.colour('bar'), width: 1},
       areaStyle: {color: Theme.colour('bar'), opacity: 0.75},
       markLine: {symbol: 'none', silent: true, data: marks,
                  label: {color: colours.quiet, formatter: (p) => p.name, fontSize: 11}}},
      ...['watch', 'no_data', 'fail'].map((verdict) => ({
        type: 'scatter', name: VERDICT_WORDS[verdict], symbol: POINT_SYMBOLS[verdict], symbolSize: 11,
        itemStyle: {color: Theme.colour(verdict), opacity: 1},
        data: points.filter((p) => p.verdict === verdict).map((p, i) => ({
          value: [axis.number(p.value), most * (1.06 + 0.12 * (i % 2))], node: p.node,
          about: `${label(p)}: ${Format.value(p.value, m.unit)} ` +
              `(${Format.deviation(m, Data.worse(m, cohort, p.value))})`,
        })),
      })),
    ],
  };
}

function metricPanel(i) {
  const m = Data.metric(i);
  const panel = el('div', {class: 'metric-panel'});
  put(panel, el('h3', {id: 'metric-title'}, told(m.name)),
      m.definition ? el('p', {class: 'note'}, told(m.definition)) : null,
      facts([['suite', told(m.suite)], ['measured on', m.scope.replace('_', ' ')],
             ['better', m.better === 'none' ? 'neither' : m.better],
             ['repetitions', String(m.repetitions)],
             ['limits', m.limits.length ? told(limitText(m)) : 'none'],
             ['parameters', m.parameters === '{}' ? null : el('code', {}, m.parameters)]]));
  if (m.cohorts.length === 0) {
    put(panel, el('p', {class: 'note'}, 'No target gave a number: see Coverage.'));
    return panel;
  }
  const largest = [...m.cohorts].sort((a, b) => b.size - a.size);
  for (const cohort of largest.slice(0, 6)) {
    const outside = cohort.histogram.below + cohort.histogram.above;
    put(panel,
        el('h4', {}, told(cohortName(cohort)), ` – ${Format.plural(cohort.size, 'target')}, median ` +
            `${Format.value(cohort.median, m.unit)}, spread ${Format.spread(cohort.spread, cohort.median, m.unit)}`),
        Chart.figure(260, `Distribution of ${m.name}: ${Format.count(cohort.size)} targets, median ` +
            Format.value(cohort.median, m.unit), (colours) => distributionOption(m, cohort, colours)),
        outside > 0 ? el('p', {class: 'note'}, `${Format.plural(outside, 'target')} beyond the bars: ` +
            `from ${Format.value(cohort.parts[0], m.unit)} to ${Format.value(cohort.parts[7], m.unit)}.`)
                    : null);
  }
  if (largest.length > 6) {
    put(panel, el('p', {class: 'note'}, `${largest.length - 6} smaller cohorts are in the table alone.`));
  }
  const flagged = flaggedValues(m);
  if (flagged.length > 0) {
    put(panel, el('p', {class: 'flagged'}, 'Did not pass in it: ',
        flagged.slice(0, 40).flatMap((p, k) => [k ? ', ' : null, nodeLink(p.node),
            p.device >= 0 ? ` device ${p.device}` : '', ` (${Format.value(p.value, m.unit)})`]),
        flagged.length > 40 ? ` and ${flagged.length - 40} more` : null));
  }
  return panel;
}

function drawMetrics(body) {
  const all = Data.summaries();
  if (all.length === 0) { put(body, el('p', {class: 'note'}, 'The run has no metrics.')); return; }
  const holder = el('div', {'aria-live': 'off'});
  let chosen = 0;
  let text = '';
  const worstIn = new Map();
  for (const finding of Data.findings()) {
    if (finding.waived || !finding.metric) continue;
    const v = VERDICTS.indexOf(finding.verdict);
    worstIn.set(finding.metric, Math.max(worstIn.get(finding.metric) ?? 0, v));
  }
  const first = all.findIndex((m) => worstIn.get(m.name) === 3);
  if (first >= 0) chosen = first;
  const show = (i, scroll) => {
    chosen = i;
    refill(holder, metricPanel(i));
    for (const row of list.querySelectorAll('button')) {
      row.setAttribute('aria-pressed', String(row.dataset.metric === String(i)));
    }
    if (scroll) holder.scrollIntoView({block: 'nearest'});
  };
  const list = el('div');
  const draw = () => {
    const rows = [];
    all.forEach((m, i) => {
      if (text && !`${m.name} ${m.suite}`.toLowerCase().includes(text)) return;
      const pick = el('button', {type: 'button', class: 'pick', 'data-metric': i,
                                 'aria-pressed': String(i === chosen),
                                 onclick: () => show(i, true)}, told(m.name));
      const worst = worstIn.get(m.name);
      const mark = worst ? badge(VERDICTS[worst]) : '';
      if (m.cohorts.length === 0) {
        rows.push([pick, mark, 'no number', '', '', '', '', limitText(m) || 'none']);
        return;
      }
      m.cohorts.forEach((cohort, k) => {
        const v = (x) => Format.value(x, m.unit);
        rows.push([k === 0 ? pick : '', k === 0 ? mark : '', told(cohortName(cohort)),
                   Format.count(cohort.size), v(cohort.median), Format.spread(cohort.spread, cohort.median, m.unit),
                   `${v(cohort.parts[0])} … ${v(cohort.parts[7])}`,
                   k === 0 ? told(limitText(m) || 'none') : '']);
      });
    });
    refill(list, table(['Metric', 'Findings', 'Cohort', {text: 'Targets', number: true},
                        {text: 'Median', number: true}, {text: 'Spread', number: true},
                        {text: 'Least … most', number: true}, 'Limits'], rows,
                       {label: 'All metrics'}));
  };
  const search = el('input', {type: 'search', placeholder: 'metric or suite', oninput: () =>
    whenTyped(() => { text = search.value.trim().toLowerCase(); draw(); })});
  put(body,
      el('p', {class: 'note'}, 'A cohort is what may be compared: one metric, one SKU, measured in one ' +
          'way. Spread is the robust standard deviation (1.48 MAD). Choose a metric to see its distribution.'),
      holder, el('div', {class: 'controls'}, el('label', {class: 'field'},
          el('span', {}, 'Find'), search)), list);
  draw();
  show(chosen);
}
