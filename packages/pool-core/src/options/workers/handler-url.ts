import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describeValue } from '@sockpool/option-checks';

/**
 * Gives the URL of a handler module.
 *
 * @param handler a URL, or an absolute path
 * @throws {TypeError} when it is neither
 */
export function resolveHandlerUrl(handler: unknown): string {
  if (handler instanceof URL) return handler.href;
  if (typeof handler === 'string') {
    if (isAbsolute(handler)) return pathToFileURL(handler).href;
    if (URL.canParse(handler)) return handler;
  }
  throw new TypeError(
    `Option handler must be a URL or an absolute path of a module, got ${describeValue(handler)}; ` +
      "try new URL('./handler.js', import.meta.url)",
  );
}
