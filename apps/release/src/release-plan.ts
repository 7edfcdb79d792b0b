/** A package that may be released. */
export interface Releasable {
  readonly name: string;
  readonly version: string;
  /** Its folder, relative to the repository's root. */
  readonly folder: string;
  /** The packages of the workspace that it needs once it is installed, optional ones too. */
  readonly needs: readonly string[];
  /** Why it cannot be published here, such as a binary that another machine must make. */
  readonly lacks?: string;
  /** Where it says that its sources are. */
  readonly repository?: string;
}

/** A package that stays out of a release. */
export interface HeldBack {
  readonly name: string;
  readonly reason: string;
}

/** What a release publishes, in this order, and what it leaves out. */
export interface ReleasePlan {
  readonly published: readonly Releasable[];
  readonly heldBack: readonly HeldBack[];
}

/**
 * Plans a release: each package comes after those that it needs, so that none is ever in the
 * registry before what it depends on. A package that lacks something is held back, and so is each
 * that needs it: a demo library without a binary never holds up
 * the others.
 *
 * @throws {Error} when packages need each other in a circle
 */
export function planRelease(packages: readonly Releasable[]): ReleasePlan {
  const byName = new Map(packages.map((one) => [one.name, one]));
  const reasons = new Map<string, string>();
  for (const { name, lacks } of packages) if (lacks !== undefined) reasons.set(name, lacks);
  for (let found = true; found;) {
    found = false;
    for (const { name, needs } of packages) {
      const held = needs.find((needed) => reasons.has(needed));
      if (held === undefined || reasons.has(name)) continue;
      reasons.set(name, `it needs ${held}, which is held back`);
      found = true;
    }
  }
  const published: Releasable[] = [];
  const visiting = new Set<string>();
  function visit(one: Releasable): void {
    if (published.includes(one)) return;
    if (visiting.has(one.name))
      throw new Error(`Cannot order the release: ${[...visiting, one.name].join(' needs ')}`);
    visiting.add(one.name);
    for (const needed of one.needs) {
      const found = byName.get(needed);
      if (found !== undefined) visit(found);
    }
    visiting.delete(one.name);
    published.push(one);
  }
  for (const one of packages) if (!reasons.has(one.name)) visit(one);
  return {
    published,
    heldBack: Array.from(reasons, ([name, reason]) => ({ name, reason })),
  };
}
