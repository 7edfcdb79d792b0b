import type { ClientScript } from '../model/client-script.ts';
import { compileText } from '../messages/message-template.ts';
import type { WireFormat } from '../messages/wire-format.ts';
import type { RandomSource } from '../random-source.ts';
import { compileStep } from './compiled-step.ts';
import { SessionClient, type SessionSettings } from './session-client.ts';
import type { ResolvedSessionOptions } from './session-options.ts';
import type { SessionRecorder } from './session-recorder.ts';

/** What the sessions of one load thread are made of. */
export interface SessionPlan {
  readonly session: ResolvedSessionOptions;
  readonly format: WireFormat;
  readonly recorder: SessionRecorder;
  readonly random: RandomSource;
  readonly secure: boolean;
  readonly share: number;
  readonly shares: number;
}

/** A script of sessions, and a way to say that the run has ended. */
export interface SessionScript extends ClientScript {
  stop(): void;
}

/** Creates the script of clients that do a session again and again. */
export function createSessionScript(plan: SessionPlan): SessionScript {
  const { session, format, recorder, random, secure, share, shares } = plan;
  let count = share - shares;
  let values: ReadonlyMap<string, string> = new Map();
  const names = new Set([
    ...Object.keys(session.values),
    ...session.steps.flatMap(({ extract }) => Object.keys(extract)),
  ]);
  // What is rendered is one session's at a time.
  let number = 0;
  const numbers = new WeakMap<ReadonlyMap<string, string>, number>();
  const sources = {
    random,
    count: () => number,
    names,
    valueNamed: (name: string) => values.get(name) ?? '',
  };
  const initial = Object.entries(session.values).map(
    ([name, template]) => [name, compileText(template, sources)] as const,
  );
  const steps = session.steps.map((step) => compileStep(step, session.isHttp, sources));
  const settings: SessionSettings = {
    session,
    format,
    recorder,
    secure,
    begin: () => {
      count += shares;
      number = count;
      const own = new Map<string, string>();
      values = own;
      numbers.set(own, number);
      for (const [name, render] of initial) own.set(name, render());
      return own;
    },
    render: (step, own) => {
      values = own;
      number = numbers.get(own) ?? 0;
      const render = steps[step];
      if (render === undefined)
        throw new RangeError(`Cannot render step ${step}: the session has ${steps.length}`);
      return render();
    },
  };
  const clients: SessionClient[] = [];
  const clientOf = (client: number): SessionClient =>
    (clients[client] ??= new SessionClient(settings));
  return {
    unitRequests: session.steps.length,
    newConnection: session.newConnection,
    left: (client) => {
      const { step } = clientOf(client);
      return step === 0 ? 0 : session.steps.length - step;
    },
    thinkTime: (client) => session.steps[clientOf(client).step]?.thinkMs ?? null,
    next: (client) => clientOf(client).next(),
    connectionEnded: (client) => clientOf(client).connectionEnded(),
    stop: () => {
      for (const client of clients) client?.stop();
    },
  };
}
