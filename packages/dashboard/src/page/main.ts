import type { Hello, LiveMessage, LoggedEvent, PoolSample, WorkerRow } from '../wire.ts';
import { Access } from './access.ts';
import { Actions } from './actions.ts';
import { CHARTS } from './charts.ts';
import { announce, byId, setAttribute, setText } from './dom.ts';
import { EventList } from './event-list.ts';
import { FiguresTable } from './figures-table.ts';
import { knowLatencies } from './format.ts';
import { FrameSteps } from './frame-steps.ts';
import { Freshness } from './freshness.ts';
import { showStack, takeHeap, takeProfile } from './inspections.ts';
import { LiveClient } from './live-client.ts';
import { Panels, showDrain } from './panels.ts';
import { Past } from './past.ts';
import { Plot } from './plot.ts';
import { chooseTheme } from './theme.ts';
import { Tiles } from './tiles.ts';
import { type WorkerTask, WorkerTable } from './worker-table.ts';

const past = new Past();
const freshness = new Freshness();
const access = new Access(() => live.retry());
const actions = new Actions(access);
const tiles = new Tiles();
const panels = new Panels();
const table = new WorkerTable(onTask);
const events = new EventList();
const figures = new FiguresTable(past);
const plots = CHARTS.map((chart) => new Plot(chart, past));
let rangeSeconds = 300;
let sample: PoolSample | undefined;
let about: Hello['about'] | undefined;

const live = new LiveClient(() => access.headers, {
  onLink: (link) => {
    freshness.link = link;
    actions.enable(link === 'live' && sample?.state === 'listening');
    if (link === 'locked') access.ask();
  },
  onMessage,
});

function onMessage(message: LiveMessage): void {
  const { hello, event, row, drain } = message;
  if (hello !== undefined) begin(hello);
  if (event !== undefined) onEvent(event);
  if (drain !== undefined) showDrain(drain);
  if (row !== undefined) {
    past.add(row);
    figures.add();
  }
  if (message.sample !== undefined) {
    sample = message.sample;
    freshness.sampled(sample.atMs);
    drawing.run();
  }
}

function begin(hello: Hello): void {
  ({ about, sample } = hello);
  knowLatencies(hello.about.latencyMs);
  past.begin(hello);
  figures.fill();
  events.begin(hello.events);
  showDrain(hello.drain);
  access.steerable = hello.about.steerable;
  actions.steerable = hello.about.steerable;
  document.body.dataset['steerable'] = String(hello.about.steerable);
  freshness.sampleMs = hello.about.sampleMs;
  freshness.sampled(sample.atMs);
  drawing.run();
}

function onEvent(event: LoggedEvent): void {
  events.add(event);
  if (event.mark !== undefined) {
    past.mark(event.mark);
    announce(event.text);
  }
}

/** Shows the last sample, a part in a frame; parts that take their time come last. */
const drawing = new FrameSteps(
  () => [
    () => {
      if (sample === undefined) return;
      showPool(sample);
      tiles.show(sample);
      panels.show(sample);
      actions.show(sample);
    },
    ...(sample === undefined ? [] : table.stepsOf(sample)),
    ...plots.map((plot) => () => drawPlot(plot)),
  ],
  (callback) => requestAnimationFrame(callback),
);

function drawPlot(plot: Plot): void {
  const to = freshness.nowMs / 1_000;
  plot.show({ from: to - rangeSeconds, to });
}

function showPool({
  state,
  ready,
  reasons,
  generation,
  workerCount,
  addresses,
  measured,
  atMs,
  startedAtMs,
}: PoolSample): void {
  const name = about?.name ?? '';
  setText(byId('name'), name);
  const paused = reasons.includes('the pool is paused');
  const badge = byId('state');
  setText(badge, paused ? 'paused' : state);
  const troubled = state === 'listening' && !ready;
  setAttribute(badge, 'data-tone', paused ? 'warn' : troubled ? 'bad' : ready ? 'good' : 'idle');
  document.title = `${troubled && !paused ? '⚠ ' : ''}${name}: ${paused ? 'paused' : state}`;
  const facts = [
    addresses.length === 0 ? 'no address' : addresses.join(', '),
    `${workerCount} ${workerCount === 1 ? 'worker' : 'workers'}`,
    `generation ${generation}`,
    `process ${about?.pid ?? ''}`,
    `Node ${about?.node.slice(1) ?? ''}`,
  ];
  setText(byId('about'), facts.join(' · '));
  const notes = [
    ...(state === 'listening' && !paused && !ready ? reasons : []),
    ...(measured || atMs - startedAtMs < 5_000
      ? []
      : [
          'Workers do not measure themselves: for latencies, loop delay and memory make the pool with metrics: true',
        ]),
  ];
  const notice = byId('notice');
  setText(notice, notes.join('; '));
  notice.hidden = notes.length === 0;
}

function onTask(task: WorkerTask, worker: WorkerRow): void {
  access.with(() => {
    if (task === 'stack') void showStack(access, worker);
    else if (task === 'profile') takeProfile(access, worker);
    else if (task === 'heap') takeHeap(access, worker);
    else actions.restartWorker(worker);
  });
}

byId('charts').append(...plots.map(({ element }) => element));
for (const radio of document.querySelectorAll<HTMLInputElement>('input[name="range"]')) {
  radio.addEventListener('change', () => {
    rangeSeconds = Number(radio.value);
    for (const plot of plots) drawPlot(plot);
  });
  if (radio.checked) rangeSeconds = Number(radio.value);
}
chooseTheme(() => {
  for (const plot of plots) plot.redraw();
});
// The time goes on in the plots also when nothing comes.
setInterval(() => {
  if (freshness.old) drawing.run();
}, 1_000);
void live.follow();
