import { Buffer } from 'node:buffer';

import {
  packRows,
  stringBuffer,
  unpackRows,
  type BackendName,
  type LibraryOptions,
} from '@sockpool/typed-ffi';

import {
  CTEST_ERR_TOKEN_TOO_LONG,
  CTEST_ERR_TOO_MANY_TOKENS,
  CTEST_MATRIX_STRIDE,
  CTEST_TOKEN_BYTES,
  openCtest,
  type Complex,
  type Ctest,
} from './ctest-bindings.ts';
import { resolveLibraryPath } from './library-path.ts';

/** How {@link CtestFunctions.tokenize} stores tokens. */
export interface TokenizeOptions {
  /** The bytes of a row, the NUL included: a token has at most one less. @default 20 */
  readonly rowBytes?: number;
  /** How many tokens there may be. @default 20 */
  readonly maxTokens?: number;
}

/** The shapes of a product that is computed in place; see {@link CtestFunctions.multInto}. */
export interface MultShape {
  /** Rows of a and of c. */
  readonly n: number;
  /** Columns of a and rows of b. */
  readonly r: number;
  /** Columns of b and of c. */
  readonly m: number;
  /** Elements from one row to the next, in all three. @default 100, as in the notebook */
  readonly stride?: number;
}

/** The C library's functions as TypeScript has them. */
export interface CtestFunctions {
  /** Returns a + b. */
  add(a: Readonly<Complex>, b: Readonly<Complex>): Complex;
  /** Exchanges the values of two complex numbers, in place. */
  swap(a: Complex, b: Complex): void;
  /**
   * Returns the sum of all values, added in order. A Float64Array is not copied.
   *
   * @throws {TypeError} when a value is not a number
   */
  sum(values: Float64Array | readonly number[]): number;
  /** Returns the text with the first letter (a-z) of each word in upper case. */
  titlecase(text: string): string;
  /**
   * Splits a text at a separator of one ASCII character. There are no empty tokens.
   *
   * @throws {RangeError} when a token does not fit in a row or there are too many
   */
  tokenize(text: string, separator: string, options?: TokenizeOptions): string[];
  /**
   * Returns the product of two matrices given by their rows.
   *
   * @throws {TypeError} when an element is not a number
   * @throws {RangeError} when a matrix is empty or ragged, or the shapes do not fit
   */
  mult(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number[][];
  /**
   * Computes c = a * b in the caller's memory, without a copy.
   *
   * @throws {RangeError} when an array is too short or the shapes do not fit
   */
  multInto(c: Float64Array, a: Float64Array, b: Float64Array, shape: MultShape): void;
  /**
   * Calls `visit` from C for each token, and returns the sum of its answers as C
   * computed it. A negative answer ends the visit. When `visit` throws, the promise
   * is rejected with that.
   *
   * @throws {RangeError} when a token has more than 255 bytes
   */
  visitTokens(
    text: string,
    separator: string,
    visit: (token: string, index: number) => number,
  ): Promise<number>;
}

/** How {@link openFunctions} opens the library. */
export interface CtestOptions {
  /** The library's path. @default the prebuilt library, or one compiled from source */
  readonly path?: string;
  /**
   * See typed-ffi's `LibraryOptions`.
   * @default that of typed-ffi
   */
  readonly backend?: BackendName;
}

const SCRATCH_BYTES = 256;

/** Rows up to this many bytes are kept from call to call; larger ones are made for the call. */
const KEPT_ROWS_BYTES = 65_536;

/** Opens the C library with everything it exports, in its own terms. */
export function openRaw(options: CtestOptions = {}): Ctest {
  const libraryOptions: LibraryOptions = { backend: options.backend, unsupported: 'defer' };
  return openCtest(options.path ?? resolveLibraryPath(), libraryOptions);
}

/** Opens the C library and returns its functions. */
export function openFunctions(options: CtestOptions = {}): CtestFunctions {
  const c = openRaw(options);
  const kept = new KeptRows();
  return {
    add(a, b) {
      // By pointer: it computes the same, works on every backend and leaks on none.
      return c.add_into(a, b)[1];
    },
    swap: c.swap,
    sum(values) {
      const array = values instanceof Float64Array ? values : packed(values);
      return c.sum(array, array.length);
    },
    titlecase(text) {
      const buffer = stringBuffer(text);
      c.titlecase(buffer);
      return buffer.value;
    },
    tokenize(text, separator, tokenizeOptions = {}) {
      return tokenize(c, kept, text, separator, tokenizeOptions);
    },
    mult(a, b) {
      const left = packRows(a);
      const right = packRows(b);
      const [n, r, m] = [a.length, b.length, b[0]?.length ?? 0];
      const columns = a[0]?.length ?? 0;
      if (columns !== r) {
        throw new RangeError(
          `Cannot multiply: the rows of a have ${columns} elements, b has ${r} rows`,
        );
      }
      const stride = Math.max(r, m);
      const product = new Float64Array((n - 1) * stride + m);
      multInto(
        c,
        product,
        stride === r ? left : packRows(a, stride),
        stride === m ? right : packRows(b, stride),
        { n, r, m, stride },
      );
      return unpackRows(product, n, m, stride);
    },
    multInto(product, a, b, shape) {
      multInto(c, product, a, b, shape);
    },
    async visitTokens(text, separator, visit) {
      const scratch = stringBuffer(SCRATCH_BYTES);
      const answer = await c.visit_tokens_off_thread(
        separator,
        text,
        scratch,
        SCRATCH_BYTES,
        (token, _length, index) => visit(token ?? '', Number(index)),
      );
      if (answer === BigInt(-CTEST_ERR_TOKEN_TOO_LONG)) {
        throw new RangeError(`Cannot visit tokens: one has more than ${SCRATCH_BYTES - 1} bytes`);
      }
      return Number(answer);
    },
  };
}

function packed(values: readonly number[]): Float64Array {
  if (!Array.isArray(values)) {
    throw new TypeError(`Cannot add up '${String(values)}': it must be an array of numbers`);
  }
  return values.length === 0 ? new Float64Array() : packRows([values]);
}

function positiveCount(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new RangeError(`Cannot use ${name} '${value}': it must be an integer, 1 or more`);
  }
  return value;
}

/**
 * Memory for the rows of one call at a time. A buffer for each call is memory outside
 * V8's heap that waits for the collector: 6 MB and more of it at any time. Nothing runs
 * between C's writing and our reading, so one buffer does for all calls.
 */
class KeptRows {
  #bytes = Buffer.alloc(0);

  /** Returns memory of at least that size, with whatever is left in it. */
  take(sizeBytes: number): Buffer {
    if (sizeBytes > KEPT_ROWS_BYTES) return Buffer.alloc(sizeBytes);
    if (this.#bytes.length < sizeBytes) this.#bytes = Buffer.alloc(sizeBytes);
    return this.#bytes;
  }
}

function tokenize(
  c: Ctest,
  kept: KeptRows,
  text: string,
  separator: string,
  options: TokenizeOptions,
): string[] {
  const rowBytes = positiveCount('rowBytes', options.rowBytes ?? CTEST_TOKEN_BYTES);
  const maxTokens = positiveCount('maxTokens', options.maxTokens ?? 20);
  const rows = kept.take(rowBytes * maxTokens);
  const capacity = Buffer.byteLength(text) + 1;
  const [code, count] = c.tokenize_bounded(separator, text, capacity, rows, maxTokens, rowBytes);
  const stored = Number(count);
  if (code === CTEST_ERR_TOKEN_TOO_LONG) {
    throw new RangeError(
      `Cannot tokenize: token ${stored} has more than ${rowBytes - 1} bytes (rowBytes is ${rowBytes})`,
    );
  }
  if (code === CTEST_ERR_TOO_MANY_TOKENS) {
    throw new RangeError(`Cannot tokenize: there are more than ${maxTokens} tokens (maxTokens)`);
  }
  const tokens: string[] = [];
  for (let i = 0; i < stored; i++) {
    const start = i * rowBytes;
    tokens.push(rows.toString('utf8', start, rows.indexOf(0, start)));
  }
  return tokens;
}

function multInto(
  c: Ctest,
  product: Float64Array,
  a: Float64Array,
  b: Float64Array,
  shape: MultShape,
): void {
  const stride = positiveCount('stride', shape.stride ?? CTEST_MATRIX_STRIDE);
  const n = positiveCount('n', shape.n);
  const r = positiveCount('r', shape.r);
  const m = positiveCount('m', shape.m);
  if (r > stride || m > stride) {
    throw new RangeError(
      `Cannot multiply: a row of ${Math.max(r, m)} exceeds the stride ${stride}`,
    );
  }
  needs('a', a, n, r, stride);
  needs('b', b, r, m, stride);
  needs('c', product, n, m, stride);
  if (product.buffer === a.buffer || product.buffer === b.buffer) {
    if (overlaps(product, a) || overlaps(product, b)) {
      throw new RangeError('Cannot multiply: c overlaps a or b');
    }
  }
  c.mult_bounded(a, a.length, b, b.length, product, product.length, n, r, m, stride);
}

function needs(name: string, array: unknown, rows: number, columns: number, stride: number): void {
  if (!(array instanceof Float64Array)) {
    throw new TypeError(`Cannot multiply: ${name} must be a Float64Array, got ${String(array)}`);
  }
  const needed = (rows - 1) * stride + columns;
  if (array.length < needed) {
    throw new RangeError(
      `Cannot multiply: ${name} must have ${needed} elements or more ` +
        `(${rows} rows of ${columns} at a stride of ${stride}), got ${array.length}`,
    );
  }
}

function overlaps(a: Float64Array, b: Float64Array): boolean {
  return (
    a.buffer === b.buffer &&
    a.byteOffset < b.byteOffset + b.byteLength &&
    b.byteOffset < a.byteOffset + a.byteLength
  );
}
