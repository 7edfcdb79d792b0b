import assert from 'node:assert/strict';
// @boundaries-ignore: the package comes packed, into a project of its own
import { f64, FfiError, fn, library } from '@sockpool/typed-ffi';

const math = library(['libm.so.6', 'libm.so', 'libc.so', 'libSystem.dylib'], {
  cos: fn([f64], f64),
});
const cosine: number = math.cos(0);
assert.equal(cosine, 1);
assert.throws(() => library('libno-such-library.so', {}), FfiError);
