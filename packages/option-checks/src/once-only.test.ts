import { expect, test } from 'vitest';
import { onceOnly } from './once-only.ts';

test('an option that is given again is refused, and another is not', () => {
  const take = onceOnly();
  take('rate');
  take('duration');
  expect(() => take('rate')).toThrow(new TypeError('Option --rate must be given once'));
  onceOnly()('rate');
});
