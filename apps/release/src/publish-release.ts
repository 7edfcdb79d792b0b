import { type Registry, STAGED } from './registry.ts';
import type { Tarball } from './tarball.ts';

/** What publishing needs of a registry. */
export type PublishingRegistry = Pick<Registry, 'integrityOf' | 'publish' | 'tag' | 'untag'>;

/** The tag under which users get a version when they name none. */
export function defaultTag(version: string): string {
  return version.includes('-') ? 'next' : 'latest';
}

/**
 * Sorts tarballs into those that the registry has already, and those that it lacks.
 *
 * @throws {Error} when it has a version with another content: that can never be published again
 */
export async function sortTarballs(
  registry: Pick<Registry, 'integrityOf'>,
  tarballs: readonly Tarball[],
): Promise<{ readonly there: readonly Tarball[]; readonly lacking: readonly Tarball[] }> {
  const there: Tarball[] = [];
  const lacking: Tarball[] = [];
  const other: string[] = [];
  for (const tarball of tarballs) {
    const integrity = await registry.integrityOf(tarball.name, tarball.version);
    if (integrity === undefined) lacking.push(tarball);
    else if (integrity === tarball.integrity) there.push(tarball);
    else other.push(`${tarball.name}@${tarball.version}`);
  }
  if (other.length > 0)
    throw new Error(
      `Cannot publish ${other.join(', ')}: the registry has this version with another content; a changeset gives it a new one`,
    );
  return { there, lacking };
}

/**
 * Publishes a release so that nobody gets half of it: all tarballs go to the registry under a tag
 * that nobody uses, and only when each of them is there does the default tag move to them. What is
 * there already is left as it is, so a release that failed is run again and goes on.
 *
 * @param tarballs in the order in which they need each other
 * @throws {Error} when the registry refuses something; the default tags are untouched until all is there
 */
export async function publishRelease(
  registry: PublishingRegistry,
  tarballs: readonly Tarball[],
  { provenance, say }: { readonly provenance: boolean; readonly say: (line: string) => void },
): Promise<void> {
  const { there, lacking } = await sortTarballs(registry, tarballs);
  for (const { name, version } of there) say(`there   ${name}@${version}`);
  for (const [index, { name, version, file }] of lacking.entries()) {
    try {
      await registry.publish(file, { provenance });
    } catch (error) {
      const count = there.length + index;
      throw new Error(
        `Cannot publish ${name}@${version}: ${count} of ${tarballs.length} packages are in the registry, under the tag '${STAGED}' alone, so nobody gets them; run this again to go on`,
        { cause: error },
      );
    }
    say(`put     ${name}@${version}`);
  }
  for (const { name, version, integrity } of tarballs) {
    const seen = await registry.integrityOf(name, version);
    if (seen !== integrity)
      throw new Error(
        `Cannot release ${name}@${version}: the registry ${seen === undefined ? 'does not show it yet' : 'shows another content'}; no default tag was moved; run this again to go on`,
      );
  }
  for (const { name, version } of tarballs) await registry.tag(name, version, defaultTag(version));
  for (const { name } of tarballs) await registry.untag(name, STAGED);
}
