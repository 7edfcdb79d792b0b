import type { PoolSample, WorkerRow } from '../wire.ts';
import type { Access } from './access.ts';
import { byId, element, setAttribute, setText } from './dom.ts';
import { field, showDialog } from './dialog.ts';
import { milliseconds } from './format.ts';

/** What the API tells of a change. */
interface Report {
  readonly generation?: number;
  readonly workers?: number;
  readonly cutConnections: number;
  readonly durationMs: number;
}

/** What a person can do to the pool; all of it needs the token. */
export class Actions {
  readonly #access: Access;
  readonly #buttons = ['restart', 'resize', 'pause'].map((id) => byId<HTMLButtonElement>(id));
  #sample: PoolSample | undefined;

  /** @param access has the token */
  constructor(access: Access) {
    this.#access = access;
    const [restart, resize, pause] = this.#buttons;
    restart?.addEventListener('click', () => access.with(() => this.#restart()));
    resize?.addEventListener('click', () => access.with(() => this.#resize()));
    pause?.addEventListener('click', () => access.with(() => this.#pause()));
  }

  /** Shows what can be done as of a sample. */
  show(sample: PoolSample): void {
    this.#sample = sample;
    setText(byId('pause'), isPaused(sample) ? 'Resume' : 'Pause');
    this.enable(sample.state === 'listening');
  }

  /** Offers the actions, or not. */
  enable(possible: boolean): void {
    for (const button of this.#buttons) setAttribute(button, 'disabled', !possible);
  }

  /** Says whether the server takes a token at all. */
  set steerable(steerable: boolean) {
    for (const button of this.#buttons) button.hidden = !steerable;
  }

  /** Asks whether one worker is to be replaced. */
  restartWorker({ workerId, nativeId }: WorkerRow): void {
    showDialog({
      title: `Restart worker ${workerId}`,
      text: `A new worker takes its place and loads the code anew; the one with id ${nativeId} finishes its connections first.`,
      fields: [graceField()],
      action: 'Restart it',
      run: async (form) => {
        const report = await this.#post(`workers/${workerId}/restart`, graceOf(form));
        return `Done: ${outcome(report)}.`;
      },
    });
  }

  #restart(): void {
    const workers = this.#sample?.workerCount ?? 0;
    showDialog({
      title: 'Restart',
      text: `All ${workers} workers are replaced by new ones that load the code anew. No client is lost who asks once within the grace. Code that does not serve changes nothing.`,
      fields: [
        field('One worker first, the others when it has served for 10 seconds without a failure', {
          type: 'checkbox',
          name: 'canary',
        }),
        graceField(),
      ],
      action: 'Restart all',
      run: async (form) => {
        const canary = form.get('canary') === 'on';
        const report = await this.#post('restart', { canary, ...graceOf(form) });
        return `Generation ${report.generation} serves: ${outcome(report)}.`;
      },
    });
  }

  #resize(): void {
    const workers = this.#sample?.workerCount ?? 1;
    showDialog({
      title: 'Resize',
      text: 'Workers beyond the new number finish their connections before they leave.',
      fields: [
        field('Workers', {
          type: 'number',
          name: 'workers',
          min: 1,
          max: 1_024,
          step: 1,
          value: workers,
          required: true,
        }),
      ],
      action: 'Resize',
      run: async (form) => {
        const report = await this.#post('resize', { workers: Number(form.get('workers')) });
        return `${report.workers} workers serve: ${outcome(report)}.`;
      },
    });
  }

  #pause(): void {
    if (this.#sample !== undefined && isPaused(this.#sample)) {
      showDialog({
        title: 'Resume',
        text: 'The pool accepts connections again.',
        action: 'Resume',
        run: async () => {
          await this.#access.request('resume', {});
          return undefined;
        },
      });
      return;
    }
    showDialog({
      title: 'Pause',
      text: 'The pool accepts no connection until it is resumed: new clients wait in the kernel, and load balancers are told that it is not ready. Open connections go on.',
      action: 'Pause',
      danger: true,
      run: async () => {
        await this.#access.request('pause', {});
        return undefined;
      },
    });
  }

  async #post(path: string, body: object): Promise<Report> {
    return (await (await this.#access.request(path, body)).json()) as Report;
  }
}

function isPaused({ reasons }: PoolSample): boolean {
  return reasons.includes('the pool is paused');
}

function graceField(): HTMLElement {
  const more = field('Grace for open connections in seconds; empty for the pool’s own', {
    type: 'number',
    name: 'grace',
    min: 0,
    step: 'any',
  });
  return element('div', {}, more);
}

function graceOf(form: FormData): { readonly graceMs?: number } {
  const grace = String(form.get('grace') ?? '');
  return grace === '' ? {} : { graceMs: Math.round(Number(grace) * 1_000) };
}

function outcome({ cutConnections, durationMs }: Report): string {
  const cut = cutConnections === 1 ? '1 connection' : `${cutConnections} connections`;
  return `${cut} cut, after ${milliseconds(durationMs)}`;
}
