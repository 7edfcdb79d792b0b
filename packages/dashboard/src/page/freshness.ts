import { announce, byId, setText } from './dom.ts';
import { duration, time } from './format.ts';
import type { LinkState } from './live-client.ts';

/** So many samples may be missing before figures count as old. */
const MISSED_SAMPLES = 3;

const LINKS: Readonly<Record<LinkState, string>> = Object.freeze({
  connecting: 'Connecting',
  live: 'Live',
  lost: 'No connection',
  locked: 'Token needed',
});

/** Shows how old the figures are, so that nobody takes old ones for new. */
export class Freshness {
  #link: LinkState = 'connecting';
  #sampleMs = 1_000;
  #takenAtMs: number | undefined;
  #receivedAtMs = 0;
  #old = false;

  /** Looks now and then, whether something comes or not. */
  constructor() {
    setInterval(() => this.show(), 500);
  }

  /** Whether the figures are old. */
  get old(): boolean {
    return this.#old;
  }

  /** The server's clock as of now, in milliseconds since the epoch. */
  get nowMs(): number {
    return (this.#takenAtMs ?? Date.now()) + (performance.now() - this.#receivedAtMs);
  }

  /** How often samples come, in milliseconds. */
  set sampleMs(sampleMs: number) {
    this.#sampleMs = sampleMs;
  }

  /** The line to the server has changed. */
  set link(link: LinkState) {
    this.#link = link;
    document.body.dataset['link'] = link;
    this.show();
  }

  /** A sample has come that the server took at that time. */
  sampled(atMs: number): void {
    this.#takenAtMs = atMs;
    this.#receivedAtMs = performance.now();
    this.show();
  }

  /** Shows how it is at this moment. */
  show(): void {
    const ageMs = performance.now() - this.#receivedAtMs;
    const old =
      this.#takenAtMs !== undefined &&
      (this.#link !== 'live' || ageMs > this.#sampleMs * MISSED_SAMPLES);
    const link = LINKS[this.#link === 'live' && old ? 'lost' : this.#link];
    setText(byId('link'), old ? `${link}, figures are ${duration(ageMs)} old` : link);
    if (old) {
      setText(
        byId('banner'),
        `These figures are old: they are of ${time(this.#takenAtMs ?? 0)}. ` +
          'The server does not answer; the page tries again by itself.',
      );
    }
    if (old === this.#old) return;
    this.#old = old;
    byId('banner').hidden = !old;
    document.body.toggleAttribute('data-old', old);
    if (!old) announce('The figures are live again');
  }
}
