'use strict';
// Burn-in curves, coverage, sensitivity, waivers, environment and plan, and about this page.

/** {low, middle, high} of a sensor's band, and its lines; times in the unit of `axisTime`. */
function sensorOption(sensor, nodeFilter, colours) {
  const telemetry = Data.block('telemetry');
  const times = Data.numbers(telemetry.times);
  const span = times.length ? times[times.length - 1] - times[0] : 0;
  const [unit, by] = span > 7200 ? ['h', 3600] : span > 180 ? ['min', 60] : ['s', 1];
  const names = Data.allNodes().name;
  const middle = Data.numbers(sensor.band.middle);
  const typical = middle.find((v) => Number.isFinite(v) && v !== 0) || 1;
  const axis = Format.axis(typical, sensor.unit);
  const bandTimes = telemetry.slices === 0 ? times :
      Float32Array.from(middle, (_, i) => (times[2 * i] + times[2 * i + 1]) / 2);
  const points = (values, at) => {
    const line = [];
    for (let i = 0; i < values.length; ++i) {
      if (Number.isFinite(values[i])) line.push([at[i] / by, axis.number(values[i])]);
    }
    return withGaps(line);
  };
  const low = Data.numbers(sensor.band.low);
  const high = Data.numbers(sensor.band.high);
  const lines = sensor.lines.filter((line) => nodeFilter(line.node));
  const few = lines.length <= 8;
  const palette = ['line-b', 'fail', 'line-c', 'line-d'];
  const verdicts = Data.allNodes().verdict;
  const look = (line, i) => few
      ? {color: Theme.colour(palette[i % 4]), width: 1.6, type: i < 4 ? 'solid' : 'dashed'}
      : {color: Theme.colour(VERDICTS[verdicts[line.node]]), width: 1, opacity: 0.55};
  const edge = {width: 1, color: colours.quiet, type: 'dotted'};
  return {
    grid: {left: 60, right: 24, top: 40, bottom: 48},
    legend: few ? {type: 'scroll', top: 0, left: 90, textStyle: {color: colours.text},
                   data: ['median of all', ...lines.map((line) => lineName(line, names))]}
                : {show: false},
    tooltip: few
        ? {...Chart.tooltip(colours, undefined, 'axis'),
           valueFormatter: (v) => v === null || v === undefined ? '' :
               String(+Number(v).toPrecision(4)) + ' ' + axis.name}
        : Chart.tooltip(colours, (p) => p.seriesName),
    xAxis: {...colours.axis, type: 'value', name: `time since the run started (${unit})`,
            nameLocation: 'middle', nameGap: 28, min: 'dataMin', max: 'dataMax',
            axisLabel: {...colours.axis.axisLabel, showMinLabel: false, showMaxLabel: false,
                        formatter: (v) => String(+v.toPrecision(4))}},
    yAxis: {...colours.axis, type: 'value', name: axis.name, scale: true},
    series: [
      ...lines.map((line, i) => ({
        type: 'line', name: lineName(line, names), data: points(Data.numbers(line.values), times),
        symbol: 'none', connectNulls: false, itemStyle: {color: look(line, i).color},
        lineStyle: look(line, i), triggerLineEvent: true,
        emphasis: {lineStyle: {width: 3, opacity: 1}},
      })),
      ...[['90 % are below', high, edge], ['10 % are below', low, edge],
          ['median of all', middle, {width: 2.5, color: colours.text}]].map(([name, values, style]) => ({
        type: 'line', name, data: points(values, bandTimes), symbol: 'none', silent: true,
        connectNulls: false, itemStyle: {color: style.color}, lineStyle: style,
      })),
    ],
  };
}

function lineName(line, names) {
  return names[line.node] + (line.device >= 0 ? ' device ' + line.device : '');
}

/** A line is not drawn across a time in which nothing was read. */
function withGaps(line) {
  if (line.length < 3) return line;
  const steps = line.slice(1).map((p, i) => p[0] - line[i][0]).sort((a, b) => a - b);
  const usual = steps[Math.floor(steps.length / 2)];
  const result = [line[0]];
  for (let i = 1; i < line.length; ++i) {
    if (line[i][0] - line[i - 1][0] > 5 * usual) result.push([line[i - 1][0] + usual, null]);
    result.push(line[i]);
  }
  return result;
}

function sensorFigure(number, nodeFilter, height = 280) {
  const sensor = Data.block('sensor-' + number);
  return Chart.figure(height, `${sensor.name} over time`,
                      (colours) => sensorOption(sensor, nodeFilter, colours));
}

function drawCurves(body) {
  const telemetry = Data.block('telemetry');
  if (telemetry.names.length === 0) {
    put(body, el('p', {class: 'note'}, 'Nothing was read over time in this run (no sensors, or no ' +
        'burn-in stage).'));
    return;
  }
  const nodes = Data.numbers(telemetry.nodes);
  put(body, el('p', {class: 'note'}, `The thick line is the median of all, the dotted ones the edges ` +
      `between which 80 % of them lie; thin lines are the devices of ${Format.plural(nodes.length, 'node')} ` +
      `that did not pass` + (telemetry.left_out > 0 ? `; ${Format.count(telemetry.left_out)} more had no room` : '') +
      (telemetry.slices > 0 ? `. Each point is the least or the most of one of ${telemetry.slices} ` +
          'slices of time, so that no peak is lost.' : '.')));
  const holder = el('div');
  let node = '';
  const draw = () => refill(holder, telemetry.names.map((name, i) => [
    el('h3', {}, told(name)),
    sensorFigure(i, (n) => node === '' || n === Number(node))]));
  put(body, el('div', {class: 'controls'}, select('Lines of', [['', 'all that did not pass'],
      ...[...nodes].map((n) => [String(n), Data.allNodes().name[n]])], '', (value) => {
        node = value;
        draw();
      })), holder);
  draw();
}

function drawCoverage(body) {
  const run = Data.block('run');
  const coverage = run.coverage;
  const total = {};
  let cells = 0;
  for (const each of coverage) {
    cells += each.cells;
    for (const [name, n] of Object.entries(each.outcomes)) total[name] = (total[name] || 0) + n;
  }
  const judged = coverage.reduce((sum, each) => sum + each.judged, 0);
  put(body, el('p', {}, `${Format.plural(cells, 'cell')} = ` + Object.entries(total)
      .filter(([, n]) => n > 0).map(([name, n]) => `${Format.count(n)} ${name.replace('_', ' ')}`)
      .join(' + ') + `. ${Format.count(judged)} were held against peers or a limit; the others were not ` +
      'judged, and are no pass.'), noteList('Stages that were left out', run.stages_left_out));
  let all = false;
  let text = '';
  const holder = el('div');
  const draw = () => {
    const wanted = coverage.filter((each) => (all || each.not_judged || each.not_completed) &&
        (!text || `${each.metric} ${each.suite}`.toLowerCase().includes(text)));
    refill(holder, wanted.length === 0
        ? el('p', {class: 'note'}, 'Every cell completed and was judged.')
        : table(['Metric', {text: 'Cells', number: true}, {text: 'Completed', number: true},
                 {text: 'Judged', number: true}, 'Not completed', 'Not judged', 'Notes'],
                wanted.map((each) => [
                  [told(each.metric), each.required ? '' : el('span', {class: 'quiet'}, ' (optional)')],
                  Format.count(each.cells), Format.count(each.outcomes.completed),
                  Format.count(each.judged), told(each.not_completed || '–'), told(each.not_judged || '–'),
                  told([each.attempts > each.cells ?
                        Format.plural(each.attempts - each.cells, 'retest') : '', each.pairs || '',
                        each.gradient || ''].filter((t) => t).join('; '))]), {label: 'Coverage'}));
  };
  const box = el('input', {type: 'checkbox', onchange: () => { all = box.checked; draw(); }});
  const search = el('input', {type: 'search', placeholder: 'metric or suite', oninput: () =>
    whenTyped(() => { text = search.value.trim().toLowerCase(); draw(); })});
  put(body, el('div', {class: 'controls'},
      el('label', {class: 'chip'}, box, 'also what was measured and judged throughout'),
      el('label', {class: 'field'}, el('span', {}, 'Find'), search)), holder);
  draw();
}

function drawSensitivity(body) {
  const all = Data.block('run').sensitivity;
  const levels = ['device', 'node', 'link', 'group', 'rack', 'fleet'];
  const lines = new Map();
  for (const each of all) {
    if (!lines.has(each.metric)) lines.set(each.metric, {});
    if (!each.level) continue;
    const line = lines.get(each.metric);
    const known = line[each.level];
    const text = each.slowdown === null ? 'none' : each.unit === 'K' ? each.slowdown.toFixed(1) + ' K'
                                                 : (100 * each.slowdown).toFixed(1) + ' %';
    const size = each.slowdown ?? Infinity;
    if (!known || size > known.size) {
      line[each.level] = {size, text, blind: size > (each.unit === 'K' ? 10 : 0.05)};
    }
  }
  put(body, el('p', {class: 'note'}, 'The smallest slowdown of one place, in one metric alone, that ' +
      'would have failed nine times in ten. What is under it may be there and not be seen. ⚠ marks ' +
      'more than 5 % (temperatures: 10 K).'));
  const used = levels.filter((level) => [...lines.values()].some((line) => line[level]));
  put(body, lines.size === 0 ? el('p', {class: 'note'}, 'No metric has numbers and a direction.')
      : table(['Metric', ...used.map((level) => ({text: level, number: true}))],
              [...lines].map(([metric, line]) => [told(metric), ...used.map((level) =>
                line[level] ? (line[level].blind ? '⚠ ' : '') + line[level].text : '–')]),
              {label: 'Sensitivity'}));
}

function noteList(title, notes) {
  return notes.length === 0 ? null
      : [el('h3', {}, title), el('ul', {}, notes.map((note) => el('li', {}, told(note))))];
}

function drawNotes(body) {
  const run = Data.block('run');
  const waived = Data.findings().filter((finding) => finding.waived);
  if (waived.length > 0) {
    put(body, el('h3', {}, 'Waived findings'), waived.slice(0, 200).map((f) => findingBlock(f)));
  }
  put(body, noteList('Waivers that have expired or cover nothing', run.waiver_notes),
      noteList('Provisional: nobody has promised or proved it', run.provisional),
      noteList('Measured again after a repair', run.amendments),
      noteList('Earlier runs that it was held against', run.history));
  if (!body.hasChildNodes()) {
    put(body, el('p', {class: 'note'}, 'Nothing is waived, nothing was repaired, no limit is provisional, ' +
        'and no earlier run was asked.'));
  }
}

function drawEnvironment(body) {
  const run = Data.block('run');
  const policy = run.policy;
  const text = (part) => [part.text, part.left_out > 0 ? `\n… ${part.left_out} bytes more` : ''];
  put(body,
      el('h3', {}, 'Run'),
      facts([['run', el('code', {}, run.run_id)], ['plan', told(run.plan_name)],
             ['started', run.started], ['finished', run.finished || 'never'],
             ['launcher', told(run.launcher)], ['measured by rackproof', told(run.tool_version)],
             ['complete', run.complete ? 'yes' : 'no']]),
      run.environment.length ? [el('h3', {}, 'Environment'), table(['', ''],
          run.environment.map(([key, value]) => [told(key), el('code', {}, value)]),
          {label: 'Environment'})] : null,
      el('h3', {}, 'Policy'),
      facts([['name', told(policy.name)],
             ['a deviation matters from', Format.percent(policy.min_effect).replace('+', '') + ', ' +
              policy.min_effect_kelvin + ' K'],
             ['expected share of false ones among what fails', String(policy.fail_q)],
             ['among what is watched', String(policy.watch_q)],
             ['smallest cohort', String(policy.min_cohort)],
             ['optional', told(policy.optional.join(', '))]]),
      policy.limits.length ? table(['Limit on', 'At least', 'At most', 'Source'],
          policy.limits.map((l) => [el('code', {}, l.pattern),
            l.min === null ? '' : Format.value(l.min, l.unit),
            l.max === null ? '' : Format.value(l.max, l.unit),
            told(l.provisional ? 'provisional, from ' + l.source : l.source)]),
          {label: 'Limits'}) : null,
      [['Plan', run.plan], ['Fleet file', run.fleet]].map(([title, part]) => part.text ? el(
          'details', {class: 'more', open: title === 'Plan'}, el('summary', {}, title),
          el('pre', {tabindex: '0'}, text(part))) : null));
}

function drawAbout(body) {
  const detail = Data.block('detail');
  const run = Data.block('run');
  put(body, el('h3', {}, 'How to read it'), el('ul', {},
      el('li', {}, 'A verdict is a sign and a word, never a colour alone: ✗ FAIL, ? NO DATA, ! WATCH, ' +
          '✓ PASS. The worst wins in the order fail, no data, watch, pass.'),
      el('li', {}, 'A cell without a number is never a pass; Coverage accounts for every cell.'),
      el('li', {}, detail.is_all
          ? 'Every value of every node is in this page, as 32-bit floats.'
          : 'Values, attempts and devices of the nodes that did not pass are in this page as 32-bit ' +
            'floats' + (detail.left_out > 0
                ? ` (the worst of them: ${Format.count(detail.left_out)} had no room)` : '') +
            '; of all others the median and the worst device of each metric.'),
      el('li', {}, 'Median and worst of a node are rounded to 16 bits: within 0.0005 spreads of the ' +
          'metric near its median, and within 0.05 % of the distance far from it.'),
      el('li', {}, 'Telemetry and hwcheck’s facts are of the nodes that did not pass, and of others ' +
          'as far as there is room. The run file has everything.'),
      el('li', {}, 'Nothing is fetched: the page works without a network, and its content security ' +
          'policy forbids it to ask for anything.')));
  if (run.certificate) {
    put(body, el('h3', {}, 'Certificate'), facts([
      ['fingerprint', el('code', {}, run.certificate.fingerprint)],
      ['signed', run.certificate.signed_at], ['key', el('code', {}, run.certificate.key)],
      ['acceptance', run.certificate.acceptance]]),
        el('p', {class: 'note'}, 'When this page was written, the certificate’s signature, the run ' +
            'file’s bytes and the verdicts were what had been signed. The page itself is not signed: ' +
            'rackproof verify checks the run file.'));
  }
  put(body, Page.licences());
}
