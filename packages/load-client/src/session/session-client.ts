import { statusOf } from '../http/http-format.ts';
import type { WireFormat } from '../messages/wire-format.ts';
import type { PreparedRequest } from '../messages/workload.ts';
import type { RenderedStep } from './compiled-step.ts';
import { CookieJar } from './cookie-jar.ts';
import { extractValue, fieldsOf, takeApart } from './reply-values.ts';
import type { ResolvedSessionOptions } from './session-options.ts';
import type { SessionEnd, SessionRecorder } from './session-recorder.ts';

/** What the clients of a load thread have in common. */
export interface SessionSettings {
  readonly session: ResolvedSessionOptions;
  readonly format: WireFormat;
  readonly recorder: SessionRecorder;
  /** Whether the connections are those of TLS. */
  readonly secure: boolean;
  /** Begins a session: returns the values that it starts with. */
  readonly begin: () => Map<string, string>;
  /** Renders a step with the values of a session. */
  readonly render: (step: number, values: ReadonlyMap<string, string>) => RenderedStep;
}

/** Does one session after the other on one connection, or on one after the other. */
export class SessionClient {
  readonly #settings: SessionSettings;
  /** The step that is next, or in flight; 0 between two sessions. */
  #step = 0;
  #startedMs = 0;
  #values: Map<string, string> = new Map();
  #jar: CookieJar;

  constructor(settings: SessionSettings) {
    this.#settings = settings;
    this.#jar = new CookieJar(settings.secure);
  }

  /** Returns which step is next. */
  get step(): number {
    return this.#step;
  }

  /** Returns the request of the next step; the first begins a session. */
  next(): PreparedRequest {
    const { begin, render, session, format } = this.#settings;
    const step = this.#step;
    if (step === 0) {
      this.#startedMs = performance.now();
      this.#values = begin();
      this.#jar = new CookieJar(this.#settings.secure);
    }
    const rendered = render(step, this.#values);
    const { message, headers, expected } = rendered;
    const path = session.isHttp ? pathOf(message) : '';
    const cookies = session.cookies ? this.#jar.fieldFor(path) : undefined;
    const named = Object.keys(headers).some((name) => name.toLowerCase() === 'cookie');
    if (cookies !== undefined && !named) headers['Cookie'] = cookies;
    return {
      message,
      headers,
      encoded: format.encodeRequest(message, headers),
      encodedText: null,
      known: undefined,
      expected,
      expectedWire: null,
      fate: {
        verify: (reply) => this.#verify(step, rendered, reply),
        accepted: (dueMs, nowMs) => {
          this.#settings.recorder.recordReply(step, dueMs, nowMs);
          this.#step = step + 1;
          if (this.#step === session.steps.length) this.#end('completed', nowMs);
        },
        failed: (dueMs, nowMs) => {
          this.#settings.recorder.recordLoss(step, 'failed', dueMs);
          this.#end('failed', nowMs);
        },
        unanswered: (dueMs) => {
          this.#settings.recorder.recordLoss(step, 'unanswered', dueMs);
          this.#end('unfinished', performance.now());
        },
      },
    };
  }

  /** Takes note that the connection has ended: without HTTP that ends the session, too. */
  connectionEnded(): void {
    if (!this.#settings.session.isHttp && this.#step > 0) this.#end('cut', performance.now());
  }

  /** Takes note that the run has ended. */
  stop(): void {
    if (this.#step > 0) this.#end('unfinished', performance.now());
  }

  #end(end: SessionEnd, nowMs: number): void {
    this.#settings.recorder.recordEnd(end, this.#startedMs, nowMs);
    this.#step = 0;
  }

  /** Says what is wrong with a reply, or takes its values and cookies. */
  #verify(index: number, rendered: RenderedStep, reply: Buffer): string | null {
    const { message, expected, pattern } = rendered;
    const { session, format } = this.#settings;
    const step = session.steps[index];
    if (step === undefined) return null;
    const parts = takeApart(reply, session.isHttp);
    if (session.cookies) this.#jar.store(fieldsOf(parts, 'set-cookie'), pathOf(message));
    if (step.expectStatus === null) {
      const reason = format.verify(message, reply, null);
      if (reason !== null) return reason;
    } else if (statusOf(reply) !== step.expectStatus) {
      return `the status is ${statusOf(reply)} instead of ${step.expectStatus}`;
    }
    if (expected !== null && !parts.body.equals(expected)) {
      return `the ${session.isHttp ? 'body' : 'reply'} is not the expected one`;
    }
    if (pattern !== null && !new RegExp(pattern).test(parts.body.toString())) {
      return `the ${session.isHttp ? 'body' : 'reply'} does not match /${pattern}/`;
    }
    for (const [name, extraction] of Object.entries(step.extract)) {
      const value = extractValue(extraction, parts);
      if (typeof value !== 'string') return `no value for {{${name}}}: ${value.missing}`;
      this.#values.set(name, value);
    }
    return null;
  }
}

/** Returns the path that a request of HTTP asks for, without its query. */
function pathOf(message: Buffer): string {
  const [, target = '/'] = message.toString('latin1', 0, message.indexOf('\n')).split(' ');
  return target.split('?', 1)[0] ?? '/';
}
