import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseSync, Visitor } from 'rolldown/utils';

/** An import of another room: the two files, relative to `src/`. */
export interface RoomImport {
  readonly from: string;
  readonly to: string;
}

/** The rooms that each room imports from, with the first import that does it. */
export type RoomGraph = ReadonlyMap<string, ReadonlyMap<string, RoomImport>>;

/** Returns the relative imports of a module: of values and types, by `export … from` and `import()`. */
function importsOf(file: string): string[] {
  const found: unknown[] = [];
  const add = ({ source }: { readonly source: unknown }): void => {
    found.push((source as { readonly value?: unknown } | null)?.value);
  };
  const { program, errors } = parseSync(file, readFileSync(file, 'utf8'));
  if (errors.length > 0) throw new SyntaxError(`Cannot parse ${file}: ${errors[0]?.message}`);
  new Visitor({
    ImportDeclaration: add,
    ExportNamedDeclaration: add,
    ExportAllDeclaration: add,
    ImportExpression: add,
    TSImportType: add,
  }).visit(program);
  return found.filter((each) => typeof each === 'string').filter((each) => each.startsWith('.'));
}

/** Names the room of a file: its folder. A file of `src/` itself is a room of its own. */
function roomOf(file: string): string {
  return file.includes('/') ? path.posix.dirname(file) : file;
}

/**
 * Reads which rooms of a package import which. Tests are left out: they may look anywhere.
 *
 * @param src the package's folder of sources
 */
export function readRooms(src: string): RoomGraph {
  const graph = new Map<string, Map<string, RoomImport>>();
  for (const file of globSync('**/*.{ts,tsx}', { cwd: src }).toSorted()) {
    if (/\.test\.tsx?$/.test(file)) continue;
    const from = file.replaceAll(path.sep, '/');
    const rooms = graph.get(roomOf(from)) ?? new Map<string, RoomImport>();
    graph.set(roomOf(from), rooms);
    for (const request of importsOf(path.join(src, file))) {
      const to = path.posix.join(path.posix.dirname(from), request);
      const room = roomOf(to);
      // What is outside of src/ is no room, such as package.json.
      if (to.startsWith('../') || room === roomOf(from) || rooms.has(room)) continue;
      rooms.set(room, { from, to });
    }
  }
  return graph;
}

/**
 * Finds a circle of rooms, a shortest one.
 *
 * @param graph which rooms import which
 * @returns the imports that make it, each from the room that the one before leads to; none if there is no circle
 */
export function findCircle(graph: RoomGraph): readonly RoomImport[] {
  let shortest: readonly RoomImport[] = [];
  for (const start of graph.keys()) {
    const seen = new Set<string>();
    const paths: { readonly room: string; readonly imports: readonly RoomImport[] }[] = [
      { room: start, imports: [] },
    ];
    for (const { room, imports } of paths) {
      for (const [next, each] of graph.get(room) ?? []) {
        const longer = [...imports, each];
        if (next === start && (shortest.length === 0 || longer.length < shortest.length)) {
          shortest = longer;
        }
        if (seen.has(next)) continue;
        seen.add(next);
        paths.push({ room: next, imports: longer });
      }
    }
  }
  return shortest;
}

/** Says which rooms a circle goes through, and by which imports. */
export function describeCircle(circle: readonly RoomImport[]): string[] {
  return circle.map(({ from, to }) => `${roomOf(from)} → ${roomOf(to)}: ${from} imports ${to}`);
}
