const { promise } = Promise.withResolvers<never>();
// Keeps the event loop alive, so that the module hangs instead of ending.
setInterval(() => undefined, 60_000);
await promise;
