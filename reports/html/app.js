'use strict';
// Puts the page together: sections that are drawn when they are first opened, one node's page at a
// time, light colours and open sections for paper.

// Address, title, what draws it, whether it is open at first, its name among the contents.
const SECTIONS = [
  ['todo', 'What to do', drawFindings, true, 'To do'],
  ['floor', 'Floor', (body) => body.append(new FloorMap().element), true, 'Floor'],
  ['nodes', 'All nodes', drawNodes, false, 'Nodes'],
  ['metrics', 'Distributions', drawMetrics, false, 'Distributions'],
  ['pairs', 'Pairs', drawPairs, false, 'Pairs'],
  ['curves', 'Burn-in curves', drawCurves, false, 'Curves'],
  ['coverage', 'Coverage: what was and was not measured', drawCoverage, false, 'Coverage'],
  ['sensitivity', 'Sensitivity: what could have been seen', drawSensitivity, false, 'Sensitivity'],
  ['notes', 'Waivers, repairs, earlier runs', drawNotes, false, 'Waivers'],
  ['environment', 'Environment and plan', drawEnvironment, false, 'Environment'],
  ['about', 'About this page', drawAbout, false, 'About'],
];

function drawOverview() {
  const run = Data.block('run');
  const nodes = Data.allNodes();
  const bar = el('div', {class: 'proportions', 'aria-hidden': 'true'});
  const tiles = el('ul', {class: 'tiles', 'aria-label': 'Nodes by verdict'});
  for (const v of WORST_FIRST) {
    const verdict = VERDICTS[v];
    const n = run.summary[verdict];
    tiles.append(el('li', {class: 'tile ' + verdict + (n === 0 ? ' zero' : '')},
        el('span', {class: 'number'}, Format.count(n)),
        el('span', {class: 'label'}, el('span', {class: 'sign ' + verdict, 'aria-hidden': 'true'}),
           VERDICT_WORDS[verdict])));
    if (n > 0) {
      const piece = el('span', {class: 'cell ' + verdict});
      piece.style.flexGrow = String(n);
      bar.append(piece);
    }
  }
  const racks = run.racks.filter((rack) => rack.verdict !== 'pass');
  const cells = run.coverage.reduce((sum, each) => sum + each.cells, 0);
  const judged = run.coverage.reduce((sum, each) => sum + each.judged, 0);
  const took = Date.parse(run.finished) - Date.parse(run.started);
  refill(document.getElementById('overview'), tiles, bar, facts([
    ['nodes', Format.count(nodes.count)],
    ['racks', run.racks.length === 0 ? null : racks.length === 0
        ? `none of ${Format.count(run.racks.length)} is bad as a whole`
        : `${Format.count(racks.length)} of ${Format.count(run.racks.length)} do not pass as a whole`],
    ['cells', `${Format.count(cells)} (${Format.count(judged)} judged)`],
    ['policy', told(run.policy.name)],
    ['started', run.started], ['took', Number.isFinite(took) ? Format.duration(took / 1000) : 'never ended'],
    ['measured by', told('rackproof ' + run.tool_version)],
    ['certificate', run.certificate ? el('code', {}, run.certificate.fingerprint) : null]]));
  document.getElementById('counts').classList.add('unseen');
}

const sections = new Map();

function open(id) {
  const section = sections.get(id);
  if (!section) return;
  section.details.open = true;
  section.draw();
}

function buildSections(main) {
  const list = el('ul');
  for (const [id, title, drawBody, isOpen, short] of SECTIONS) {
    const body = el('div', {class: 'body'});
    const details = el('details', {class: 'section', id, open: isOpen},
        el('summary', {}, el('h2', {}, title)), body);
    let drawn = false;
    const draw = () => {
      if (drawn) return;
      drawn = true;
      drawBody(body);
    };
    details.addEventListener('toggle', () => { if (details.open) draw(); });
    sections.set(id, {details, draw});
    main.append(details);
    list.append(el('li', {}, el('a', {href: '#' + id}, short)));
  }
  const theme = el('button', {type: 'button', id: 'theme', onclick: () => {
    Theme.choose(Theme.isDark() ? 'light' : 'dark');
    announce(Theme.isDark() ? 'Dark colours' : 'Light colours');
  }}, 'Light / dark');
  const nav = document.getElementById('contents');
  put(nav, el('div', {class: 'inner'}, list, theme,
              el('button', {type: 'button', onclick: () => print()}, 'Print')));
  for (const [id, , , isOpen] of SECTIONS) if (isOpen) sections.get(id).draw();
}

let report = null;
let nodeView = null;
let scrolled = 0;

/** Shows what the address asks for: a node, a section, or the report. */
function route(isFirst) {
  const asked = location.hash.slice(1);
  const node = asked.startsWith('node-') ? Number(asked.slice(5)) : NaN;
  const wasNode = !nodeView.hidden;
  if (Number.isInteger(node) && node >= 0 && node < Data.allNodes().count) {
    if (!wasNode) scrolled = window.scrollY;
    report.hidden = true;
    document.getElementById('overview').hidden = true;
    nodeView.hidden = false;
    refill(nodeView, nodePage(node));
    window.scrollTo(0, 0);
    document.getElementById('node-title').focus({preventScroll: true});
    document.title = Data.allNodes().name[node] + ' – rackproof';
    return;
  }
  nodeView.hidden = true;
  refill(nodeView);
  report.hidden = false;
  document.getElementById('overview').hidden = false;
  document.title = 'rackproof: ' + Data.block('run').plan_name;
  Theme.redraw();
  if (sections.has(asked)) {
    open(asked);
    sections.get(asked).details.scrollIntoView();
    sections.get(asked).details.querySelector('summary').focus({preventScroll: true});
  } else if (wasNode && !isFirst) {
    window.scrollTo(0, scrolled);
  }
}

let openedForPaper = [];
function beforePrint() {
  document.documentElement.classList.add('printing');
  const onePage = !nodeView.hidden;
  for (const details of document.querySelectorAll(onePage ? '.node-page details' : 'details.section')) {
    if (!details.open) {
      openedForPaper.push(details);
      details.open = true;
      if (sections.has(details.id)) sections.get(details.id).draw();
    }
  }
  Chart.flush();
  Theme.redraw();
}

function afterPrint() {
  document.documentElement.classList.remove('printing');
  for (const details of openedForPaper) details.open = false;
  openedForPaper = [];
  Theme.redraw();
}

function start() {
  report = el('div', {id: 'report'});
  nodeView = el('div', {id: 'node', hidden: true});
  const main = document.getElementById('main');
  put(main, report, nodeView);
  drawOverview();
  buildSections(report);
  route(true);
  window.addEventListener('hashchange', () => route(false));
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !nodeView.hidden) location.hash = '';
  });
  window.addEventListener('beforeprint', beforePrint);
  window.addEventListener('afterprint', afterPrint);
  document.documentElement.setAttribute('data-ready', 'yes');
}

start();
