import type { LengthRequirement } from './parameter.ts';

/**
 * How long an array must be: a number, the label of the parameter that holds the
 * length (`'n'`), or a product of both (`'n*size'`, `'rows*20'`).
 */
export type LengthSpec = number | string;

/** A count in a {@link LengthSpec} of a matrix: a number or a label. */
type Factor = number | string;

function factorsOf(spec: LengthSpec): Factor[] {
  if (typeof spec === 'number') return [checkedCount(spec)];
  return spec.split('*').map((part) => {
    const factor = part.trim();
    if (/^\d+$/.test(factor)) return checkedCount(Number(factor));
    if (/^[A-Za-z_]\w*$/.test(factor)) return factor;
    throw new TypeError(
      `Cannot declare a length of '${spec}': it must be a count, a label such as 'n', ` +
        `or a product of them such as 'rows*20'`,
    );
  });
}

function checkedCount(count: number): number {
  if (!Number.isSafeInteger(count) || count < 0) {
    throw new RangeError(`Cannot declare a length of '${count}': it must be an integer, 0 or more`);
  }
  return count;
}

function labelsIn(factors: readonly Factor[]): string[] {
  return factors.filter((factor) => typeof factor === 'string');
}

function product(factors: readonly Factor[], valueOfLabel: (label: string) => number): number {
  let total = 1;
  for (const factor of factors) {
    total *= typeof factor === 'number' ? factor : valueOfLabel(factor);
  }
  return total;
}

/** Makes the requirement for a flat array, or none for an undefined spec. */
export function lengthRequirement(
  spec: LengthSpec | undefined,
  unit: string,
  lengthOf: (value: unknown) => number,
): LengthRequirement | undefined {
  if (spec === undefined) return undefined;
  const factors = factorsOf(spec);
  return {
    unit,
    labels: labelsIn(factors),
    needed: (valueOfLabel) => product(factors, valueOfLabel),
    lengthOf,
  };
}

/** The shape of a matrix whose rows lie a fixed distance apart. */
export interface MatrixShape {
  /** How many rows are used: a count or the label of a parameter. */
  readonly rows: LengthSpec;
  /** How many elements of each row are used. */
  readonly columns: LengthSpec;
  /** Elements from the start of one row to the start of the next. @default columns */
  readonly stride?: LengthSpec | undefined;
}

/** Makes the requirement for a matrix: (rows - 1) * stride + columns elements. */
export function matrixRequirement(
  shape: MatrixShape,
  lengthOf: (value: unknown) => number,
): LengthRequirement {
  const rows = factorsOf(shape.rows);
  const columns = factorsOf(shape.columns);
  const stride = shape.stride === undefined ? columns : factorsOf(shape.stride);
  return {
    unit: 'elements',
    labels: [...new Set([...labelsIn(rows), ...labelsIn(columns), ...labelsIn(stride)])],
    needed(valueOfLabel) {
      const rowCount = product(rows, valueOfLabel);
      const columnCount = product(columns, valueOfLabel);
      const strideCount = product(stride, valueOfLabel);
      if (columnCount > strideCount) {
        throw new RangeError(
          `a row of ${columnCount} elements does not fit in a stride of ${strideCount}`,
        );
      }
      return rowCount === 0 || columnCount === 0 ? 0 : (rowCount - 1) * strideCount + columnCount;
    },
    lengthOf,
  };
}
