import { describe, expect, test } from 'vitest';
import { defaultTag, type PublishingRegistry, publishRelease } from './publish-release.ts';
import type { Tarball } from './tarball.ts';

function tarball(name: string, content = name): Tarball {
  const file = `/${name}.tgz`;
  return { name, version: '1.1.0', file, size: 1, fileCount: 1, integrity: content };
}

/** A registry in memory; it refuses what `refuses` names, until that is emptied. */
class MemoryRegistry implements PublishingRegistry {
  readonly contents = new Map<string, string>();
  readonly tags = new Map<string, string>();
  readonly refuses = new Set<string>();

  async integrityOf(name: string, version: string): Promise<string | undefined> {
    return this.contents.get(`${name}@${version}`);
  }

  async publish(file: string): Promise<void> {
    const name = file.slice(1, -'.tgz'.length);
    if (this.refuses.has(name)) throw new Error('403');
    this.contents.set(`${name}@1.1.0`, name);
    this.tags.set(`${name} staged`, '1.1.0');
  }

  async tag(name: string, version: string, tag: string): Promise<void> {
    if (this.refuses.has(`${name} ${tag}`)) throw new Error('403');
    this.tags.set(`${name} ${tag}`, version);
  }

  async untag(name: string, tag: string): Promise<void> {
    this.tags.delete(`${name} ${tag}`);
  }
}

async function release(
  registry: PublishingRegistry,
  tarballs: readonly Tarball[],
): Promise<string[]> {
  const lines: string[] = [];
  await publishRelease(registry, tarballs, { provenance: false, say: (line) => lines.push(line) });
  return lines;
}

describe('publishRelease()', () => {
  test('moves the default tags when all is there, and leaves no other', async () => {
    const registry = new MemoryRegistry();
    expect(await release(registry, [tarball('core'), tarball('pool')])).toEqual([
      'put     core@1.1.0',
      'put     pool@1.1.0',
    ]);
    expect([...registry.tags]).toEqual([
      ['core latest', '1.1.0'],
      ['pool latest', '1.1.0'],
    ]);
  });

  test('moves no default tag after a failure in the middle, and goes on when it is run again', async () => {
    const registry = new MemoryRegistry();
    registry.tags.set('core latest', '1.0.0');
    registry.refuses.add('pool');
    const tarballs = [tarball('core'), tarball('pool'), tarball('command')];
    await expect(release(registry, tarballs)).rejects.toThrow(
      "Cannot publish pool@1.1.0: 1 of 3 packages are in the registry, under the tag 'staged' alone, so nobody gets them; run this again to go on",
    );
    expect(registry.tags.get('core latest')).toBe('1.0.0');

    registry.refuses.clear();
    expect(await release(registry, tarballs)).toEqual([
      'there   core@1.1.0',
      'put     pool@1.1.0',
      'put     command@1.1.0',
    ]);
    expect(registry.tags.get('core latest')).toBe('1.1.0');
  });

  test('goes on after a failure between the tags', async () => {
    const registry = new MemoryRegistry();
    registry.refuses.add('pool latest');
    const tarballs = [tarball('core'), tarball('pool')];
    await expect(release(registry, tarballs)).rejects.toThrow('403');
    registry.refuses.clear();
    await release(registry, tarballs);
    expect([...registry.tags.keys()]).toEqual(['core latest', 'pool latest']);
  });

  test('refuses before anything when a version is there with another content', async () => {
    const registry = new MemoryRegistry();
    registry.contents.set('pool@1.1.0', 'old');
    await expect(release(registry, [tarball('core'), tarball('pool')])).rejects.toThrow(
      'Cannot publish pool@1.1.0: the registry has this version with another content',
    );
    expect(registry.contents.has('core@1.1.0')).toBe(false);
  });
});

test('defaultTag() keeps versions before a release from those who name none', () => {
  expect(defaultTag('1.2.3')).toBe('latest');
  expect(defaultTag('1.2.3-rc.1')).toBe('next');
});
