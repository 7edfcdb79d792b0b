/** A flag of a command. */
export interface Flag {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  /** Whether it may be given several times. */
  readonly multiple?: true;
  /** What stands for its value in help. */
  readonly value?: string;
  readonly description: string;
}

/** One command. */
export interface Command {
  readonly summary: string;
  /** Its arguments in help, such as `FILE`. */
  readonly operands?: string;
  /** The fewest and the most operands. */
  readonly count?: readonly [min: number, max: number];
  readonly flags: Readonly<Record<string, Flag>>;
  readonly examples: readonly string[];
}

const JSON_FLAG: Flag = { type: 'boolean', description: 'Print JSON.' };

/** Which pool is meant. */
const TARGET = {
  name: {
    type: 'string',
    value: 'NAME',
    description: 'The pool of that name; needed when several run.',
  },
  socket: { type: 'string', value: 'PATH', description: 'The path of its control socket.' },
  json: JSON_FLAG,
} satisfies Record<string, Flag>;

const GRACE = {
  grace: {
    type: 'string',
    value: 'MS',
    description:
      "How long leaving workers may take for their connections, in milliseconds; by default the pool's, 10000 unless it was served with another.",
  },
} satisfies Record<string, Flag>;

const WORKER = {
  worker: { type: 'string', short: 'w', value: 'N', description: 'The worker, 0 by default.' },
  'native-id': {
    type: 'string',
    value: 'ID',
    description:
      'Its process or thread id, for one of several workers of a slot, such as one that drains.',
  },
} satisfies Record<string, Flag>;

const OUT: Flag = {
  type: 'string',
  short: 'o',
  value: 'FILE',
  description: 'Where to write it; - for standard output.',
};

/** Every command. */
export const COMMANDS: Readonly<Record<string, Command>> = Object.freeze({
  serve: {
    summary: 'Serves a program, an app or a handler module on N workers, in the foreground.',
    operands: '[FILE]',
    count: [0, 1],
    flags: {
      workers: {
        type: 'string',
        short: 'w',
        value: 'N',
        description:
          'How many workers; auto, the default, goes by WEB_CONCURRENCY, else by processors and memory.',
      },
      port: {
        type: 'string',
        short: 'p',
        multiple: true,
        value: '[HOST:]PORT',
        description:
          'The port, once for each one; by default where the program listens, else PORT, else 3000.',
      },
      host: {
        type: 'string',
        value: 'HOST',
        description: 'The address of ports; by default where the program listens, else 127.0.0.1.',
      },
      path: {
        type: 'string',
        multiple: true,
        value: 'PATH',
        description: 'A unix-domain socket in place of a port, or besides.',
      },
      processes: { type: 'boolean', description: 'Workers are processes, the default.' },
      threads: { type: 'boolean', description: 'Workers are threads.' },
      name: {
        type: 'string',
        value: 'NAME',
        description: 'What the pool is called, by default as the package.',
      },
      socket: { type: 'string', value: 'PATH', description: 'The path of the control socket.' },
      'no-control': { type: 'boolean', description: 'Serve no control socket.' },
      'health-port': {
        type: 'string',
        value: 'PORT',
        description: 'Serve /livez, /readyz, /healthz and /metrics on that port.',
      },
      'health-host': {
        type: 'string',
        value: 'HOST',
        description: 'The address of these; by default 127.0.0.1.',
      },
      'metrics-port': {
        type: 'string',
        value: 'PORT',
        description: 'The same, and have workers measure themselves for /metrics.',
      },
      dashboard: {
        type: 'boolean',
        description: 'Serve a live page on a port of 127.0.0.1; SOCKPOOL_TOKEN is for its actions.',
      },
      'dashboard-port': {
        type: 'string',
        value: 'PORT',
        description: 'The same, on that port.',
      },
      config: {
        type: 'string',
        short: 'c',
        value: 'FILE',
        description:
          'The configuration; by default sockpool.config.ts, .mts, .js or .mjs of the folder.',
      },
      grace: {
        type: 'string',
        value: 'MS',
        description:
          'How long a restart, a resize or a stop waits for open connections, 10000 by default.',
      },
      watch: {
        type: 'boolean',
        description: 'Restart when a file changes; old code serves on when the new one is wrong.',
      },
      log: {
        type: 'string',
        value: 'FORMAT',
        description: 'pretty or json; by default pretty on a terminal.',
      },
      verbose: { type: 'boolean', short: 'v', description: 'Log what is for debugging as well.' },
      'dry-run': { type: 'boolean', description: 'Print what would be done, and do nothing.' },
      json: JSON_FLAG,
    },
    examples: [
      'sockpool serve server.js --workers auto --port 3000',
      'sockpool serve server.js --port 3000 --port 127.0.0.1:9090',
      'sockpool serve app.ts --threads --watch',
      'sockpool serve server.js --dashboard',
      'sockpool serve --config production.config.ts --dry-run',
    ],
  },
  ps: {
    summary: 'Lists the pools of this user.',
    flags: { json: JSON_FLAG },
    examples: ['sockpool ps', 'sockpool ps --json'],
  },
  status: {
    summary: 'Shows the health of a pool and its workers. Exit code 1 when it is not ready.',
    flags: TARGET,
    examples: ['sockpool status', 'sockpool status --name shop --json'],
  },
  top: {
    summary:
      'Shows a pool live: r restarts, + and - resize, q ends. Plain lines when not on a terminal.',
    flags: {
      ...TARGET,
      interval: { type: 'string', value: 'MS', description: 'How often to look, 1000 by default.' },
      count: {
        type: 'string',
        short: 'n',
        value: 'N',
        description: 'How many times to look; for ever by default.',
      },
    },
    examples: ['sockpool top', 'sockpool top -n 1'],
  },
  restart: {
    summary:
      'Replaces every worker by one with the current code. Exit code 1 when the new code does not serve.',
    flags: {
      ...TARGET,
      ...GRACE,
      worker: { type: 'string', short: 'w', value: 'N', description: 'Replace only this worker.' },
      canary: {
        type: 'boolean',
        description: 'Replace one worker first; the others follow if none of its handlers fails.',
      },
      'canary-time': {
        type: 'string',
        value: 'MS',
        description: 'For how long the canary serves before, 10000 by default.',
      },
      'min-ready': {
        type: 'string',
        value: 'MS',
        description: 'How long new workers serve before old ones leave.',
      },
    },
    examples: ['sockpool restart', 'sockpool restart --canary', 'sockpool restart --worker 2'],
  },
  resize: {
    summary: 'Changes the number of workers.',
    operands: 'WORKERS',
    count: [1, 1],
    flags: { ...TARGET, ...GRACE },
    examples: ['sockpool resize 8', 'sockpool resize +1', 'sockpool resize -1'],
  },
  pause: {
    summary: 'Stops accepting; clients wait in the kernel.',
    flags: TARGET,
    examples: ['sockpool pause'],
  },
  resume: { summary: 'Accepts again.', flags: TARGET, examples: ['sockpool resume'] },
  stop: {
    summary: 'Closes a pool without losing a client.',
    flags: { ...TARGET, ...GRACE, now: { type: 'boolean', description: 'Cut every connection.' } },
    examples: ['sockpool stop', 'sockpool stop --now'],
  },
  upgrade: {
    summary:
      'Starts the command again and hands the listening socket over, such as for another Node.',
    flags: {
      ...TARGET,
      ...GRACE,
      timeout: { type: 'string', value: 'MS', description: 'Time for the new program to listen.' },
    },
    examples: ['sockpool upgrade'],
  },
  'reload-tls': {
    summary: 'Reads the certificate again, without a restart.',
    flags: TARGET,
    examples: ['sockpool reload-tls'],
  },
  events: {
    summary: 'Follows what happens, until the pool is closed.',
    operands: '[EVENT...]',
    count: [0, 30],
    flags: TARGET,
    examples: ['sockpool events', 'sockpool events workerExit handlerError --json'],
  },
  connections: {
    summary: 'Lists open connections, those that hold up a drain first.',
    flags: {
      ...TARGET,
      limit: {
        type: 'string',
        value: 'N',
        description: 'How many of each worker at most, 1000 by default.',
      },
    },
    examples: ['sockpool connections', 'sockpool connections --limit 10 --json'],
  },
  stack: {
    summary: 'Shows what a worker is doing, even if it hangs.',
    flags: { ...TARGET, ...WORKER },
    examples: ['sockpool stack --worker 1'],
  },
  profile: {
    summary: 'Profiles the CPU of a worker.',
    flags: {
      ...TARGET,
      ...WORKER,
      duration: { type: 'string', value: 'MS', description: 'For how long, 5000 by default.' },
      out: OUT,
    },
    examples: [
      'sockpool profile --worker 1 --duration 10000',
      'sockpool profile --out - > a.cpuprofile',
    ],
  },
  heap: {
    summary: 'Takes a heap snapshot of a worker, whose event loop stands still meanwhile.',
    flags: { ...TARGET, ...WORKER, out: OUT },
    examples: ['sockpool heap --worker 1 --out worker.heapsnapshot'],
  },
  completion: {
    summary: 'Prints the completion for a shell.',
    operands: 'bash|zsh',
    count: [1, 1],
    flags: {},
    examples: [
      'source <(sockpool completion bash)',
      'sockpool completion zsh > ~/.zfunc/_sockpool',
    ],
  },
});
