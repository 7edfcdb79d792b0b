import { describeValue, requireObject } from '@sockpool/option-checks';

/**
 * Checks that an option is an environment: an object of strings, where undefined leaves one out.
 *
 * @param name the option's name, for the message
 * @param value what the caller gave
 * @returns the value itself, which may change later, as `process.env` does
 * @throws {TypeError} when it is anything else
 */
export function requireEnvironment<Value extends object>(name: string, value: Value): Value {
  requireObject(`Option ${name}`, value, "{ ...process.env, NODE_ENV: 'production' }");
  for (const [variable, text] of Object.entries(value) as [string, unknown][]) {
    if (text === undefined || typeof text === 'string') continue;
    throw new TypeError(`Option ${name}.${variable} must be a string, got ${describeValue(text)}`);
  }
  return value;
}
