import { lengthExpression, type LengthSpec } from './length-expression.ts';
import type { LengthRequirement } from './parameter.ts';

/** Makes the requirement for a flat array, or none for an undefined spec. */
export function lengthRequirement(
  spec: LengthSpec | undefined,
  unit: string,
  lengthOf: (value: unknown) => number,
): LengthRequirement | undefined {
  if (spec === undefined) return undefined;
  const { labels, evaluate } = lengthExpression(spec);
  return { unit, labels, needed: evaluate, lengthOf };
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
  const rows = lengthExpression(shape.rows);
  const columns = lengthExpression(shape.columns);
  const stride = shape.stride === undefined ? columns : lengthExpression(shape.stride);
  return {
    unit: 'elements',
    labels: [...new Set([...rows.labels, ...columns.labels, ...stride.labels])],
    needed(valueOfLabel) {
      const rowCount = rows.evaluate(valueOfLabel);
      const columnCount = columns.evaluate(valueOfLabel);
      const strideCount = stride.evaluate(valueOfLabel);
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
