import { parseArgs } from 'node:util';
import { onceOnly, usageMessage } from '@sockpool/option-checks';
import type { ZeroLossOptions } from '../zero-loss-options.ts';
import { shellDisruption } from '../shell-disruption.ts';

export const USAGE = `Usage: zero-loss <url> --during <command> [options]

Loads a server while a shell command disturbs it, and reports every request that a client lost.

  <url>                        http(s)://, h2:// or h2c:// (HTTP/2), ws(s)://, tcp://host:port,
                               tls://host:port or unix:/path
  --during <command>           what is done to the server, such as 'pm2 reload app'
  --times <count>              how often (default 1)

Clients
  --connections <count>        clients that keep their connection (default 100)
  --think-ms <min..max>        how long each thinks before a request (default 0..1000)
  --rate <rate>                requests a second of all of them instead, whatever the server does
  --requests-per-connection <count>  after these a client opens a new one (default never; 20 without
                               a protocol in which a server can say that it ends)
  --new <rate>                 new connections a second, one request each (default 20)
  --delay <time>               network: how long bytes, ends and resets take each way
  --jitter <time>              network: by how much longer at most

Requests
  --http <request>             such as 'GET /path'; repeatable (default GET and the URL's path)
  --http2                      HTTP/2 also with http:// and https://
  --http-header <field>        such as 'Accept: text/html', for WebSocket too; repeatable
  --http-status <code>         status of a right reply (default any 2xx)
  --http-expect-body <text>    body of a right reply (default any)
  --message <text>             without HTTP; repeatable (default upper-case echo's)
  --ws-protocol <name>         subprotocol of WebSocket to offer; repeatable
  --ws-binary                  binary messages instead of texts
  --framing <framing>          raw, line or length-prefixed
  --reply <rule>               upper, same or any
  --tls-insecure               accept any certificate

Judgement
  --reply-timeout <time>       a later reply is lost (default 30s)
  --latency-limit <time>       a later reply fails the check (default none)
  --stall-limit <time>         how long the clients may stand still (default 3s)
  --retries <count>            send an idempotent request again after its connection ended (default 0)
  --quiet-time <time>          load before the first and after the last time (default 500ms)
  --max-duration <time>        the longest that all times may take together (default 10m); a command that
                               still runs then is ended, with all that it has started, and fails the check

Output
  --json <file>  --junit <file>  --tap <file>  --report <file>   '-' is standard output; report is HTML
  -V, --version  -h, --help

Exit code: 0 nothing lost, 1 something lost or the check failed, 2 wrong arguments, 130 stopped.
`;

const MOST_TIMES = 100_000;

const STRING = { type: 'string' } as const;
const MANY = { type: 'string', multiple: true } as const;

const FLAGS = {
  during: STRING,
  times: STRING,
  connections: STRING,
  'think-ms': STRING,
  rate: STRING,
  'requests-per-connection': STRING,
  new: STRING,
  delay: STRING,
  jitter: STRING,
  http: MANY,
  http2: { type: 'boolean' },
  'http-header': MANY,
  'http-status': STRING,
  'http-expect-body': STRING,
  message: MANY,
  'ws-protocol': MANY,
  'ws-binary': { type: 'boolean' },
  framing: STRING,
  reply: STRING,
  'tls-insecure': { type: 'boolean' },
  'reply-timeout': STRING,
  'latency-limit': STRING,
  'stall-limit': STRING,
  retries: STRING,
  'quiet-time': STRING,
  'max-duration': STRING,
  json: STRING,
  junit: STRING,
  tap: STRING,
  report: STRING,
  version: { type: 'boolean', short: 'V' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** What the command line asks for. */
export interface Command {
  readonly options: ZeroLossOptions;
  /** Files to write, by format. */
  readonly outputs: Readonly<Record<'json' | 'junit' | 'tap' | 'report', string | undefined>>;
}

function parseNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text);
  throw new TypeError(`Option --${name} must be a number, such as '20', got '${text}'`);
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

function parseTime(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m)$/.exec(text) ?? [];
  if (number !== undefined) return Number(number) * (UNIT_MS[unit] ?? 1);
  throw new TypeError(
    `Option --${name} must be a time with its unit, such as '25ms' or '10s', got '${text}'`,
  );
}

function parseThink(text: string | undefined): readonly [number, number] | undefined {
  if (text === undefined) return undefined;
  const [, min, max = min] = /^(\d+)(?:\.\.(\d+))?$/.exec(text) ?? [];
  if (min !== undefined) return [Number(min), Number(max)];
  throw new TypeError(`Option --think-ms must be milliseconds, such as '0..1000', got '${text}'`);
}

function readHeaders(fields: readonly string[]): Record<string, string[]> {
  const headers: Record<string, string[]> = {};
  for (const field of fields) {
    const colon = field.indexOf(':');
    if (colon < 1) {
      throw new TypeError(`Option --http-header must be such as 'Name: value', got '${field}'`);
    }
    (headers[field.slice(0, colon)] ??= []).push(field.slice(colon + 1).trim());
  }
  return headers;
}

/** Says what `parseArgs()` complains of as our other errors do. */
function parse(
  args: readonly string[],
): ReturnType<typeof parseArgs<{ options: typeof FLAGS; allowPositionals: true }>> {
  let parsed;
  try {
    parsed = parseArgs({ args: [...args], options: FLAGS, allowPositionals: true, tokens: true });
  } catch (error) {
    const terms = { options: Object.keys(FLAGS), help: 'zero-loss --help' };
    throw new TypeError(usageMessage((error as Error).message, terms), { cause: error });
  }
  const take = onceOnly();
  for (const token of parsed.tokens) {
    if (token.kind === 'option' && FLAGS[token.name] === STRING) take(token.name);
  }
  return parsed;
}

/** Flags that say how one protocol is spoken, and are nothing to another. */
const OF_HTTP = ['http', 'http2', 'http-status', 'http-expect-body'] as const;
const OF_WEBSOCKET = ['ws-protocol', 'ws-binary'] as const;

/** Refuses flags of another protocol than the one that is spoken, which would go unheard. */
function requireFitting(
  values: ReturnType<typeof parse>['values'],
  url: string,
  spoken: { readonly http: boolean; readonly websocket: boolean },
): void {
  const given = (names: readonly (keyof typeof FLAGS)[]): string | undefined =>
    names.find((name) => values[name] !== undefined);
  const http = spoken.http ? undefined : given(OF_HTTP);
  if (http !== undefined) {
    const hint = spoken.websocket ? '' : ", or --http 'GET /path'";
    throw new TypeError(
      `Cannot use --${http} with '${url}': it is not asked by HTTP; write a URL such as http://host/path${hint}`,
    );
  }
  const websocket = spoken.websocket ? undefined : given(OF_WEBSOCKET);
  if (websocket !== undefined) {
    throw new TypeError(
      `Cannot use --${websocket} with '${url}': it is for WebSocket; write a URL such as ws://host/path`,
    );
  }
  if (values['http-header'] !== undefined && !spoken.http && !spoken.websocket) {
    throw new TypeError(`Cannot use --http-header with '${url}': it has no header fields`);
  }
  const path = /^(?:https?|h2c?):\/\/[^/?#]*(\/?[^#]*)/i.exec(url)?.[1] ?? '';
  if (values.http !== undefined && path !== '' && path !== '/') {
    throw new TypeError(`Cannot use --http beside the path of '${url}': write the path in --http`);
  }
}

/**
 * Reads the command line.
 *
 * @returns what to do; a word when help or the version is asked for
 * @throws {TypeError} when it can't be understood
 */
export function readCommand(
  args: readonly string[],
  signal: AbortSignal,
): Command | 'help' | 'version' {
  const { values, positionals } = parse(args);
  if (values.help === true) return 'help';
  if (values.version === true) return 'version';
  const [url, surplus] = positionals;
  if (url === undefined) throw new TypeError('Cannot check: no URL is given; see zero-loss --help');
  if (surplus !== undefined)
    throw new TypeError(
      `Cannot check: two URLs are given, '${url}' and '${surplus}'; quote the command of --during`,
    );
  if (values.during === undefined) {
    throw new TypeError(
      "Cannot check: no command is given; write it, such as --during 'pm2 reload app'",
    );
  }
  if (values.during.trim() === '') {
    throw new TypeError("Option --during must be a command, such as 'pm2 reload app', got none");
  }
  const websocket = /^wss?:/i.test(url);
  const http = /^(?:https?|h2c?):/i.test(url) || (values.http !== undefined && !websocket);
  requireFitting(values, url, { http, websocket });
  const times = parseNumber('times', values.times) ?? 1;
  if (!Number.isInteger(times) || times < 1 || times > MOST_TIMES) {
    throw new RangeError(`Option --times must be a whole number, 1 to ${MOST_TIMES}, got ${times}`);
  }
  const rate = parseNumber('rate', values.rate);
  const thinkMs = parseThink(values['think-ms']);
  const headers = values['http-header'] && readHeaders(values['http-header']);
  const given = {
    requests: values.http,
    version: values.http2 === true ? '2' : undefined,
    headers,
    expectStatus: parseNumber('http-status', values['http-status']),
    expectBody: values['http-expect-body'],
  };
  const framing = values.framing as NonNullable<ZeroLossOptions['workload']>['framing'];
  const expectedReply = values.reply as NonNullable<ZeroLossOptions['workload']>['expectedReply'];
  const workload = {
    ...(http ? { http: given as NonNullable<ZeroLossOptions['workload']>['http'] } : {}),
    ...(websocket
      ? {
          websocket: {
            headers,
            protocols: values['ws-protocol'],
            binary: values['ws-binary'],
          },
        }
      : {}),
    ...(values.message === undefined ? {} : { messages: values.message }),
    ...(framing === undefined ? {} : { framing }),
    ...(expectedReply === undefined ? {} : { expectedReply }),
    ...(values['tls-insecure'] === true ? { tls: { rejectUnauthorized: false } } : {}),
  };
  return {
    options: {
      address: url,
      disruptions: Array.from({ length: times }, () => shellDisruption(values.during ?? '')),
      workload,
      held: {
        connections: parseNumber('connections', values.connections) ?? 100,
        rate,
        thinkMs: thinkMs ?? (rate === undefined ? [0, 1000] : undefined),
        requestsPerConnection:
          parseNumber('requests-per-connection', values['requests-per-connection']) ??
          (http || websocket ? Number.POSITIVE_INFINITY : undefined),
      },
      newConnections: { rate: parseNumber('new', values.new) ?? 20 },
      network:
        values.delay === undefined && values.jitter === undefined
          ? undefined
          : {
              delayMs: parseTime('delay', values.delay),
              jitterMs: parseTime('jitter', values.jitter),
            },
      quietMs: parseTime('quiet-time', values['quiet-time']),
      replyTimeoutMs: parseTime('reply-timeout', values['reply-timeout']),
      latencyLimitMs: parseTime('latency-limit', values['latency-limit']),
      stallLimitMs: parseTime('stall-limit', values['stall-limit']),
      retries: parseNumber('retries', values.retries),
      maxDurationMs: parseTime('max-duration', values['max-duration']),
      signal,
    },
    outputs: { json: values.json, junit: values.junit, tap: values.tap, report: values.report },
  };
}
