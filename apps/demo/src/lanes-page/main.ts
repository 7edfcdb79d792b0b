import type { Lane, LanesLook } from '../lanes-look.ts';

/** How much of the past is shown, in milliseconds. */
const SPAN_MS = 30_000;

/** Colors by client, told apart in both themes. Clients on Linux mostly have even ports. */
const COLORS = ['#1f63cc', '#0a775e', '#a34a08', '#6d43c6', '#a3304c', '#27687c'];

/** A time during which one client had the slot. */
interface Stay {
  readonly client: number;
  readonly fromMs: number;
  toMs: number;
}

/** What is shown of one worker. */
interface Shown {
  readonly canvas: HTMLCanvasElement;
  readonly slot: HTMLElement;
  readonly name: HTMLElement;
  stays: Stay[];
}

const shown = new Map<string, Shown>();
const link = document.getElementById('link') as HTMLElement;
const place = document.getElementById('pools') as HTMLElement;
let lastAtMs = 0;

const source = new EventSource('looks');
source.addEventListener('error', () => {
  link.textContent = `No connection: these lanes are old, of ${new Date(lastAtMs).toLocaleTimeString('en-GB')}`;
});
source.addEventListener('message', ({ data }: MessageEvent<string>) => {
  const look = JSON.parse(data) as LanesLook;
  lastAtMs = look.atMs;
  link.textContent = 'Live';
  for (const { title, kind, lanes } of look.pools) {
    for (const lane of lanes) {
      const entry = shown.get(`${kind} ${lane.workerId}`) ?? add(title, kind, lane);
      note(entry, lane, look.atMs);
    }
  }
  requestAnimationFrame(() => {
    for (const entry of shown.values()) draw(entry, look.atMs);
  });
});

function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  ...children: (Node | string)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  made.append(...children);
  return made;
}

function add(title: string, kind: string, { workerId, nativeId }: Lane): Shown {
  let section = document.getElementById(kind);
  if (section === null) {
    section = make('section', make('h2', title));
    section.id = kind;
    place.append(section);
  }
  const name = make('small', `id ${nativeId}`);
  const entry = {
    canvas: make('canvas'),
    slot: make('span'),
    name,
    stays: [],
  };
  entry.slot.className = 'slot';
  entry.canvas.setAttribute('role', 'img');
  entry.canvas.setAttribute(
    'aria-label',
    `Who had the slot of worker ${workerId} in the last 30 seconds`,
  );
  const lane = make('div', make('b', `Worker ${workerId}`, name), entry.canvas, entry.slot);
  lane.className = 'lane';
  section.append(lane);
  shown.set(`${kind} ${workerId}`, entry);
  return entry;
}

/** The client has had the slot for longer than since the last look. */
function note(entry: Shown, { takenBy, forMs, nativeId }: Lane, atMs: number): void {
  entry.name.textContent = `id ${nativeId}`;
  entry.slot.textContent =
    takenBy === null ? 'FREE' : `client :${takenBy}, ${(forMs / 1_000).toFixed(1)} s`;
  entry.slot.toggleAttribute('data-free', takenBy === null);
  const last = entry.stays.at(-1);
  if (takenBy !== null) {
    if (last?.client === takenBy) last.toMs = atMs;
    else entry.stays.push({ client: takenBy, fromMs: atMs - forMs, toMs: atMs });
  }
  entry.stays = entry.stays.filter(({ toMs }) => toMs > atMs - SPAN_MS);
}

function draw({ canvas, stays }: Shown, nowMs: number): void {
  const width = Math.round(canvas.clientWidth * devicePixelRatio);
  const height = Math.round(canvas.clientHeight * devicePixelRatio);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = canvas.getContext('2d');
  if (context === null) return;
  context.clearRect(0, 0, width, height);
  context.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
  context.textBaseline = 'middle';
  const positionOf = (atMs: number): number => ((atMs - nowMs + SPAN_MS) / SPAN_MS) * width;
  for (const { client, fromMs, toMs } of stays) {
    const left = Math.max(0, positionOf(fromMs));
    const right = positionOf(toMs);
    context.fillStyle = COLORS[(client >> 1) % COLORS.length] ?? '#2f74dd';
    context.beginPath();
    context.roundRect(
      left,
      3 * devicePixelRatio,
      Math.max(2, right - left - 2),
      height - 6 * devicePixelRatio,
      4 * devicePixelRatio,
    );
    context.fill();
    const text = `:${client}`;
    if (context.measureText(text).width + 12 * devicePixelRatio > right - left) continue;
    context.fillStyle = '#fff';
    context.fillText(text, left + 6 * devicePixelRatio, height / 2);
  }
}
