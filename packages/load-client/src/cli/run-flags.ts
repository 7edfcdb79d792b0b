import { isUtf8 } from 'node:buffer';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Option, type Command } from 'commander';
import { FRAMINGS, type Framing } from '@sockpool/echo-protocol';
import { ARRIVAL_PROCESSES, type ArrivalProcess } from '../model/arrivals.ts';
import type { LoadOptions } from '../options/load-options.ts';
import { PACINGS, type Pacing } from '../model/pacer.ts';
import type { ThinkTime } from '../model/think-time.ts';
import type { RateStage } from '../model/rate-schedule.ts';
import { parseTargetUrl, type UrlOptions } from '../options/target-url.ts';
import { EXPECTED_REPLIES, type ExpectedReply } from '../messages/expected-reply.ts';
import { MESSAGE_ORDERS, type MessageOrder } from '../messages/workload.ts';
import { readInput } from './read-input.ts';
import { readHeaders, readSession } from './session-file.ts';
import {
  addConditions,
  collect,
  parseCount,
  parseDuration,
  parseHost,
  parseRangeMs,
  parseStartAt,
  parseThink,
  parseRate,
  parseSizes,
  parseStage,
  parseTimes,
} from './option-values.ts';

/** The options of a run as the command line gives them. */
export interface RunFlags {
  readonly url?: string;
  readonly host?: string;
  readonly port?: number;
  readonly unix?: string;
  readonly tls?: boolean;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsServername?: string;
  readonly tlsInsecure?: boolean;
  readonly tlsResume?: boolean;
  readonly label?: string;
  readonly connections?: number;
  readonly threads?: number;
  readonly pipeline?: number;
  readonly session?: string;
  readonly sessions?: number;
  readonly requests?: number;
  readonly totalRequests?: number;
  readonly duration?: number;
  readonly warmup?: number;
  readonly drain?: number;
  readonly thinkMs?: readonly [number, number];
  readonly think?: ThinkTime;
  readonly startAt?: number;
  readonly rate?: number;
  readonly stage?: readonly RateStage[];
  readonly arrivals?: ArrivalProcess;
  readonly pacing?: Pacing;
  readonly rampUp?: number;
  readonly connectRate?: number;
  readonly requestsPerConnection?: number;
  readonly connectTimeout?: number;
  readonly replyTimeout?: number;
  readonly reconnectAttempts?: number;
  readonly reconnectDelay?: number;
  readonly retries?: number;
  readonly message?: readonly string[];
  readonly messagesFile?: string;
  readonly size?: readonly [number, number];
  readonly order?: MessageOrder;
  readonly framing?: Framing;
  readonly framingModule?: string;
  readonly http?: readonly string[];
  readonly http2?: boolean;
  readonly wsProtocol?: readonly string[];
  readonly wsBinary?: boolean;
  readonly httpHeader?: readonly string[];
  readonly httpBody?: string;
  readonly httpBodyFile?: string;
  readonly httpStatus?: number;
  readonly httpExpectBody?: string;
  readonly reply?: ExpectedReply;
  readonly seed?: number;
  readonly repeat: number;
  readonly expect?: string;
  readonly failIfSaturated?: boolean;
  readonly json?: string;
  readonly csv?: string;
  readonly hdr?: string;
  readonly report?: string;
  readonly junit?: string;
  readonly tap?: string;
  readonly quiet?: boolean;
}

const choice = (flags: string, text: string, choices: readonly string[]): Option =>
  new Option(flags, text).choices(choices);

/** Declares the options of a run. */
export function addRunFlags(command: Command): Command {
  return command
    .option('--host <host>', 'host to connect to (default 127.0.0.1)', parseHost)
    .option('-p, --port <port>', 'TCP port to connect to', parseCount)
    .option('--unix <path>', 'unix socket to connect to instead')
    .option('--tls', 'speak TLS')
    .option('--tls-ca <file>', 'PEM file with the trusted certificates')
    .option('--tls-cert <file>', "PEM file with the client's certificate")
    .option('--tls-key <file>', 'PEM file with its key')
    .option('--tls-servername <name>', 'name that the certificate must have')
    .option('--tls-insecure', 'accept any certificate')
    .option('--tls-resume', 'resume the TLS session of an earlier connection')
    .option('--label <text>', 'what the run is called in its result and reports')
    .option(
      '-c, --connections <count>',
      'connections held at the same time (default 1)',
      parseCount,
    )
    .option('-t, --threads <count>', 'threads that share the load (default 1)', parseCount)
    .option('--pipeline <count>', 'requests in flight on a connection (default 1)', parseCount)
    .option('-n, --requests <count>', 'closed: requests of each connection', parseCount)
    .option('--session <file>', 'JSON file with the steps of a session that each client does')
    .option('--sessions <count>', 'sessions of each connection', parseCount)
    .option('--total-requests <count>', 'requests of all connections together', parseCount)
    .option('-d, --duration <time>', "how long to send, such as '10s'", parseDuration)
    .option('--warmup <time>', 'time before anything is measured', parseDuration)
    .option(
      '--drain <time>',
      'after the duration, wait for replies, and first send what is due (default 10s)',
      parseDuration,
    )
    .option('--think-ms <min..max>', 'closed: random think time before each request', parseRangeMs)
    .option(
      '--think <time>',
      "closed: think time such as '0s..3s', 'exponential:1s' or 'lognormal:1s,0.5'",
      parseThink,
    )
    .option(
      '--start-at <time>',
      "start then, such as '14:05:30' or in ISO 8601, as other machines do",
      (text) => parseStartAt(text),
    )
    .option('-r, --rate <rate>', 'open: requests a second', parseRate)
    .option(
      '--stage <time:rate/s>',
      "open: a stage, such as '10s:0..1000/s'; repeatable",
      parseStage,
    )
    .addOption(choice('--arrivals <process>', 'open: how requests follow', ARRIVAL_PROCESSES))
    .addOption(choice('--pacing <pacing>', 'open: how due times are met', PACINGS))
    .option('--ramp-up <time>', 'spread connects (closed) or raise the rate (open)', parseDuration)
    .option('--connect-rate <rate>', 'connections opened a second at most', parseRate)
    .option('--requests-per-connection <count>', 'reopen a connection after these', parseCount)
    .option('--connect-timeout <time>', 'limit for a connect (default 2m)', parseDuration)
    .option(
      '--reply-timeout <time>',
      'limit for a reply (default 2m; with a duration that of --drain)',
      parseDuration,
    )
    .option(
      '--reconnect-attempts <count>',
      'reopenings without progress (default 5, no limit with a duration)',
      parseCount,
    )
    .option(
      '--reconnect-delay <time>',
      'wait before the first of them (default 100ms)',
      parseDuration,
    )
    .option('--retries <count>', 'send a request again after a lost connection', parseCount)
    .option('-m, --message <text>', "message or template '{{counter}}'; repeatable", collect)
    .option('--messages-file <file>', 'file with one message a line')
    .option('--size <min..max>', 'random messages of these sizes in bytes', parseSizes)
    .addOption(choice('--order <order>', 'order of the messages', MESSAGE_ORDERS))
    .addOption(choice('--framing <framing>', 'framing (default raw)', FRAMINGS))
    .option('--framing-module <file>', 'module that encodes, decodes and verifies')
    .option('--http <request>', "HTTP/1.1 request such as 'GET /path'; repeatable", collect)
    .option('--http2', 'HTTP/2: by ALPN with TLS, at once without')
    .option(
      '--http-header <field>',
      "header field such as 'Accept: text/html'; repeatable",
      collect,
    )
    .option('--http-body <text>', 'body of every request')
    .option('--http-body-file <file>', 'file with the body of every request, sent as it is')
    .option('--http-status <code>', 'status of a right reply (default any 2xx)', parseCount)
    .option('--http-expect-body <text>', 'body of a right reply (default any)')
    .option('--ws-protocol <name>', 'WebSocket: subprotocol to offer; repeatable', collect)
    .option('--ws-binary', 'WebSocket: binary messages instead of texts')
    .addOption(choice('--reply <rule>', 'what a right reply is (default upper)', EXPECTED_REPLIES))
    .option('--seed <number>', 'seed of all random choices', parseCount)
    .option('--repeat <count>', 'run so many times; every file then holds all runs', parseTimes, 1)
    .option(
      '--expect <thresholds>',
      "such as 'p99<5ms,errors=0'; exit code 4 when broken; repeatable",
      addConditions,
    )
    .option('--fail-if-saturated', 'exit code 3 when the client was the bottleneck')
    .option('--json <file>', "write the result as JSON ('-' for standard output)")
    .option('--csv <file>', 'write the timeline as CSV')
    .option('--hdr <file>', 'write an HdrHistogram log')
    .option('--report <file>', 'write an HTML report')
    .option('--junit <file>', 'write the conditions as JUnit XML')
    .option('--tap <file>', 'write the conditions as TAP')
    .option('-q, --quiet', 'show no progress');
}

/** Reads one message a line; what is no text stays the bytes that it is. */
async function readMessages(file: string): Promise<(string | Uint8Array)[]> {
  const bytes = await readInput(file);
  const messages: (string | Uint8Array)[] = [];
  let start = 0;
  while (start < bytes.length) {
    const found = bytes.indexOf(0x0a, start);
    const end = found === -1 ? bytes.length : found;
    const line = bytes.subarray(start, end > start && bytes[end - 1] === 0x0d ? end - 1 : end);
    if (line.length > 0) messages.push(isUtf8(line) ? line.toString() : line);
    start = end + 1;
  }
  return messages;
}

async function readIfGiven(file: string | undefined): Promise<string | undefined> {
  return file === undefined ? undefined : (await readInput(file)).toString();
}

async function readTls(flags: RunFlags): Promise<LoadOptions['tls']> {
  const { tls, tlsCa, tlsCert, tlsKey, tlsServername, tlsInsecure, tlsResume } = flags;
  const parts = [tls, tlsCa, tlsCert, tlsKey, tlsServername, tlsInsecure, tlsResume];
  if (parts.every((part) => part === undefined)) return undefined;
  return {
    ca: await readIfGiven(tlsCa),
    cert: await readIfGiven(tlsCert),
    key: await readIfGiven(tlsKey),
    servername: tlsServername,
    rejectUnauthorized: tlsInsecure !== true,
    resume: tlsResume,
  };
}

function readWebSocket(flags: RunFlags, ofUrl: LoadOptions['websocket']): LoadOptions['websocket'] {
  const { httpHeader = [], wsProtocol, wsBinary } = flags;
  if (ofUrl !== undefined) {
    return {
      ...ofUrl,
      headers: readHeaders(httpHeader),
      protocols: wsProtocol,
      binary: wsBinary,
    };
  }
  if (wsProtocol === undefined && wsBinary === undefined) return undefined;
  throw new TypeError(
    'Cannot use options of WebSocket: the URL is of another kind; write one such as ws://host/path',
  );
}

async function readHttp(
  flags: RunFlags,
  { http: ofUrl, websocket }: Partial<UrlOptions>,
): Promise<LoadOptions['http']> {
  const {
    http = ofUrl?.requests,
    httpHeader = [],
    httpBody,
    httpBodyFile,
    httpStatus,
    httpExpectBody,
  } = flags;
  if (httpBody !== undefined && httpBodyFile !== undefined) {
    throw new TypeError('Cannot use --http-body and --http-body-file together: give one of them');
  }
  // Fields of the opening handshake are WebSocket's.
  const ownFields = websocket === undefined ? httpHeader : [];
  const parts = [flags.http2, httpBody, httpBodyFile, httpStatus, httpExpectBody, ...ownFields];
  if (http === undefined) {
    if (parts.every((part) => part === undefined)) return undefined;
    throw new TypeError(
      "Cannot use options of HTTP: nothing asks by HTTP; write a URL such as http://host/path, or --http 'GET /path'",
    );
  }
  return {
    requests: http,
    version: flags.http2 === true ? '2' : ofUrl?.version,
    headers: readHeaders(httpHeader),
    body: httpBodyFile === undefined ? httpBody : await readInput(httpBodyFile),
    expectStatus: httpStatus,
    expectBody: httpExpectBody,
  };
}

/** Reads the URL, which says what these flags would say too. */
function readUrl(url: string, flags: RunFlags): UrlOptions {
  const given = (['host', 'port', 'unix'] as const).find((name) => flags[name] !== undefined);
  if (given !== undefined) {
    throw new TypeError(`Cannot use --${given} beside the URL '${url}': the URL says where to`);
  }
  const options = parseTargetUrl(url);
  const requests = options.http?.requests ?? [];
  if (flags.http !== undefined && requests.some((request) => request !== 'GET /')) {
    throw new TypeError(`Cannot use --http beside the path of '${url}': write the path in --http`);
  }
  return options;
}

/**
 * Turns flags into the options of `runLoad()`; reads the files that they name.
 *
 * @throws {TypeError} when flags do not go together, or a file says what it must not
 */
export async function toLoadOptions(flags: RunFlags): Promise<LoadOptions> {
  const { message, messagesFile, framingModule } = flags;
  if (flags.think !== undefined && flags.thinkMs !== undefined) {
    throw new TypeError('Cannot use --think and --think-ms together: give one of them');
  }
  if (message !== undefined && messagesFile !== undefined) {
    throw new TypeError('Cannot use --message and --messages-file together: give one of them');
  }
  const fromFile = messagesFile === undefined ? undefined : await readMessages(messagesFile);
  const fromUrl = flags.url === undefined ? undefined : readUrl(flags.url, flags);
  return {
    host: fromUrl?.host ?? flags.host,
    port: fromUrl?.port ?? flags.port,
    path: fromUrl?.path ?? flags.unix,
    tls: (await readTls(flags)) ?? fromUrl?.tls,
    label: flags.label,
    connections: flags.connections,
    threads: flags.threads,
    pipeline: flags.pipeline,
    session:
      flags.session === undefined
        ? undefined
        : await readSession(flags.session, flags, fromUrl ?? {}),
    sessions: flags.sessions,
    requests: flags.requests,
    totalRequests: flags.totalRequests,
    durationMs: flags.duration,
    warmupMs: flags.warmup,
    drainMs: flags.drain,
    thinkMs: flags.think ?? flags.thinkMs,
    startAt: flags.startAt,
    rate: flags.rate,
    stages: flags.stage,
    arrivals: flags.arrivals,
    pacing: flags.pacing,
    rampUpMs: flags.rampUp,
    connectRate: flags.connectRate,
    requestsPerConnection: flags.requestsPerConnection,
    connectTimeoutMs: flags.connectTimeout,
    replyTimeoutMs: flags.replyTimeout,
    reconnectAttempts: flags.reconnectAttempts,
    reconnectDelayMs: flags.reconnectDelay,
    retries: flags.retries,
    messages: message ?? fromFile,
    messageBytes: flags.size,
    messageOrder: flags.order,
    framing: flags.framing,
    framingModule:
      framingModule === undefined ? undefined : pathToFileURL(resolve(framingModule)).href,
    http: flags.session === undefined ? await readHttp(flags, fromUrl ?? {}) : undefined,
    websocket: readWebSocket(flags, fromUrl?.websocket),
    expectedReply: flags.reply,
    seed: flags.seed,
  };
}
