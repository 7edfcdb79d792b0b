import { ERROR_CLASSES } from '../measure/error-class.ts';
import type { LoadOptions } from '../options/load-options.ts';
import type { LoadProgress } from '../threads/load-progress.ts';

/** A run that goes well has a right reply by then, in seconds. */
const SILENT_SECONDS = 2;

/**
 * Returns what to try when nothing comes back as expected in the first seconds, or undefined: once
 * for a run, in its second second.
 */
export function adviseInFirstSeconds(
  { second, total }: LoadProgress,
  options: LoadOptions,
): string | undefined {
  if (second + 1 !== SILENT_SECONDS || total.right > 0) return undefined;
  const [worst] = ERROR_CLASSES.toSorted((a, b) => total.errors[b] - total.errors[a]);
  const count = worst === undefined ? 0 : total.errors[worst];
  const where = options.path ?? `${options.host ?? '127.0.0.1'}:${options.port}`;
  const isHttp = options.http !== undefined;
  if (count === 0 || worst === 'timeout') {
    return total.sent === 0
      ? `no connection to ${where} is open yet`
      : `no reply so far to ${total.sent} requests; ${isHttp ? 'does the server speak HTTP/1.1 there, without TLS?' : `a server of HTTP needs 'http://${where}/', one of lines '--framing line'`}`;
  }
  const advice: Readonly<Record<string, string>> = {
    refused: `nothing listens at ${where}`,
    tls: 'the handshake fails: --tls-ca names the authority, --tls-insecure takes any certificate',
    wrongReply: isHttp
      ? '--http-status and --http-expect-body say which reply is right'
      : "'--reply same' or '--reply any' takes other replies than the message in upper case",
    malformedReply: 'the server speaks something else than was asked for',
    closedBeforeReply: isHttp
      ? 'the server closes without a reply: does it want https://?'
      : 'the server closes without a reply: does it speak another protocol?',
  };
  const known = worst === undefined ? undefined : advice[worst];
  return `no right reply so far, ${count} × ${worst}${known === undefined ? '' : `: ${known}`}`;
}
