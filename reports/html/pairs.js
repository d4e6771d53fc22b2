'use strict';
// What was fitted to the pairs: who meets whom how well, and which ends, links and parts of the
// fabric that comes from.

/** A sign as the terminal has it, and a class for its colour. */
function pairSign(effect) {
  if (effect === undefined) return ['', 'never', 'did not meet'];
  if (effect === null) return ['x', 'broke', 'it broke'];
  const worse = -effect;
  const text = Format.percent(effect) + ' against pairs like it';
  if (worse < 0.03) return ['·', 'usual', text];
  if (worse < 0.1) return ['+', 'bit', text];
  const tenths = Math.min(Math.floor(worse / 0.1 + 1e-9), 9);
  return [String(tenths), tenths < 3 ? 'slow' : 'slower', text];
}

function heatMap(fit) {
  const names = fit.ends.map((end) => end.of);
  const index = new Map(names.map((name, i) => [name, i]));
  const effects = new Map();
  for (const cell of fit.cells) {
    const [a, b] = [index.get(cell.first), index.get(cell.second)];
    effects.set(a + ',' + b, cell.effect);
    if (!effects.has(b + ',' + a)) effects.set(b + ',' + a, cell.effect);
  }
  const head = el('tr', {}, el('th', {scope: 'col'}, ''),
                  names.map((name) => el('th', {scope: 'col'}, el('span', {}, told(name)))));
  const rows = names.map((name, i) => el('tr', {}, el('th', {scope: 'row'}, told(name)),
      names.map((other, k) => {
        if (i === k) return el('td', {class: 'self'});
        const [sign, kind, text] = pairSign(effects.get(i + ',' + k));
        return el('td', {class: 'pair ' + kind, title: `${name} – ${other}: ${text}`}, sign,
                  el('span', {class: 'unseen'}, sign ? text : ''));
      })));
  return el('div', {class: 'scroll', tabindex: '0', role: 'group', 'aria-label':
                    'Heat map of pairs of ' + fit.metric},
            el('table', {class: 'heat'}, el('thead', {}, head), el('tbody', {}, rows)));
}

function effectTable(effects, what) {
  const worst = effects.filter((e) => e.effect !== null || e.to_blame)
      .sort((a, b) => (b.to_blame - a.to_blame) || (a.effect ?? -1) - (b.effect ?? -1)).slice(0, 15);
  if (worst.length === 0) return null;
  const most = Math.max(...worst.map((e) => Math.abs(e.effect ?? 0)), 0.03);
  const index = Data.allNodes().index;
  return table([what, 'Effect on its pairs', {text: 'Pairs', number: true}, ''], worst.map((e) => {
    const bar = el('span', {class: 'effect ' + ((e.effect ?? 0) < 0 ? 'worse' : 'better')});
    bar.style.width = Math.round(90 * Math.abs(e.effect ?? 0) / most) + 'px';
    const node = index.get(e.of.split('/')[0]);
    return [node === undefined ? told(e.of) : nodeLink(node, e.of),
            el('span', {class: 'with-bar'}, el('span', {class: 'figure'},
                e.effect === null ? 'none left' : Format.percent(e.effect)), bar),
            Format.count(e.pairs), e.to_blame ? el('strong', {}, 'to blame') : ''];
  }), {label: what + 's by effect'});
}

function drawPairs(body) {
  const fits = Data.block('run').pairs;
  if (fits.length === 0) {
    put(body, el('p', {class: 'note'}, 'No metric of pairs was measured in this run.'));
    return;
  }
  put(body, el('p', {class: 'note'}, 'Row to column, where met: · as pairs like it, + worse by 3 % to ' +
      '10 %, 1 by 10 % or more, 2 by 20 %, … 9 by 90 %; x it broke. Effects are fitted to all pairs of ' +
      'a metric; “to blame” is who explains slow pairs.'));
  for (const fit of fits) {
    const chance = fit.possible > 0 ? ` of ${Format.count(fit.possible)} that there are` : '';
    put(body, el('h3', {}, told(fit.metric)),
        el('p', {}, `${Format.plural(fit.met, 'pair')}${chance} met, in at most ` +
            `${Format.plural(fit.rounds, 'round')}; ${Format.count(fit.broke)} broke; healthy ones ` +
            `scatter by ${Format.percent(fit.spread).replace('+', '')}.`),
        fit.cells.length > 0 ? heatMap(fit) : el('p', {class: 'note'},
            `${Format.count(fit.ends.length)} ends are too many for a heat map.`),
        effectTable(fit.ends, 'End'), effectTable(fit.groups, 'Part of the fabric'));
  }
}
