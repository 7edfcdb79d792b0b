/**
 * Checks of options whose errors name the option, what is allowed, and the name that a misspelled
 * one meant.
 *
 * @module
 */
export { describeValue } from './describe-value.ts';
export {
  requireBoolean,
  requireFunction,
  requireMethods,
  requireObject,
  requireOneOf,
  requireStrings,
} from './kinds.ts';
export { type ErrorPlace, errorPlace, errorPlaceText } from './error-place.ts';
export { type OptionsWhere, requireKnownOptions, withDefaults } from './known-options.ts';
export { nearestName } from './nearest-name.ts';
export { type IntegerBounds, requireDurationMs, requireInteger, requireNumber } from './numbers.ts';
export { onceOnly } from './once-only.ts';
export { usageMessage, type UsageTerms } from './usage-message.ts';
