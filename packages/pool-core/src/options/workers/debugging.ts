/** What opens a debugger port: `--inspect`, `--inspect-brk`, `--inspect-wait`, with or without `=[host:]port`. */
const OPENS = /(?<=^|\s)["']?--inspect(?:-brk|-wait)?(?:=\S+)?["']?(?=\s|$)/g;

/** What names a debugger port, with the port. */
const NAMES =
  /(?<=^|\s)["']?--(?:inspect(?:-brk|-wait|-port)?|debug-port)=(?:\S+:)?(\d+)["']?(?=\s|$)/g;

/**
 * Tells whether Node's arguments open a debugger port.
 *
 * @param execArgv Node's own arguments
 * @param env the environment, with `NODE_OPTIONS`
 */
export function opensInspector(execArgv: readonly string[], env: NodeJS.ProcessEnv): boolean {
  return words(execArgv, env).search(OPENS) >= 0;
}

/**
 * Finds the debugger port that Node's arguments name.
 *
 * @param execArgv Node's own arguments
 * @param env the environment, with `NODE_OPTIONS`
 * @returns undefined when they name none
 */
export function namedInspectorPort(
  execArgv: readonly string[],
  env: NodeJS.ProcessEnv,
): number | undefined {
  const last = [...words(execArgv, env).matchAll(NAMES)].at(-1)?.[1];
  return last === undefined ? undefined : Number(last);
}

/**
 * Gives an environment in which no debugger port is opened, for a process that is not to be
 * debugged and must not wait for it.
 *
 * @param env the environment
 */
export function withoutInspector(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: options } = env;
  return options === undefined ? env : { ...env, NODE_OPTIONS: options.replaceAll(OPENS, '') };
}

/** Whether this process has a debugger port open, however it came to it. */
export function inspectorIsOpen(): boolean {
  if (!process.features.inspector) return false;
  return process.getBuiltinModule('node:inspector').url() !== undefined;
}

function words(execArgv: readonly string[], env: NodeJS.ProcessEnv): string {
  return [env['NODE_OPTIONS'] ?? '', ...execArgv].join(' ');
}
