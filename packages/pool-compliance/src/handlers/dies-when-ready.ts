import type { ConnectionHandler } from '@sockpool/worker-supervisor';

// Long enough to report ready, then dead: what a crash loop looks like.
setTimeout(() => process.exit(7), 20);

const handler: ConnectionHandler = () => undefined;
export default handler;
