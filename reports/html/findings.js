'use strict';
// What has to be done: nodes, links, racks and the fleet that did not pass, worst first.

/** "seen 648 TFLOP/s, expected 721 TFLOP/s, −10.1 %, 5120 in the cohort" */
function evidence(finding) {
  const parts = [];
  if (finding.observed !== null) parts.push('seen ' + Format.value(finding.observed, finding.unit));
  if (finding.expected !== null) {
    parts.push((finding.kind === 'limit' ? 'limit ' : 'expected ') +
               Format.value(finding.expected, finding.unit));
  }
  if (finding.deviation !== null) parts.push(Format.percent(finding.deviation));
  if (finding.p_value !== null) parts.push('p = ' + Format.chance(finding.p_value));
  if (finding.cohort !== null) parts.push(Format.count(finding.cohort) + ' in its cohort');
  if (finding.since) parts.push('worse since ' + finding.since);
  parts.push('rule ' + finding.rule);
  return parts.join(' · ');
}

/** `under`: the verdict that stands above it already. */
function findingBlock(finding, {withAction = true, under = null} = {}) {
  return el('div', {class: 'finding ' + (finding.waived ? 'waived' : finding.verdict)},
      el('p', {class: 'sentence'},
         finding.waived ? el('span', {class: 'badge waived'}, 'WAIVED') :
             finding.verdict === under ? null : badge(finding.verdict),
         finding.verdict === under && !finding.waived ? null : ' ', told(finding.sentence)),
      el('p', {class: 'evidence'}, evidence(finding)),
      finding.waived ? el('p', {class: 'evidence'}, 'Waived ', told(finding.waived)) : null,
      withAction ? el('p', {class: 'action'}, el('strong', {}, 'Next: '), told(finding.action))
                 : null);
}

/** Whom a finding is about where that is no single node. */
function findingPlace(finding) {
  if (finding.node) return null;
  if (finding.group) return finding.group;
  return finding.rack ? 'rack ' + finding.rack : 'the fleet';
}

/** {verdict, title, node (or -1), findings}: nodes and wider places, worst first. */
function thingsToDo() {
  const nodes = Data.allNodes();
  const things = new Map();
  const add = (key, node, title, finding) => {
    if (!things.has(key)) things.set(key, {node, title, findings: [], verdict: 0, waived: true});
    const thing = things.get(key);
    thing.findings.push(finding);
    if (finding.waived) return;
    thing.waived = false;
    thing.verdict = Math.max(thing.verdict, VERDICTS.indexOf(finding.verdict));
  };
  for (const finding of Data.findings()) {
    const node = finding.node ? nodes.index.get(finding.node) : undefined;
    if (node === undefined) add('p' + findingPlace(finding), -1, findingPlace(finding), finding);
    else add('n' + node, node, finding.node, finding);
  }
  // A node without a finding of its own that still does not pass: a peer's or its rack's.
  for (let i = 0; i < nodes.count; ++i) {
    if (nodes.verdict[i] === 0 || things.has('n' + i)) continue;
    const places = nodes.findings.get(i) || [];
    const own = places.map((p) => Data.findings()[p])
        .filter((f) => f && (f.peer || '').split('/')[0] === nodes.name[i]);
    if (own.length > 0 || places.length === 0) {
      things.set('n' + i, {node: i, title: nodes.name[i], findings: own, waived: false,
                           verdict: nodes.verdict[i]});
    }
  }
  const list = [...things.values()];
  for (const thing of list) {
    if (thing.node >= 0) thing.verdict = Math.max(thing.verdict, nodes.verdict[thing.node]);
  }
  const deviation = (thing) => Math.min(0, ...thing.findings.map((f) => f.deviation ?? 0));
  const rank = (thing) => thing.waived ? -1 : thing.verdict;
  return list.sort((a, b) => rank(b) - rank(a) || (a.node < 0 ? 0 : 1) - (b.node < 0 ? 0 : 1) ||
                             deviation(a) - deviation(b));
}

function thingCard(thing) {
  const [first, ...others] = thing.findings;
  const verdict = VERDICTS[thing.verdict];
  const card = el('article', {class: 'card ' + (thing.waived ? 'waived' : verdict)},
      el('h3', {},
         badge(verdict), thing.node >= 0 ? nodeLink(thing.node) : told(thing.title),
         thing.node >= 0 ? el('span', {class: 'place'}, told(placeText(thing.node))) : null));
  if (first) card.append(findingBlock(first, {under: verdict}));
  else put(card, el('p', {class: 'sentence'}, badge(verdict),
                    ' No finding of its own: what its node lacks stands on its page.'));
  const same = (finding) => first && finding.action === first.action;
  if (others.length > 0) {
    card.append(el('details', {class: 'more'},
        el('summary', {}, Format.plural(others.length, 'more finding', 'more findings')),
        others.slice(0, 200).map((f) => findingBlock(f, {withAction: !same(f)})),
        others.length > 200 ? el('p', {class: 'note'},
            `${Format.count(others.length - 200)} more in the verdict JSON.`) : null));
  }
  return card;
}

function drawFindings(body) {
  const all = thingsToDo();
  const run = Data.block('run');
  if (all.length === 0) {
    put(body, el('p', {class: 'fine'}, el('span', {class: 'sign pass', 'aria-hidden': 'true'}),
                 ' Nothing was found. See Coverage for what was not measured, and Sensitivity for ' +
                 'what could not have been seen.'));
    return;
  }
  const shown = {fail: true, no_data: true, watch: true, waived: true};
  let text = '';
  let most = 20;
  const list = el('div', {class: 'cards'});
  const more = el('button', {type: 'button', class: 'wide',
                             onclick: () => { most += 100; draw(); }});
  const kind = (thing) => thing.waived ? 'waived' : VERDICTS[thing.verdict];
  const matches = (thing) => shown[kind(thing)] !== false && (!text ||
      [thing.title, ...thing.findings.map((f) => f.sentence)].join(' ').toLowerCase().includes(text));
  function draw() {
    const wanted = all.filter(matches);
    refill(list, wanted.slice(0, most).map(thingCard));
    if (wanted.length === 0) put(list, el('p', {class: 'note'}, 'Nothing matches.'));
    more.hidden = wanted.length <= most;
    more.textContent = `Show more (${Format.count(wanted.length - most)} left)`;
  }
  const chips = ['fail', 'no_data', 'watch', 'waived'].map((name) => {
    const n = all.filter((thing) => kind(thing) === name).length;
    if (n === 0) return null;
    const box = el('input', {type: 'checkbox', checked: true, onchange: () => {
      shown[name] = box.checked;
      draw();
    }});
    return el('label', {class: 'chip'}, box,
        name === 'waived' ? null : el('span', {class: 'sign ' + name, 'aria-hidden': 'true'}),
        `${VERDICT_WORDS[name] || 'WAIVED'} ${Format.count(n)}`);
  });
  const search = el('input', {type: 'search', placeholder: 'node, metric or word', oninput: () =>
    whenTyped(() => { text = search.value.trim().toLowerCase(); draw(); })});
  put(body, el('div', {class: 'controls'}, chips,
               el('label', {class: 'field'}, el('span', {}, 'Find'), search)));
  const lost = Data.block('findings').left_out;
  if (lost > 0) {
    put(body, el('p', {class: 'note'}, `The worst ${Format.count(Data.findings().length)} findings; ` +
        `${Format.count(lost)} more are in the verdict JSON (rackproof report --json).`));
  }
  if (!run.complete) put(body, el('p', {class: 'note'}, 'The run is incomplete.'));
  put(body, list, more);
  draw();
}
