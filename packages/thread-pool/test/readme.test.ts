import { describeReadme, programsIn } from '@sockpool/pool-compliance';
import { expect, test } from 'vitest';

const README = new URL('../README.md', import.meta.url);

describeReadme({ name: 'ThreadPool' }, README, '@sockpool/thread-pool');

test("The README's first programs are those of process-pool but for the name of the pool", async () => {
  const own = await programsIn(README);
  const others = await programsIn(new URL('../../process-pool/README.md', import.meta.url));
  for (const name of ['handler.ts', 'server.ts']) {
    const program = own.get(name)?.replaceAll('thread-pool', 'process-pool');
    expect(program?.replaceAll('ThreadPool', 'ProcessPool')).toBe(others.get(name));
  }
});
