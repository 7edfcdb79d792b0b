import { COMMANDS } from './commands.ts';
import { EXIT, UsageError } from './exit-codes.ts';
import type { Told } from './told.ts';

/** Flags whose value is a file. */
const FILES: ReadonlySet<string> = new Set(['socket', 'path', 'config', 'out']);

const SHELLS: Readonly<Record<string, () => string>> = Object.freeze({ bash, zsh });

/**
 * `sockpool completion`
 *
 * @throws {UsageError} when there is no completion for the shell
 */
export async function completion({ operands: [shell = ''] }: Told): Promise<number> {
  const script = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
  if (script === undefined) throw new UsageError(`The shell must be bash or zsh, got '${shell}'`);
  process.stdout.write(script());
  return EXIT.done;
}

function bash(): string {
  const cases = Object.entries(COMMANDS).map(([name, { flags }]) => {
    const words = [...Object.keys(flags), 'help'].map((flag) => `--${flag}`).join(' ');
    return `    ${name}) words="${words}" ;;`;
  });
  const files = [...FILES].map((flag) => `--${flag}`).join('|');
  return `# bash completion for sockpool
_sockpool() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" words=""
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W "${Object.keys(COMMANDS).join(' ')} --help --version" -- "$word"))
    return
  fi
  case "$before" in ${files}) COMPREPLY=($(compgen -f -- "$word")); return ;; esac
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
  if [[ "$word" == -* ]]; then COMPREPLY=($(compgen -W "$words" -- "$word"))
  elif [ "\${COMP_WORDS[1]}" = completion ]; then COMPREPLY=($(compgen -W "bash zsh" -- "$word"))
  elif [ "\${COMP_WORDS[1]}" = serve ]; then COMPREPLY=($(compgen -f -- "$word")); fi
}
complete -o filenames -F _sockpool sockpool
`;
}

function zsh(): string {
  const commands = Object.entries(COMMANDS).map(
    ([name, { summary }]) => `    '${name}:${quoted(summary)}'`,
  );
  const cases = Object.entries(COMMANDS).map(([name, { flags }]) => {
    const specs = Object.entries(flags).map(([flag, { description, value }]) => {
      const takes = value === undefined ? '' : `:${value}:${FILES.has(flag) ? '_files' : ''}`;
      return `'--${flag}[${quoted(description)}]${takes}'`;
    });
    const operand =
      name === 'serve' ? ` '*:file:_files'` : name === 'completion' ? ` '1:shell:(bash zsh)'` : '';
    return `    ${name}) _arguments ${specs.join(' ')}${operand} ;;`;
  });
  return `#compdef sockpool
_sockpool() {
  local -a commands
  commands=(
${commands.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command="$words[2]"
  shift words
  (( CURRENT-- ))
  case "$command" in
${cases.join('\n')}
  esac
}
compdef _sockpool sockpool
`;
}

/** What stands in single quotes and brackets of zsh. */
function quoted(text: string): string {
  return text.replaceAll("'", '’').replace(/[[\]:]/g, String.raw`\$&`);
}
