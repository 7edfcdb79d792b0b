// Compares what the generator makes of a header with what clang says that it declares.
import type { GeneratedBindings } from '../src/generator/bindings/generate-bindings.ts';
import type { CHeader } from '../src/generator/header/c-type.ts';
import { plainSignature, type OracleHeader } from './clang-oracle.ts';

/** Returns what is in the header and neither expressed nor left out, or is wrong. */
export function lostIn(
  oracle: OracleHeader,
  header: CHeader,
  generated: GeneratedBindings,
): string[] {
  const { text, leftOut } = generated;
  const left = new Set(leftOut.map(({ name }) => name.replace(/^(struct|union) /, '')));
  const declared = new Set(
    Array.from(
      text.matchAll(/^ {2}(?:'|\[')?(\w+)(?:'|'\])?: (?:fn|variable)\(/gm),
      ([, name]) => name,
    ),
  );
  const exported = new Map(
    Array.from(
      text.matchAll(
        /\/\*\*(?:[^*]|\*(?!\/))*? ?`(\w+)`(?:[^*]|\*(?!\/))*\*\/\nexport const \w+(?:: number)? = (.*);$/gm,
      ),
      ([, name = '', value = '']) => [name, value],
    ),
  );
  const records = new Set(
    Array.from(text.matchAll(/Declares `(?:struct |union )?(\w+)`/g), ([, name]) => name),
  );
  const others = new Set(
    /^\/\/ Macros that are no constants: (.*)\.$/m.exec(text)?.[1]?.split(', ') ?? [],
  );
  const lost: string[] = [];
  for (const [name, signature] of oracle.functions) {
    if (!declared.has(name) && !left.has(name)) lost.push(`${name}()`);
    const read = header.functions.get(name);
    if (read === undefined) continue;
    const ours = plainSignature(read.type, header);
    if (!agree(ours, signature, header)) lost.push(`${name}(): ${ours} is ${signature}`);
  }
  for (const name of oracle.variables) {
    if (!declared.has(name) && !left.has(name)) lost.push(name);
  }
  for (const name of oracle.records) {
    const own = header.records.get(name)?.typedefName ?? name;
    if (!records.has(name) && !records.has(own) && !left.has(name) && !left.has(own)) {
      lost.push(`struct ${name}`);
    }
  }
  for (const [name, value] of oracle.enumerators) {
    const ours = exported.get(name);
    if (ours === undefined) lost.push(name);
    else if (BigInt(ours.replace(/n$/, '')) !== value) lost.push(`${name}: ${ours} is ${value}`);
  }
  for (const name of oracle.macros) {
    if (!exported.has(name) && !others.has(name)) lost.push(`#define ${name}`);
  }
  return lost;
}

/** Compares two signatures; clang calls a struct or enum without a tag by its typedef. */
function agree(ours: string, signature: string, header: CHeader): boolean {
  const [own = [], theirs = []] = [ours, signature].map((text) => text.slice(1, -1).split(', '));
  return (
    own.length === theirs.length &&
    own.every((part, i) => {
      const other = theirs[i] ?? '';
      const target = header.typedefs.get(other);
      return part === other || part === target?.kind;
    })
  );
}
