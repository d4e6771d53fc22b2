'use strict';
// The values of two runs in one metric: as strips in a table, and drawn as the share of the targets
// that are at or below a value.

/** What is shown of both: 100 parts are enough for it, however many targets there are. */
function quantilesOf(metric) {
  return [metric.a, metric.b].map((each) =>
    each.quantiles === null ? null : Blocks.numbers(each.quantiles));
}

/** From where to where both are drawn: their middle 98 % and as much again on either side. */
function rangeOf(metric) {
  const known = quantilesOf(metric).filter((q) => q !== null);
  const low = Math.min(...known.map((q) => q[1]));
  const high = Math.max(...known.map((q) => q[99]));
  const reach = high - low || Math.abs(high) * 0.001 || 1;
  return [Math.max(low - reach, Math.min(...known.map((q) => q[0]))) - reach * 0.02,
          Math.min(high + reach, Math.max(...known.map((q) => q[100]))) + reach * 0.02];
}

/** A line a run: 1 to 99 %, the middle half as a box, the median as a bar, beside the run's letter. */
function populationStrip(metric, letters) {
  const width = 220;
  const [low, high] = rangeOf(metric);
  const x = (value) => 18 + (Math.max(low, Math.min(high, value)) - low) / (high - low) * (width - 24);
  const both = quantilesOf(metric);
  const said = both.map((q, i) => q === null ? `${letters[i]}: no value` : `${letters[i]}: ` +
      [1, 25, 50, 75, 99].map((part) => `${part} % ${Format.value(q[part], metric.unit)}`).join(', '));
  const picture = svg('svg', {class: 'strip', viewBox: `0 0 ${width} 38`, width, height: 38,
                              role: 'img', 'aria-label': said.join('; ')});
  both.forEach((q, i) => {
    if (q === null) return;
    const y = 9 + 20 * i;
    const letter = svg('text', {x: 2, y: y + 4});
    letter.textContent = letters[i];
    picture.append(letter,
        svg('line', {class: 'whisker', x1: x(q[1]), x2: x(q[99]), y1: y, y2: y}),
        svg('rect', {class: i === 0 ? 'box first' : 'box second', x: x(q[25]), y: y - 6,
                     width: Math.max(1, x(q[75]) - x(q[25])), height: 12}),
        svg('line', {class: 'middle', x1: x(q[50]), x2: x(q[50]), y1: y - 8, y2: y + 8}));
  });
  return picture;
}

/** The share of each run's targets at or below a value. */
function sharesOption(metric, names, colours) {
  const axis = Format.axis((metric.b.median ?? metric.a.median) || 1, metric.unit);
  const [low, high] = rangeOf(metric);
  const looks = [{color: Theme.colour('line-b'), width: 2.5, type: 'solid'},
                 {color: Theme.colour('worse'), width: 2.5, type: 'dashed'}];
  return {
    grid: {left: 60, right: 24, top: 40, bottom: 48},
    legend: {top: 0, textStyle: {color: colours.text}, itemWidth: 40},
    tooltip: Chart.tooltip(colours, (p) =>
      `${p.seriesName}: ${+p.value[1].toFixed(0)} % at or below ${p.data.about}`),
    xAxis: {...colours.axis, type: 'value', name: axis.name, nameLocation: 'middle', nameGap: 28,
            min: axis.number(low), max: axis.number(high),
            axisLabel: {...colours.axis.axisLabel, formatter: (v) => String(+v.toPrecision(5)),
                        showMinLabel: false, showMaxLabel: false}},
    yAxis: {...colours.axis, type: 'value', name: '% of targets', min: 0, max: 100},
    series: quantilesOf(metric).flatMap((q, i) => q === null ? [] : [{
      type: 'line', name: names[i], symbol: i === 0 ? 'circle' : 'emptyTriangle', symbolSize: 5,
      showAllSymbol: true, lineStyle: looks[i], itemStyle: {color: looks[i].color},
      data: [...q].map((v, part) => ({value: [axis.number(v), part],
                                      about: Format.value(v, metric.unit)})),
    }]),
  };
}

/** In numbers: one line a run. */
function populationRow(metric, each, name) {
  const q = each.quantiles === null ? null : Blocks.numbers(each.quantiles);
  const value = (part) => q === null ? 'no value' : Format.value(q[part], metric.unit);
  const worst = metric.better === 'none' ? 'neither way' : metric.better === 'higher'
      ? value(1) + ' or less' : value(99) + ' or more';
  const width = (w) => Format.spread(w, each.median, metric.unit);
  return [told(name), Format.count(each.targets), Format.count(each.missing), Format.count(each.left_out),
          each.median === null ? 'no value' : Format.value(each.median, metric.unit), width(each.spread),
          width(each.band), q === null ? 'no value' : worst,
          q === null ? 'no value' : `${value(0)} … ${value(100)}`];
}
