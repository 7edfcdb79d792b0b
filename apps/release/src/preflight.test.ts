import { expect, test } from 'vitest';
import { checkProvenance } from './preflight.ts';
import { readPublished, ROOT } from './workspace.ts';

const CI = { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://ci.example/token' };

test('asks nothing of a release without provenance', () => {
  expect(checkProvenance(readPublished(ROOT), false, {})).toBe('none is asked for');
});

test('refuses provenance where nobody can prove who they are', () => {
  expect(() => checkProvenance([], true, {})).toThrow(/^Cannot give provenance: it needs a job of/);
});

test('every package names the repository that it is released from', () => {
  const env = { ...CI, GITHUB_REPOSITORY: 'sockpool/sockpool' };
  expect(checkProvenance(readPublished(ROOT), true, env)).toBe('from sockpool/sockpool');
});

test('names the packages of another repository', () => {
  const env = { ...CI, GITHUB_REPOSITORY: 'some/fork' };
  const packages = [
    { name: 'a', repository: 'git+https://github.com/some/fork.git' },
    { name: 'b', repository: 'git+https://github.com/awesome/fork.git' },
    { name: 'c' },
  ];
  expect(() => checkProvenance(packages, true, env)).toThrow(/^Cannot give provenance of b, c: /);
});
