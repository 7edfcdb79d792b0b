import assert from 'node:assert/strict';
// @boundaries-ignore: the package comes packed, into a project of its own
import { nearestName, requireInteger, requireKnownOptions } from '@sockpool/option-checks';

assert.equal(requireInteger('workers', 2, { min: 1 }), 2);
assert.throws(() => requireKnownOptions({ wrokers: 2 }, { workers: 1 }), {
  name: 'TypeError',
  message: 'Unknown option wrokers: did you mean workers? Allowed are workers',
});
assert.equal(nearestName('x', ['workers']), undefined);
