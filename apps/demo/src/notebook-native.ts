import {
  add,
  mult,
  sin,
  sinWithWrongResult,
  sum,
  swap,
  titlecase,
  tokenize,
  visitTokens,
} from '@sockpool/native-ctest';

/** What the notebook's native part prints, in its order; the first line of it is garbage by nature. */
const EXPECTED = [
  'sin, right result type\n -1.0206823934513925e-11',
  '1-add\n 5.0 7.0',
  '2-swap\n 2.0 7.0 3.0 4.0',
  '3-sum\n 32.0',
  '4-titlecase\n The Advantages Of Script Languages Over OTHER Languages',
  "5-tokenize\n 8 ['the', 'advantages', 'of', 'script', 'languages', 'over', 'OTHER', 'languages']",
  '6-mult\n [[81.0, 291.0], [96.0, 356.0]]',
];

/**
 * Runs the notebook's native part: C functions called from TypeScript, and C calling back.
 *
 * @returns whether everything came out as in the notebook
 */
export async function runNotebookNative(): Promise<boolean> {
  console.log('\n=== Native binding: C functions, called without ever crashing the process ===');
  // Not Math.PI: the notebook's value, whose sine is not 0.
  const almostPi = Number('3.1415926536');
  console.log(`sin, wrong result type (an integer, and garbage)\n ${sinWithWrongResult(almostPi)}`);
  const sentence = 'the advantages of script languages over OTHER languages';
  const lines = [`sin, right result type\n ${sin(almostPi)}`, ...notebookLines(sentence)];
  for (const line of lines) console.log(line);
  const letters = await visitTokens(sentence, ' ', (token) => token.length);
  console.log(`C calls TypeScript for each token and adds up the lengths\n ${letters}`);
  return (
    lines.join('\n') === EXPECTED.join('\n') && letters === sentence.replaceAll(' ', '').length
  );
}

function notebookLines(sentence: string): string[] {
  const { x, y } = add({ x: 3.1, y: 4.2 }, { x: 1.9, y: 2.8 });
  const a = { x: 3, y: 4 };
  const b = { x: 2, y: 7 };
  swap(a, b);
  const tokens = tokenize(sentence, ' ');
  const c = mult(
    [
      [1, 2, 3, 4, 5],
      [11, 12, 13, 14, 15],
    ],
    [
      [1, 2],
      [2, 3],
      [4, 5],
      [6, 7],
      [8, 9],
    ],
  );
  // The notebook prints the columns first.
  const columns = [0, 1].map((j) => `[${c.map((row) => double(row[j])).join(', ')}]`);
  return [
    `1-add\n ${double(x)} ${double(y)}`,
    `2-swap\n ${double(a.x)} ${double(a.y)} ${double(b.x)} ${double(b.y)}`,
    `3-sum\n ${double(sum([1, 2, 1, 6, 4, 2, 7, 3, 1, 5]))}`,
    `4-titlecase\n ${titlecase(sentence)}`,
    `5-tokenize\n ${tokens.length} [${tokens.map((token) => `'${token}'`).join(', ')}]`,
    `6-mult\n [${columns.join(', ')}]`,
  ];
}

/** Writes a double as Python does: 5.0, not 5. */
function double(value: number | undefined): string {
  return Number.isInteger(value) ? Number(value).toFixed(1) : String(value);
}
