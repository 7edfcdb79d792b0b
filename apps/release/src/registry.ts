import { runCommand, tryCommand } from './command.ts';

/** The tag under which a release lies in the registry until all of it is there: nobody gets it by default. */
export const STAGED = 'staged';

/** A registry, as the signed-in user sees it through pnpm. */
export class Registry {
  readonly #cwd: string;
  readonly #args: readonly string[];

  /**
   * @param cwd the repository's root folder, whose `.npmrc` and the user's hold the credentials
   * @param address the registry's address; by default the one that pnpm is set to
   */
  constructor(cwd: string, address?: string) {
    this.#cwd = cwd;
    this.#args = address === undefined ? [] : [`--registry=${address}`];
  }

  async #run(...args: readonly string[]): Promise<string> {
    return (await runCommand('pnpm', [...args, ...this.#args], { cwd: this.#cwd })).trim();
  }

  /**
   * Who is signed in.
   *
   * @throws {CommandError} when nobody is, or the registry does not answer
   */
  user(): Promise<string> {
    return this.#run('whoami');
  }

  /**
   * The integrity of a version that the registry has, or `undefined` when it has none.
   *
   * @throws {Error} when the registry cannot say
   */
  async integrityOf(name: string, version: string): Promise<string | undefined> {
    const { status, stdout, stderr } = await tryCommand(
      'pnpm',
      ['view', `${name}@${version}`, 'dist.integrity', '--json', ...this.#args],
      { cwd: this.#cwd },
    );
    const said = `${stdout}${stderr}`;
    if (status !== 0) {
      if (/\b404\b|not.found|no matching version/i.test(said)) return undefined;
      throw new Error(`Cannot ask the registry for ${name}@${version}: ${said.trim()}`);
    }
    return stdout.trim() === '' ? undefined : (JSON.parse(stdout) as string);
  }

  /** Puts a tarball into the registry, under {@link STAGED} alone. */
  async publish(tarball: string, { provenance }: { readonly provenance: boolean }): Promise<void> {
    const extra = provenance ? ['--provenance'] : [];
    await this.#run(
      'publish',
      tarball,
      `--tag=${STAGED}`,
      '--access=public',
      '--no-git-checks',
      ...extra,
    );
  }

  /** Makes a version the one that a tag gives. */
  async tag(name: string, version: string, tag: string): Promise<void> {
    await this.#run('dist-tag', 'add', `${name}@${version}`, tag);
  }

  /** Takes a tag away, which may be gone already. */
  async untag(name: string, tag: string): Promise<void> {
    await tryCommand('pnpm', ['dist-tag', 'rm', name, tag, ...this.#args], { cwd: this.#cwd });
  }
}
