'use strict';
// Runs held against the first one: yield, metrics, differences, distributions, what was not
// compared, and what differs around them.

const COMPARISON = Blocks.block('comparison');

/** A, B, ... as columns and drawings call the runs. */
function letterOf(run) { return run < 26 ? String.fromCharCode(65 + run) : 'Run ' + (run + 1); }
function runName(run) { return `${letterOf(run)}: ${COMPARISON.runs[run].name}`; }

/** draw(body, metrics that are compared, [run, run], pair) for each pair, under its own title. */
function eachPair(body, draw) {
  COMPARISON.pairs.forEach((pair, i) => {
    if (COMPARISON.pairs.length > 1) {
      put(body, el('h3', {}, told(runName(i + 1)), ' against ', told(runName(0))));
    }
    const part = el('div', {class: 'pair-part', 'data-pair': i});
    put(body, part);
    const metrics = pair.metrics.filter((metric) => metric.refused === '');
    if (metrics.length === 0 && draw !== drawRefusedPair) {
      put(part, el('p', {class: 'note'}, 'Nothing could be compared: see Not compared.'));
      return;
    }
    draw(part, metrics, [0, i + 1], pair);
  });
}

function share(count, all) {
  return all === 0 ? 'no node' : Format.percent(count / all).replace('+', '');
}

function drawYield(body) {
  put(body, el('p', {class: 'note'}, 'Yield: the share of the nodes that pass, by one policy for all runs (',
      told(COMPARISON.policy), ').'),
      table(['Run', {text: 'Racks', number: true}, {text: 'Nodes', number: true},
             {text: 'Devices', number: true}, ...VERDICTS.map((v) => ({text: VERDICT_WORDS[v], number: true})),
             {text: 'Yield', number: true}, 'Proportions', 'Started', 'Complete'],
            COMPARISON.runs.map((run, i) => [told(runName(i)), run.racks === 0 ? 'not known' :
                Format.count(run.racks), Format.count(run.nodes), Format.count(run.devices),
              ...VERDICTS.map((v) => Format.count(run.verdicts[v])),
              share(run.verdicts.pass, run.judged), proportions(run.verdicts),
              told(run.started || 'not known'), run.complete ? 'yes' : 'no']),
            {label: 'Runs and yield'}));
}

const METRIC_COLUMNS = {
  name: (metric) => metric.name,
  standing: (metric) => Object.keys(STANDINGS).indexOf(metric.standing),
  difference: (metric) => Math.abs(metric.difference),
  effect: (metric) => metric.effect ?? -Infinity,
};

function sortedMetrics(metrics, state) {
  const of = METRIC_COLUMNS[state.sort];
  const compare = new Intl.Collator('en', {numeric: true}).compare;
  const sign = state.down ? -1 : 1;
  return [...metrics].sort((x, y) => sign * (state.sort === 'name' ? compare(of(x), of(y)) : of(x) - of(y)));
}

function metricCells(metric) {
  return [told(metric.name), standingBadge(metric.standing), Format.value(metric.a.median, metric.unit),
          Format.value(metric.b.median, metric.unit), distanceText(metric, metric.difference),
          told(intervalText(metric)), metric.effect === null ? 'not known' :
              `${metric.effect > 0 ? '+' : ''}${metric.effect.toFixed(2)} (${metric.effect_size})`,
          metric.better === 'none' ? 'neither' : metric.better, told(metric.note || '–')];
}

function drawMetricsOfPair(part, metrics, runs) {
  const [a, b] = runs.map(letterOf);
  const state = {sort: 'standing', down: false};
  const columns = [['name', 'Metric'], ['standing', `${b} is`], [null, `Median of ${a}`],
                   [null, `Median of ${b}`], ['difference', 'Difference'], [null, '95 % interval'],
                   ['effect', 'Effect'], [null, 'Better'], [null, 'Note']];
  const holder = el('div');
  const draw = () => refill(holder, el('div', {class: 'scroll', tabindex: '0', role: 'group',
      'aria-label': 'Metrics'}, el('table', {class: 'compared'},
          el('thead', {}, sortHead(columns, state, (name) => name !== 'name' && name !== 'standing', draw,
                                   holder)),
          el('tbody', {}, sortedMetrics(metrics, state).map((metric) => el('tr', {},
              metricCells(metric).map((cell) => el('td', {}, cell))))))));
  put(part, holder);
  draw();
}

function drawMetrics(body) {
  put(body, el('p', {class: 'note'}, 'The difference is that of the medians over the targets, with its 95 % ' +
      'interval by drawing whole racks (else nodes) again and again. ▲ better and ▼ worse: the interval ' +
      'leaves 0 out; = no difference shown: it holds 0; ? not known: there is none. Of twenty metrics that ' +
      'do not differ, one is expected to leave 0 out by chance. Effect is Cliff’s delta: the chance that a ' +
      'target of the second is better, less the chance that it is worse.'));
  eachPair(body, drawMetricsOfPair);
}

function drawForest(body) {
  eachPair(body, (part, metrics, runs) => put(part,
      el('p', {class: 'note'}, '■ and its line are a difference and its 95 % interval; ◇ stands for what ' +
          'has no interval, or no direction (then right is higher). A line without an end goes on beyond ' +
          'the edge.'),
      forestPlot(metrics, runs.map(letterOf))));
}

function distributionPanel(metric, runs) {
  const names = runs.map(runName);
  return el('div', {class: 'metric-panel'}, el('h4', {}, told(metric.name)),
      Chart.figure(280, `Share of the targets at or below each value of ${metric.name}`,
                   (colours) => sharesOption(metric, names, colours)),
      table(['Run', {text: 'Targets', number: true}, {text: 'Missing', number: true},
             {text: 'Left out', number: true}, {text: 'Median', number: true},
             {text: 'Spread', number: true}, {text: '98 % within', number: true}, 'Worst 1 %', 'Least … most'],
            [populationRow(metric, metric.a, names[0]), populationRow(metric, metric.b, names[1])],
            {label: 'Both runs in numbers'}));
}

function drawDistributionsOfPair(part, metrics, runs) {
  const letters = runs.map(letterOf);
  const holder = el('div');
  const show = (metric) => {
    refill(holder, distributionPanel(metric, runs));
    for (const button of part.querySelectorAll('.pick')) {
      button.setAttribute('aria-pressed', String(button.textContent === metric.name));
    }
  };
  const width = (metric, each, what) => Format.spread(each[what], each.median, metric.unit);
  put(part, holder, table(['Metric', `${letters[0]} above, ${letters[1]} below`,
      ...letters.map((letter) => ({text: `Spread of ${letter}`, number: true})),
      ...letters.map((letter) => ({text: `98 % of ${letter} within`, number: true}))],
      metrics.map((metric) => [el('button', {type: 'button', class: 'pick', onclick: () => {
        show(metric);
        holder.scrollIntoView({block: 'nearest'});
      }}, told(metric.name)), populationStrip(metric, letters),
        width(metric, metric.a, 'spread'), width(metric, metric.b, 'spread'),
        width(metric, metric.a, 'band'), width(metric, metric.b, 'band')]), {label: 'Distributions'}));
  show(metrics[0]);
}

function drawDistributions(body) {
  put(body, el('p', {class: 'note'}, 'Uniformity: the spread (robust, 1.48 MAD) and the width of the band ' +
      'that holds the middle 98 % of the targets, both against the median. Strips: the line from 1 to 99 %, ' +
      'the box the middle half, the bar the median. Choose a metric to see all of it.'));
  eachPair(body, drawDistributionsOfPair);
}

function drawRefusedPair(part, metrics, runs, pair) {
  const refused = pair.metrics.filter((metric) => metric.refused !== '')
      .map((metric) => [told(metric.name), told(metric.refused)]);
  if (pair.no_energy) refused.push(['energy per operation', told(pair.no_energy)]);
  put(part, refused.length === 0 ? el('p', {class: 'note'}, 'Every metric of both runs was compared.')
      : table(['Metric', 'Reason'], refused, {label: 'Not compared'}));
}

function factText(fact) {
  if (fact === null) return 'not said';
  const [value, holders, known] = fact;
  return told(value + (holders < known ? ` (${Format.count(holders)} of ${Format.count(known)})` : ''));
}

function drawDifferingFacts(body) {
  const {list, left_out: leftOut} = COMPARISON.facts;
  put(body, el('p', {class: 'note'}, 'What the run files say of themselves, of environment, devices and ' +
      'libraries, and what hwcheck read, where it is not the same; what most nodes or devices of a run say. ' +
      'What no run file says is not known to be the same.'),
      list.length === 0 ? el('p', {}, 'Nothing of what the run files say differs.')
          : table(['', ...COMPARISON.runs.map((_, i) => ({text: letterOf(i)}))],
                  list.map((fact) => [told(fact.name), ...fact.of_run.map(factText)]),
                  {label: 'What differs around the runs'}),
      leftOut > 0 ? el('p', {class: 'note'}, `${Format.count(leftOut)} more had no room.`) : null);
}

function drawAboutComparison(body) {
  put(body, el('h3', {}, 'How to read it'), el('ul', {},
      el('li', {}, 'A metric is compared if unit, scope, direction, definition, parameters, algorithm, ' +
          'transport and clocks policy agree; what is not alike stands under Not compared with the reason. Targets that ' +
          'were measured otherwise than most of their run are left out, and counted.'),
      el('li', {}, 'GPUs of a node share its air, and nodes of a rack their coolant. So whole racks are ' +
          'drawn, or nodes where there are fewer than 20 racks; with fewer than 20 nodes there is no interval.'),
      el('li', {}, 'Energy per operation is a device’s power divided by its rate in a burn-in, where both ' +
          'were read.'),
      el('li', {}, 'Drawn are 101 quantiles of each run and metric, as 32-bit floats; the run files have ' +
          'everything.'),
      el('li', {}, 'Nothing is fetched: the page works without a network, and its content security policy ' +
          'forbids it to ask for anything.')), Page.licences());
}

function drawComparisonOverview() {
  const all = COMPARISON.pairs.flatMap((pair) => pair.metrics);
  const refused = all.filter((metric) => metric.refused !== '').length;
  const count = (standing) => all.filter((metric) => metric.standing === standing).length;
  put(document.getElementById('overview'), facts([
    ...COMPARISON.runs.map((run, i) => [letterOf(i), [told(run.name),
        ` – ${run.racks === 0 ? 'racks not known' : Format.plural(run.racks, 'rack')}, ` +
        `${Format.plural(run.nodes, 'node')}, ${Format.plural(run.devices, 'device')}; ` +
        `yield ${share(run.verdicts.pass, run.judged)}`]]),
    ['metrics compared', Format.count(all.length - refused)],
    ...['better', 'worse', 'no difference shown', 'not known'].map((standing) =>
      [standing, Format.count(count(standing))]),
    ['not compared', Format.count(refused)]]));
}

function startComparison() {
  drawComparisonOverview();
  Page.build([
    ['yield', 'Runs and yield', drawYield, true, 'Yield'],
    ['metrics', 'Metrics', drawMetrics, true, 'Metrics'],
    ['forest', 'Differences with their intervals', drawForest, true, 'Differences'],
    ['distributions', 'Distributions', drawDistributions, false, 'Distributions'],
    ['refused', 'Not compared', (body) => eachPair(body, drawRefusedPair), true, 'Not compared'],
    ['facts', 'What differs around the runs', drawDifferingFacts, false, 'Environment'],
    ['about', 'About this page', drawAboutComparison, false, 'About'],
  ], document.getElementById('main'));
  const route = () => Page.show(location.hash.slice(1));
  route();
  window.addEventListener('hashchange', route);
  Page.ready();
}

startComparison();
