import { type ErrorRecord, toErrorRecord } from '../errors/error-record.ts';

/**
 * Puts what kept a worker from booting into a form that crosses to the primary. A syntax error
 * has its file, its line and a caret in the stack; what has no stack, the module in its message.
 *
 * @param error anything thrown
 * @param handlerUrl the module that was loaded
 */
export async function bootErrorRecord(error: unknown, handlerUrl: string): Promise<ErrorRecord> {
  const record = toErrorRecord(error);
  if (!/^\s+at /m.test(record.stack ?? '')) {
    const message = `loading '${handlerUrl}' threw ${record.message} (no stack: throw an Error to get one)`;
    return { ...record, message };
  }
  if (record.name !== 'SyntaxError') return record;
  // Loaded when it is needed, which in most workers is never.
  const { syntaxErrorPlace } = await import('./syntax-error-place.ts');
  const place = await syntaxErrorPlace(error, handlerUrl);
  return place === undefined ? record : { ...record, stack: `${place}\n${record.stack}` };
}
