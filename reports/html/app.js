'use strict';
// Puts the report together: its sections, and one node's page at a time.

const SECTIONS = [
  ['todo', 'What to do', drawFindings, true, 'To do'],
  ['floor', 'Floor', (body) => body.append(new FloorMap().element), true, 'Floor'],
  ['nodes', 'All nodes', drawNodes, false, 'Nodes'],
  ['metrics', 'Distributions', drawMetrics, false, 'Distributions'],
  ['pairs', 'Pairs', drawPairs, false, 'Pairs'],
  ['curves', 'Burn-in curves', drawCurves, false, 'Curves'],
  ['coverage', 'Coverage: what was and was not measured', drawCoverage, false, 'Coverage'],
  ['sensitivity', 'Sensitivity: what could have been seen', drawSensitivity, false, 'Sensitivity'],
  ['notes', 'Waivers, provisional limits, repairs, earlier runs', drawNotes, false, 'Waivers'],
  ['environment', 'Environment and plan', drawEnvironment, false, 'Environment'],
  ['about', 'About this page', drawAbout, false, 'About'],
];

function drawOverview() {
  const run = Data.block('run');
  const nodes = Data.allNodes();
  const tiles = el('ul', {class: 'tiles', 'aria-label': 'Nodes by verdict'});
  for (const v of WORST_FIRST) {
    const verdict = VERDICTS[v];
    const n = run.summary[verdict];
    tiles.append(el('li', {class: 'tile ' + verdict + (n === 0 ? ' zero' : '')},
        el('span', {class: 'number'}, Format.count(n)),
        el('span', {class: 'label'}, el('span', {class: 'sign ' + verdict, 'aria-hidden': 'true'}),
           VERDICT_WORDS[verdict])));
  }
  const racks = run.racks.filter((rack) => rack.verdict !== 'pass');
  const cells = run.coverage.reduce((sum, each) => sum + each.cells, 0);
  const judged = run.coverage.reduce((sum, each) => sum + each.judged, 0);
  const took = Date.parse(run.finished) - Date.parse(run.started);
  refill(document.getElementById('overview'), tiles, proportions(run.summary), facts([
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
  if (!Page.show(asked) && wasNode && !isFirst) window.scrollTo(0, scrolled);
}

function start() {
  report = el('div', {id: 'report'});
  nodeView = el('div', {id: 'node', hidden: true});
  const main = document.getElementById('main');
  put(main, report, nodeView);
  drawOverview();
  Page.build(SECTIONS, report);
  route(true);
  window.addEventListener('hashchange', () => route(false));
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !nodeView.hidden) location.hash = '';
  });
  Page.ready(() => nodeView.hidden ? 'details.section' : '.node-page details');
}

start();
