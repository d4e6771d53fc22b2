'use strict';
// A forest plot: each metric's difference with its interval, on one scale for all that are of one
// kind, right of the line where the second run is better.

/** On which side of the line what is larger lies. */
function sideOf(metric) { return metric.better === 'lower' ? -1 : 1; }

/** Difference and interval as they are drawn: [low, middle, high], the ends null without one. */
function drawnDifference(metric) {
  const side = sideOf(metric);
  if (!metric.interval) return [null, side * metric.difference, null];
  const ends = [side * metric.interval.low, side * metric.interval.high].sort((a, b) => a - b);
  return [ends[0], side * metric.difference, ends[1]];
}

const STANDINGS = {better: ['better', '▲'], worse: ['worse', '▼'], higher: ['other', '◆'],
                   lower: ['other', '◆'], 'no difference shown': ['like', '='],
                   'not known': ['none', '?']};

/** Better, worse, … as sign and word. */
function standingBadge(standing) {
  const [kind, sign] = STANDINGS[standing];
  return el('span', {class: 'standing ' + kind},
            el('span', {'aria-hidden': 'true', class: 'standing-sign'}, sign), standing);
}

function distanceText(metric, distance) {
  if (metric.relative) return Format.percent(distance);
  const sign = distance > 0 ? '+' : '';
  return sign + (metric.unit === 'degC' ? String(+distance.toPrecision(2)).replace('-', '−') + ' K'
                                        : Format.value(distance, metric.unit));
}

function intervalText(metric) {
  if (!metric.interval) return 'none: ' + metric.no_interval;
  const {low, high, by, units_a, units_b} = metric.interval;
  return `${distanceText(metric, low)} to ${distanceText(metric, high)} ` +
      `(by ${Format.count(units_a)} and ${Format.count(units_b)} ${by})`;
}

/** One line of the plot; `reach` is half of the scale. */
function forestStrip(metric, reach) {
  const width = 300;
  const x = (value) => width / 2 + Math.max(-reach, Math.min(reach, value)) / reach * (width / 2 - 8);
  const [low, middle, high] = drawnDifference(metric);
  const [kind] = STANDINGS[metric.standing];
  const picture = svg('svg', {class: 'strip forest', viewBox: `0 0 ${width} 24`, width, height: 24,
                              role: 'img', 'aria-label': `${distanceText(metric, metric.difference)}; ` +
                                  `95 % interval ${intervalText(metric)}`});
  picture.append(svg('line', {class: 'centre', x1: x(0), x2: x(0), y1: 0, y2: 24}));
  if (low !== null) {
    picture.append(svg('line', {class: 'whisker', x1: x(low), x2: x(high), y1: 12, y2: 12}));
    for (const end of [low, high]) {
      if (Math.abs(end) <= reach) {
        picture.append(svg('line', {class: 'whisker', x1: x(end), x2: x(end), y1: 3, y2: 21}));
      }
    }
  }
  const at = x(middle);
  picture.append(kind === 'other' || kind === 'none'
      ? svg('path', {class: 'point hollow', d: `M${at},7 l5,5 -5,5 -5,-5 z`})
      : svg('rect', {class: 'point ' + kind, x: at - 4, y: 8, width: 8, height: 8}));
  return picture;
}

/** What can stand on one scale: relative differences, and absolute ones of one unit. */
function forestGroups(metrics) {
  const groups = new Map();
  for (const metric of metrics) {
    const name = metric.relative ? 'Relative to the median' : metric.unit === 'degC'
        ? 'In kelvin' : 'In ' + (metric.unit === '1' ? 'counts or shares' : metric.unit);
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(metric);
  }
  return groups;
}

function forestPlot(metrics, names) {
  return [...forestGroups(metrics)].map(([name, group]) => {
    const ends = group.flatMap(drawnDifference).filter((v) => v !== null).map(Math.abs);
    // One that is far out does not press all others onto the line.
    const sizes = ends.sort((a, b) => a - b);
    const usual = sizes[Math.floor(0.9 * (sizes.length - 1))];
    const reach = Math.min(sizes[sizes.length - 1], 4 * usual) * 1.05 || 1;
    const edge = distanceText(group[0], reach).replace('+', '');
    return [el('h4', {}, name + `: the edges are at ${edge} either way`), table(
        ['Metric', {text: [told(names[0]), ' is better ◂ | ▸ ', told(names[1]), ' is better']},
         {text: 'Difference', number: true}, '95 % interval'],
        group.map((metric) => [told(metric.name), forestStrip(metric, reach),
                               distanceText(metric, metric.difference), told(intervalText(metric))]),
        {label: 'Differences with intervals'})];
  });
}
