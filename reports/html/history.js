'use strict';
// What was measured on a node on earlier nights, beside the middle of its kind.

const FIGURES_AT_ONCE = 4;

function hasHistory(node) { return [...Data.numbers(Data.block('history').nodes)].includes(node); }

/** One metric of a node, night by night. */
function pastOption(m, past, lines, colours) {
  const nights = Data.block('history').nights.map((started) => started.slice(0, 10));
  const usual = Data.numbers(past.usual[lines[0].usual]);
  const typical = usual.find((v) => Number.isFinite(v) && v !== 0) || 1;
  const axis = Format.axis(typical, m.unit);
  const points = (values) => Array.from(values, (v) => Number.isFinite(v) ? axis.number(v) : null);
  const palette = ['line-b', 'fail', 'line-c', 'line-d'];
  const named = lines.map((line) => line.device >= 0 ? 'device ' + line.device : 'this node');
  return {
    grid: {left: 64, right: 24, top: 36, bottom: 28},
    legend: {type: 'scroll', top: 0, textStyle: {color: colours.text},
             data: ['median of its kind', ...named]},
    tooltip: {...Chart.tooltip(colours, undefined, 'axis'),
              valueFormatter: (v) => v === null || v === undefined ? 'no value'
                  : String(+Number(v).toPrecision(4)) + ' ' + axis.name},
    xAxis: {...colours.axis, type: 'category', data: nights},
    yAxis: {...colours.axis, type: 'value', name: axis.name, scale: true},
    series: [
      ...lines.map((line, i) => {
        const color = Theme.colour(palette[i % 4]);
        return {type: 'line', name: named[i], data: points(Data.numbers(line.values)),
                symbolSize: 4, connectNulls: false, itemStyle: {color},
                lineStyle: {color, width: 1.6, type: i < 4 ? 'solid' : 'dashed'}};
      }),
      {type: 'line', name: 'median of its kind', data: points(usual), symbol: 'none',
       connectNulls: false, itemStyle: {color: colours.text},
       lineStyle: {width: 2.5, color: colours.text}},
    ],
  };
}

/** "gemm.bf16: device 3 went from 702 TFLOP/s to 655 TFLOP/s": the line that moved furthest. */
function pastLabel(m, lines) {
  let text = m.name;
  let furthest = -1;
  for (const line of lines) {
    const known = [...Data.numbers(line.values)].filter((v) => Number.isFinite(v));
    if (known.length < 2) continue;
    const [first, last] = [known[0], known[known.length - 1]];
    const moved = Math.abs(last - first) / Math.max(Math.abs(first), Number.MIN_VALUE);
    if (moved <= furthest) continue;
    furthest = moved;
    text = `${m.name}: ${line.device >= 0 ? 'device ' + line.device + ' ' : ''}went from ` +
        `${Format.value(first, m.unit)} to ${Format.value(last, m.unit)}`;
  }
  return text;
}

/** A figure for each metric of `metrics` that has a past, the first few at once. */
function nodeHistory(node, metrics) {
  const history = Data.block('history');
  if (history.nights.length === 0) return null;
  if (!hasHistory(node)) {
    return el('p', {class: 'note'}, 'Earlier nights are kept in this page for nodes that did not pass' +
        (history.left_out > 0 ? `, as far as there is room (${Format.count(history.left_out)} had none)` : '') +
        '; `rackproof history` shows any node.');
  }
  const found = [];
  for (const m of metrics) {
    const past = Data.block('past-' + m.number);
    const lines = past ? past.lines.filter((line) => line.node === node) : [];
    if (lines.length > 0) found.push({m, past, lines});
  }
  if (found.length === 0) return el('p', {class: 'note'}, 'No number above 0 tonight, so no line.');
  const figure = ({m, past, lines}) => [
    el('h3', {}, told(m.name)),
    Chart.figure(200, pastLabel(m, lines), (colours) => pastOption(m, past, lines, colours))];
  const rest = found.slice(FIGURES_AT_ONCE);
  const more = rest.length === 0 ? null : el('details', {class: 'more'},
      el('summary', {}, `${Format.plural(rest.length, 'metric')} more`));
  if (more) {
    more.addEventListener('toggle', () => { for (const each of rest) put(more, ...figure(each)); },
                          {once: true});
  }
  return [el('p', {class: 'note'}, `${Format.plural(history.nights.length, 'night')}, this run's last. The ` +
      'thick line is the median of the same sku; where all moved together, it moved too.'),
          ...found.slice(0, FIGURES_AT_ONCE).flatMap(figure), more];
}
