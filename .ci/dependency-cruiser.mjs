// What dependency-cruiser checks (`pnpm lint`), types counted: the rooms of a package, its folders,
// import each other in no circle, and those that ARCHITECTURE.md puts in order only those before them.
import { readFileSync } from 'node:fs';

const map = readFileSync(new URL('../ARCHITECTURE.md', import.meta.url), 'utf8');

/** The rooms of a package in the order of its table or its list, the lowest first. */
function readOrder(name) {
  const row = new RegExp(`^\\| \\[\`[^\`]+\`\\]\\(packages/${name}/src/([^)]+)\\)`, 'gm');
  const list = new RegExp(`\\(packages/${name}\\).*imports only rooms before it: ([^.]+)\\.`);
  const listed = list.exec(map)?.[1]?.matchAll(/`([^`]+)\/`/g) ?? [];
  const rooms = [...map.matchAll(row), ...listed].map(([, room]) => room);
  if (rooms.length === 0) throw new Error(`ARCHITECTURE.md has no order of the rooms of ${name}`);
  return rooms;
}

/** What may not be in a package whose rooms have an order. */
function rulesOf(name) {
  const src = `^packages/${name}/src`;
  const rooms = readOrder(name);
  const upwards = rooms.slice(0, -1).map((room, index) => ({
    name: `${name}-${room}-imports-a-room-after-it`,
    severity: 'error',
    from: { path: `${src}/${room}/` },
    to: { path: `${src}/(?:${rooms.slice(index + 1).join('|')})/` },
  }));
  const unlisted = {
    name: `${name}-has-a-room-that-is-not-in-ARCHITECTURE`,
    severity: 'error',
    from: { path: `${src}/.+/`, pathNot: `${src}/(?:${rooms.join('|')})/` },
    to: {},
  };
  return [...upwards, unlisted];
}

export default {
  forbidden: [
    {
      name: 'rooms-in-a-circle',
      severity: 'error',
      scope: 'folder',
      from: { path: '^packages/[^/]+/src' },
      to: { circular: true },
    },
    ...['load-client', 'pool-core', 'typed-ffi'].flatMap(rulesOf),
  ],
  options: {
    parser: 'tsc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: String.raw`\.test\.tsx?$|/(?:dist|build)/` },
  },
};
