// sockpool by its README: a pool, and restarts when somebody asks for one.
import { createInterface } from 'node:readline';
import { CLASS as Pool } from 'POOL';

const pool = new Pool({ handler: new URL('./handler.mjs', import.meta.url), workers: 2 });
await pool.listen({ port: Number(process.env.PORT), backlog: 4096 });
for await (const line of createInterface(process.stdin)) {
  if (line !== 'restart') continue;
  try {
    await pool.restart();
    console.log('restarted');
  } catch (error) {
    console.log('failed', error.message);
  }
}
