import { expect, test } from 'vitest';
import { startCli } from './running-cli.ts';

test("The demo runs the notebook's programs, prints their lines, and ends with exit code 0", async () => {
  const { code, stdout, stderr } = await startCli([]).finished;
  expect(stderr).toBe('');
  expect(stdout.match(/^[012] serving [a-z ?]+$/gm)).toHaveLength(150);
  expect(stdout.match(/^\('127\.0\.0\.1', \d+\) b'[A-Z ?]+'$/gm)).toHaveLength(175);
  expect(stdout.match(/^\('127\.0\.0\.1', \d+\) {2}closing$/gm)).toHaveLength(35);
  expect(stdout.match(/^[012] serving \('127\.0\.0\.1', \d+\)$/gm)).toHaveLength(5);
  expect(stdout).toContain('--- 150 of 150 replies right\n');
  expect(stdout).toMatch(
    /^exiting timed out \. Will wait for ongoing connections to close\n(.*\n)*complete\n/m,
  );
  expect(stdout).toContain('--- 25 of 25 replies right\n');
  expect(stdout).toMatch(/^sin, wrong result type \(an integer, and garbage\)\n -?\d+$/m);
  expect(stdout).toContain('sin, right result type\n -1.0206823934513925e-11\n');
  expect(stdout).toContain('1-add\n 5.0 7.0\n2-swap\n 2.0 7.0 3.0 4.0\n3-sum\n 32.0\n');
  expect(stdout).toContain('6-mult\n [[81.0, 291.0], [96.0, 356.0]]\n');
  expect(stdout).toContain('All programs came out right.\n');
  expect(code).toBe(0);
});
