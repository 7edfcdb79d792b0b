/**
 * Packs rows into one Float64Array whose rows lie `stride` elements apart.
 *
 * @param stride at least the length of a row. @default the length of a row
 * @throws {TypeError} when an element is not a number
 * @throws {RangeError} when there is no row, rows differ in length or do not fit
 */
export function packRows(rows: readonly (readonly number[])[], stride?: number): Float64Array {
  const columns = rows[0]?.length ?? 0;
  if (columns === 0) {
    throw new RangeError('Cannot pack a matrix without elements: it needs one row of one element');
  }
  const step = stride ?? columns;
  if (!Number.isSafeInteger(step) || step < columns) {
    throw new RangeError(
      `Cannot pack rows of ${columns} elements with a stride of '${step}': it must be at least that`,
    );
  }
  const packed = new Float64Array((rows.length - 1) * step + columns);
  for (const [i, row] of rows.entries()) {
    if (row.length !== columns) {
      throw new RangeError(
        `Cannot pack a matrix: row ${i} has ${row.length} elements, row 0 has ${columns}`,
      );
    }
    for (let j = 0; j < columns; j++) {
      const element: unknown = row[j];
      if (typeof element !== 'number') {
        throw new TypeError(
          `Cannot pack a matrix: element [${i}][${j}] must be a number, got ${String(element)}`,
        );
      }
      packed[i * step + j] = element;
    }
  }
  return packed;
}

/**
 * Copies rows out of a packed matrix; the reverse of {@link packRows}.
 *
 * @throws {RangeError} when the matrix does not hold that many rows
 */
export function unpackRows(
  packed: Float64Array,
  rows: number,
  columns: number,
  stride: number = columns,
): number[][] {
  if (rows > 0 && (rows - 1) * stride + columns > packed.length) {
    throw new RangeError(
      `Cannot unpack ${rows} rows of ${columns} at a stride of ${stride}: there are ${packed.length} elements`,
    );
  }
  return Array.from({ length: rows }, (_, i) =>
    Array.from(packed.subarray(i * stride, i * stride + columns)),
  );
}
