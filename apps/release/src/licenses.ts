/** What a CycloneDX document says of one component. */
export interface BomComponent {
  readonly name: string;
  readonly group?: string;
  readonly version?: string;
  readonly licenses?: readonly {
    readonly expression?: string;
    readonly license?: { readonly id?: string; readonly name?: string };
  }[];
}

/** Licenses under which users of an MIT package may take a dependency without further duties. */
const PERMISSIVE = new Set([
  'MIT',
  'ISC',
  '0BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  'Zlib',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'Unlicense',
]);

function allows(expression: string): boolean {
  const text = expression.replaceAll(/[()]/g, ' ');
  return text
    .split(/\sOR\s/)
    .some((choice) => choice.split(/\sAND\s/).every((one) => PERMISSIVE.has(one.trim())));
}

/**
 * Finds the components whose license asks for more than a notice, or that name none.
 *
 * @returns a line for each, with its license
 */
export function doubtfulLicenses(components: readonly BomComponent[]): string[] {
  return components.flatMap(({ group, name, version, licenses = [] }) => {
    const said = licenses.map(
      ({ expression, license }) => expression ?? license?.id ?? license?.name ?? '',
    );
    if (said.length > 0 && said.every(allows)) return [];
    const full = group === undefined ? name : `${group}/${name}`;
    return [`${full}@${version ?? '?'}: ${said.join(', ') || 'no license'}`];
  });
}
