/** How often a worker shows that its event loop turns, and how busy it was, in milliseconds. */
export const HEARTBEAT_MS = 250;

/** Shortest time between two reports of one kind that nobody asked for, in milliseconds. */
export const REPORT_INTERVAL_MS = 250;

/** How often a worker tells what it has measured, at most, in milliseconds; a little less than a second, so that every fourth heartbeat does. */
export const METRICS_INTERVAL_MS = 900;

/** How long work that nobody has told of may delay the exit of a worker, in milliseconds. */
export const REST_LIMIT_MS = { restart: 10_000, close: 3_000 } as const;
