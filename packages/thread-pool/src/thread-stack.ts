import inspector, { type NodeWorker } from 'node:inspector';
import { type DebuggerMessage, StackReader } from '@sockpool/pool-core/stack-reader';

/**
 * Takes the stack of a worker thread, also of one whose event loop does not turn, from the
 * thread that started it. Nothing is opened; the thread goes on afterwards.
 *
 * @param threadId the thread
 * @param signal ends the attempt, such as when the thread is in native code and cannot be paused
 * @returns the frames, one a line
 * @throws {Error} when the inspector does not know the thread or is not available, and the
 *   signal's reason
 */
export async function threadStack(threadId: number, signal: AbortSignal): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const session = new inspector.Session();
  let attached: string | undefined;
  try {
    session.connect();
    const reader = new StackReader();
    session.on('NodeWorker.attachedToWorker', ({ params: { sessionId, workerInfo } }) => {
      // Its `workerId` is a number of the session's own; only the title has the thread's id.
      if (!workerInfo.title.startsWith(`[worker ${threadId}]`)) return;
      attached = sessionId;
      for (const [id, method] of ['Debugger.enable', 'Debugger.pause'].entries()) {
        const message = JSON.stringify({ id, method });
        session.post('NodeWorker.sendMessageToWorker', { sessionId, message });
      }
    });
    session.on('NodeWorker.receivedMessageFromWorker', ({ params: { sessionId, message } }) => {
      if (sessionId !== attached) return;
      const stack = reader.read(JSON.parse(message) as DebuggerMessage);
      if (stack !== undefined) resolve(stack);
    });
    session.post(
      'NodeWorker.enable',
      { waitForDebuggerOnStart: false } satisfies NodeWorker.EnableParameterType,
      (error) => {
        if (error !== null) reject(error);
        else if (attached === undefined) reject(new Error(`There is no thread ${threadId}`));
      },
    );
    return await promise;
  } finally {
    signal.removeEventListener('abort', onAbort);
    // A thread that is paused, or about to be, goes on only by this, and can be terminated then.
    if (attached !== undefined) session.post('NodeWorker.detach', { sessionId: attached });
    session.disconnect();
  }
}
