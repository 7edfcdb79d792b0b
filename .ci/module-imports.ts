import { parseSync, Visitor, type Node } from 'oxc-parser';

/** One place where a file names another module. */
export interface ModuleImport {
  readonly specifier: string;
  /** Whether nothing of it is left at runtime. */
  readonly typeOnly: boolean;
  /** The line, counted from 1. */
  readonly line: number;
}

/** Functions that load or find a module by a name in their first argument. */
const LOADERS: ReadonlySet<string> = new Set([
  'import.meta.resolve',
  'process.getBuiltinModule',
  'require',
  'require.resolve',
]);

/** Gives a string that is known without running the program, else undefined. */
function literal(node: Node | null | undefined): string | undefined {
  if (node?.type === 'Literal') return typeof node.value === 'string' ? node.value : undefined;
  if (node?.type !== 'TemplateLiteral' || node.expressions.length > 0) return undefined;
  return node.quasis[0]?.value.cooked ?? undefined;
}

/**
 * Finds every module that a TypeScript or JavaScript file names: imports, exports from,
 * dynamic imports, type imports, and calls such as `import.meta.resolve()`.
 *
 * `import { type A } from 'a'` is not type-only: under `verbatimModuleSyntax` the module is
 * still loaded. Names that are computed at runtime are not found.
 *
 * @param fileName the file's name, which tells the language
 * @param source the file's text
 * @throws {SyntaxError} when the file can't be parsed
 */
export function moduleImports(fileName: string, source: string): ModuleImport[] {
  const { program, errors } = parseSync(fileName, source);
  const [error] = errors;
  if (error !== undefined) throw new SyntaxError(`Cannot parse '${fileName}': ${error.message}`);

  const found: ModuleImport[] = [];
  const add = (node: Node, module: Node | null | undefined, typeOnly = false): void => {
    const specifier = literal(module);
    if (specifier === undefined) return;
    const line = source.slice(0, node.start).split('\n').length;
    found.push({ specifier, typeOnly, line });
  };
  new Visitor({
    ImportDeclaration: (node) => add(node, node.source, node.importKind === 'type'),
    ExportNamedDeclaration: (node) => add(node, node.source, node.exportKind === 'type'),
    ExportAllDeclaration: (node) => add(node, node.source, node.exportKind === 'type'),
    ImportExpression: (node) => add(node, node.source),
    TSImportType: (node) => add(node, node.source, true),
    CallExpression: (node) => {
      const callee = source.slice(node.callee.start, node.callee.end).replaceAll(/\s|\?/g, '');
      if (LOADERS.has(callee)) add(node, node.arguments[0]);
    },
  }).visit(program);
  return found;
}
