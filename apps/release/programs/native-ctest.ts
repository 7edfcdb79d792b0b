import assert from 'node:assert/strict';
// @boundaries-ignore: the package comes packed, into a project of its own
import { add, mult, sum, titlecase, tokenize } from '@sockpool/native-ctest';

assert.deepEqual(add({ x: 3.5, y: 4 }, { x: 1.5, y: 3 }), { x: 5, y: 7 });
assert.equal(sum([1, 2, 1, 6, 4, 2, 7, 3, 1, 5]), 32);
assert.equal(titlecase('the advantages'), 'The Advantages');
assert.deepEqual(tokenize('of script languages', ' '), ['of', 'script', 'languages']);
assert.deepEqual(mult([[1, 2]], [[3], [4]]), [[11]]);
