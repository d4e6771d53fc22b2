'use strict';
// The table of all nodes: filtered, sorted, a page at a time.

function drawNodes(body) {
  const nodes = Data.allNodes();
  const state = {verdicts: new Set(VERDICTS), text: '', sort: 'verdict', down: true, page: 0,
                 metric: ''};
  const pageSize = 50;
  const collator = new Intl.Collator('en', {numeric: true});
  const findingCount = (i) => (nodes.findings.get(i) || []).length;
  const COLUMNS = [
    ['verdict', 'Verdict', (i) => badge(VERDICTS[nodes.verdict[i]])],
    ['name', 'Node', (i) => nodeLink(i)],
    ['row', 'Row', (i) => told(nodes.row.at(i))],
    ['rack', 'Rack', (i) => told(nodes.rack.at(i))],
    ['slot', 'Slot', (i) => told(nodes.slot.at(i))],
    ['sku', 'SKU', (i) => told(nodes.sku.at(i))],
    ['devices', 'Devices', (i) => String(nodes.devices[i])],
    ['findings', 'Findings', (i) => String(findingCount(i))],
  ];
  let order = [];

  function key(name) {
    if (name === 'name') return (i) => nodes.name[i];
    if (name === 'verdict' || name === 'devices') return (i) => nodes[name][i];
    if (name === 'findings') return findingCount;
    if (name === 'metric') {
      const m = Data.metric(Number(state.metric));
      return (i) => {
        const v = Data.nodeValue(m, i, 'worst');
        return Number.isNaN(v) ? -Infinity : v;
      };
    }
    return (i) => nodes[name].at(i);
  }

  function arrange() {
    order = [];
    for (let i = 0; i < nodes.count; ++i) {
      if (!state.verdicts.has(VERDICTS[nodes.verdict[i]])) continue;
      if (state.text && !`${nodes.name[i]} ${nodes.rack.at(i)} ${nodes.sku.at(i)}`.toLowerCase()
          .includes(state.text)) continue;
      order.push(i);
    }
    const of = key(state.sort);
    const numeric = ['verdict', 'devices', 'findings', 'metric'].includes(state.sort);
    const sign = state.down ? -1 : 1;
    const keys = new Map(order.map((i) => [i, of(i)]));
    order.sort((a, b) => {
      const x = keys.get(a);
      const y = keys.get(b);
      const d = numeric ? x - y : collator.compare(x, y);
      return Number.isNaN(d) || d === 0 ? a - b : sign * d;
    });
    state.page = 0;
  }

  const holder = el('div');
  function draw() {
    const columns = [...COLUMNS];
    if (state.metric !== '') {
      const m = Data.metric(Number(state.metric));
      columns.push(['metric', m.name + ', worst device', (i) => {
        const v = Data.nodeValue(m, i, 'worst');
        if (Number.isNaN(v)) return 'no value';
        const by = Data.worse(m, m.cohorts[m.nodes.cohort[i]], v);
        return `${Format.value(v, m.unit)} (${Format.deviation(m, by) || 'no cohort'})`;
      }]);
    }
    const head = sortHead(columns, state, (name) => name === 'verdict' || name === 'findings',
                          () => { arrange(); draw(); }, holder);
    const begin = state.page * pageSize;
    const rows = order.slice(begin, begin + pageSize).map((i) => el('tr', {},
        columns.map(([name, , cell]) => el('td', {
          class: ['devices', 'findings', 'metric'].includes(name) ? 'number' : null}, cell(i)))));
    const last = Math.max(0, Math.ceil(order.length / pageSize) - 1);
    const turn = (by, text) => el('button', {type: 'button', disabled: state.page + by < 0 ||
        state.page + by > last, onclick: () => { state.page += by; draw(); }}, text);
    refill(holder,
        el('p', {class: 'note', id: 'node-count'},
           `${Format.count(order.length)} of ${Format.plural(nodes.count, 'node')}` +
           (order.length > pageSize ? `, ${Format.count(begin + 1)} to ` +
               Format.count(Math.min(begin + pageSize, order.length)) : '')),
        el('div', {class: 'scroll', tabindex: '0', role: 'group', 'aria-label': 'Nodes'},
           el('table', {id: 'node-table'}, el('thead', {}, head), el('tbody', {}, rows))),
        last > 0 ? el('div', {class: 'pages'}, turn(-1, '← Previous'),
                      el('span', {}, `page ${state.page + 1} of ${last + 1}`), turn(1, 'Next →'))
                 : null);
  }

  const search = el('input', {type: 'search', id: 'node-search', placeholder: 'name, rack or SKU',
    oninput: () => whenTyped(() => {
      state.text = search.value.trim().toLowerCase();
      arrange();
      draw();
      announce(Format.plural(order.length, 'node'));
    })});
  const chips = WORST_FIRST.map((v) => {
    const verdict = VERDICTS[v];
    const box = el('input', {type: 'checkbox', checked: true, 'data-verdict': verdict,
      onchange: () => {
        if (box.checked) state.verdicts.add(verdict);
        else state.verdicts.delete(verdict);
        arrange();
        draw();
      }});
    return el('label', {class: 'chip'}, box,
        el('span', {class: 'sign ' + verdict, 'aria-hidden': 'true'}), VERDICT_WORDS[verdict]);
  });
  const metrics = Data.names().map((name, i) => [String(i), name])
      .filter(([i]) => isOfNodes(Number(i)));
  put(body, el('div', {class: 'controls'}, chips,
      el('label', {class: 'field'}, el('span', {}, 'Find'), search),
      select('Show', [['', 'no metric'], ...metrics], '', (value) => {
        state.metric = value;
        if (value === '' && state.sort === 'metric') state.sort = 'verdict';
        arrange();
        draw();
      })), holder);
  arrange();
  draw();
}
