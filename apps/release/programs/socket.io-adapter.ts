import assert from 'node:assert/strict';
// @boundaries-ignore: the package comes packed, into a project of its own
import { createAdapter, drainSocketIo } from '@sockpool/socket.io-adapter';

const namespace = { name: '/', server: { encoder: undefined } };
const adapter = createAdapter({ key: 'packed' })(namespace);
assert.equal(await adapter.serverCount(), 1);
adapter.close();
assert.throws(() => createAdapter({ key: '' }), TypeError);
await drainSocketIo({ engine: { clients: {} } })();
