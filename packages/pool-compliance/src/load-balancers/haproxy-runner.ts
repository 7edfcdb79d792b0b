/** What HAProxy does for a test: lines of its configuration. */
export interface HaproxyLines {
  /** How layer 7 is treated. */
  readonly mode: 'http' | 'tcp';
  /** The lines of the backend, with its servers. */
  readonly backend: string;
}

/** A running HAProxy with one frontend. */
export interface RunningHaproxy extends AsyncDisposable {
  /** Where the frontend listens, on 127.0.0.1. */
  readonly port: number;
  /** Asks what its checks say of each server, by the name of the server: `UP`, `DOWN`, and so on. */
  servers(): Promise<ReadonlyMap<string, string>>;
}

/** What runs HAProxy for the tests behind it. */
export interface HaproxyRunner {
  /** Why it cannot be run here; `undefined` when it can. */
  readonly withoutHaproxy: string | undefined;
  /**
   * Starts HAProxy on a free port, which is bound when this resolves.
   *
   * @param lines what it does
   */
  startHaproxy(lines: HaproxyLines): Promise<RunningHaproxy>;
}

/** Where the caller of the suite brings nothing that runs HAProxy. */
export const NO_HAPROXY: HaproxyRunner = {
  withoutHaproxy: 'nothing was given that runs HAProxy',
  startHaproxy: () => {
    throw new Error('Cannot run HAProxy: nothing was given that runs it');
  },
};
