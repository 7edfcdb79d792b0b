// What programs of documents use without making it themselves, for check-doc-programs.ts.
declare const ProcessPool: typeof import('@sockpool/process-pool').ProcessPool;
declare const pool: import('@sockpool/process-pool').ProcessPool;
declare const socket: import('node:net').Socket;
declare const server: import('node:child_process').ChildProcess;
declare const certificate: { readonly key: string; readonly cert: string };
declare const port: number;
declare const request: import('node:http').IncomingMessage;
declare function connect(port: number): void;
declare function reload(pid: number | undefined): Promise<void>;
declare const describe: typeof import('vitest').describe;
declare const test: typeof import('vitest').test;
declare const expect: typeof import('vitest').expect;
declare const checkZeroLoss: typeof import('@sockpool/zero-loss').checkZeroLoss;
declare const formatZeroLossReport: typeof import('@sockpool/zero-loss').formatZeroLossReport;
declare const sin: typeof import('@sockpool/native-ctest').sin;
declare const sinWithWrongResult: typeof import('@sockpool/native-ctest').sinWithWrongResult;
declare function print(value: unknown): void;
// Next.js types its default export for bundlers, whose default imports are not Node's.
declare module 'next' {
  import server from 'next/dist/server/next.js';
  const next: typeof server.default;
  export default next;
}
