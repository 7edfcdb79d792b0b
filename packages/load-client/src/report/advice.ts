import { attemptsNote, ERROR_CLASSES, type ErrorClass } from '../measure/error-class.ts';
import type { ErrorReasonCounts } from '../measure/error-reasons.ts';
import type { ErrorCounts } from '../measure/error-class.ts';
import type { LoadOptions } from '../options/load-options.ts';

/** What a load has seen that got no right reply. */
export interface FruitlessLoad {
  readonly sent: number;
  /** Connections that are open, or were. */
  readonly connections: number;
  readonly errors: Readonly<ErrorCounts>;
  readonly errorReasons: ErrorReasonCounts;
}

/** The options that say what was asked, and of whom. */
export type AskedOptions = Pick<
  LoadOptions,
  'host' | 'port' | 'path' | 'tls' | 'http' | 'session' | 'websocket'
>;

/** What was asked, in words. */
interface Asked {
  readonly where: string;
  readonly speaks: 'http' | 'http2' | 'websocket' | 'messages';
  readonly secure: boolean;
}

function describe(options: AskedOptions): Asked {
  const { host = '127.0.0.1', port, path, tls, http, session, websocket } = options;
  const isHttp =
    http !== undefined || (session?.steps.some(({ request }) => request !== undefined) ?? false);
  const version = http?.version ?? session?.version;
  return {
    where: path ?? `${host.includes(':') ? `[${host}]` : host}:${port}`,
    speaks: isHttp ? (version === '2' ? 'http2' : 'http') : websocket ? 'websocket' : 'messages',
    secure: tls !== undefined && tls !== false,
  };
}

type Advice = (asked: Asked, reason: string) => string;

const NAMES = {
  http: 'HTTP/1.1',
  http2: 'HTTP/2',
  websocket: 'WebSocket',
  messages: 'this framing',
} as const;

const PLAIN = { http: 'http', http2: 'h2c', websocket: 'ws', messages: 'tcp' } as const;

const inPlain = ({ where, speaks }: Asked): string =>
  `${PLAIN[speaks]}://${where}${speaks === 'messages' ? '' : '/'}`;

/** What a server without the handshake that was begun does: it closes, or says nothing. */
const handshake = (asked: Asked): string => {
  const { secure, speaks, where } = asked;
  if (secure) return `does the server speak TLS? If not, try ${inPlain(asked)}`;
  if (speaks === 'http2') return `does the server speak HTTP/2? If not, try http://${where}/`;
  return `does the server speak ${NAMES[speaks]}?`;
};

const TLS: readonly (readonly [RegExp, Advice])[] = [
  [/ALTNAME/, () => '--tls-servername gives the name that the certificate has'],
  [
    /alert.*certificate|CERTIFICATE_REQUIRED|handshake failure/i,
    () =>
      'the server refuses the handshake; --tls-cert and --tls-key are for one that wants a certificate',
  ],
  [
    /CERT|SIGNED|ISSUER|certificate/,
    () => '--tls-ca names the authority of the certificate, --tls-insecure takes any',
  ],
  [/.*/, (asked) => `the server answers without TLS: try ${inPlain(asked)}`],
];

function adviseOnTls(asked: Asked, reason: string): string {
  return TLS.find(([pattern]) => pattern.test(reason))?.[1](asked, reason) ?? handshake(asked);
}

function adviseOnProtocol({ where, speaks, secure }: Asked, reason: string): string {
  if (speaks === 'http2') {
    return `the server speaks no HTTP/2 there: try ${secure ? 'https' : 'http'}://${where}/`;
  }
  if (reason.includes('begins with')) {
    return `the server speaks no WebSocket there: try ${secure ? 'tls' : 'tcp'}://${where}`;
  }
  if (reason.includes('subprotocol')) return '--ws-protocol names the subprotocols to offer';
  return `no WebSocket is at that path: write another, or ${secure ? 'https' : 'http'}:// for HTTP`;
}

function adviseOnStatus({ where, secure }: Asked, reason: string): string {
  const status = /status is (\d+)/.exec(reason)?.[1] ?? '';
  if (status === '400' && !secure) return `a port of TLS answers so: try https://${where}/`;
  if (status === '401' || status === '403') return "write --http-header 'Authorization: …'";
  if (status === '404') return 'nothing is at that path';
  if (status === '426') return `the server wants another protocol: try ws://${where}/`;
  if (status.startsWith('3')) return 'redirects are not followed: write the URL that they lead to';
  return '--http-status and --http-expect-body say which reply is right';
}

const ADVICE: Readonly<Record<ErrorClass, Advice>> = {
  refused: ({ where }) => `nothing listens at ${where}`,
  connectTimeout: (asked) =>
    asked.secure || asked.speaks === 'http2' || asked.speaks === 'websocket'
      ? handshake(asked)
      : `${asked.where} does not answer: a firewall may drop what is sent there`,
  connectFailed: ({ where }) => `the network does not lead to ${where}`,
  clientLimit: () =>
    'this machine has no more ports, descriptors or memory: open fewer connections, or raise ulimit -n',
  tls: adviseOnTls,
  protocol: adviseOnProtocol,
  reset: ({ where }) =>
    `${where} resets its connections: if it is a proxy, look whether what is behind it listens`,
  timeout: (asked) => noReply(asked),
  closedBeforeReply: (asked) => {
    const { where, speaks, secure } = asked;
    if (speaks === 'messages')
      return `the server closes without a reply: one of HTTP needs 'http://${where}/', one of TLS 'tls://${where}'`;
    if (secure) return `the server closes without a reply: does it speak ${NAMES[speaks]}?`;
    const tls = { http: 'https', http2: 'h2', websocket: 'wss' }[speaks];
    return `the server closes without a reply: does it want ${tls}://${where}/?`;
  },
  earlyClose: (asked, reason) =>
    reason.includes('handshake')
      ? `the server closes during the handshake: ${handshake(asked)}`
      : 'the server ends its connections within a reply',
  wrongReply: (asked, reason) =>
    asked.speaks === 'http' || asked.speaks === 'http2'
      ? adviseOnStatus(asked, reason)
      : "'--reply same' or '--reply any' takes other replies than the message in upper case" +
        (asked.speaks === 'messages' ? `; ${forHttp(asked)}` : ''),
  surplusBytes: ({ speaks }) =>
    `the server sends what nobody asked for: does it speak first${speaks === 'messages' ? ', or in another --framing' : ''}?`,
  malformedReply: ({ where, speaks, secure }) => {
    if (speaks === 'messages') return 'the server speaks another --framing';
    if (speaks === 'http')
      return `the server speaks no HTTP/1.1 there: try ${secure ? 'h2' : 'h2c'}://${where}/ or ${secure ? 'tls' : 'tcp'}://${where}`;
    return `the server does not speak ${NAMES[speaks]} as it should`;
  },
  socketError: () => 'the connection breaks',
};

/** Says how to ask a server of HTTP, on the command line and in a program. */
function forHttp({ where }: Pick<Asked, 'where'>): string {
  return `a server of HTTP needs 'http://${where}/', or http: { requests: ['GET /'] } in a program`;
}

function noReply({ where, speaks, secure }: Asked): string {
  if (speaks === 'messages') {
    return `${forHttp({ where })}; one of lines needs '--framing line'`;
  }
  return `does the server speak ${NAMES[speaks]} there, ${secure ? 'with' : 'without'} TLS?`;
}

/** Says why a load got no right reply, and what to try. */
export function adviseOn(seen: FruitlessLoad, options: AskedOptions): string {
  const asked = describe(options);
  const [worst = 'timeout'] = ERROR_CLASSES.toSorted((a, b) => seen.errors[b] - seen.errors[a]);
  const count = seen.errors[worst];
  if (count === 0 && seen.sent === 0) {
    return seen.connections === 0
      ? `no connection to ${asked.where} is open`
      : 'nothing was asked: no request was due, or clients think longer than that';
  }
  if (count === 0 || worst === 'timeout') {
    return `no reply to ${seen.sent} requests; ${noReply(asked)}`;
  }
  const [reason = ''] = Object.keys(seen.errorReasons[worst] ?? {});
  return `no right reply, ${count} × ${worst}${attemptsNote(worst)}: ${ADVICE[worst](asked, reason)}`;
}
