/**
 * Keeps N workers alive and hands each accepted connection to one, whatever a worker is.
 *
 * @module
 */
export * from './pool.ts';
export { bindSocket, namingAddress } from './listener/bind-socket.ts';
export { DescriptorReserve, hasDescriptor } from './listener/descriptor-reserve.ts';
export {
  type ListenerEvents,
  ParkableListener,
  type ReceiveMessageOnPort,
} from './listener/parkable-listener.ts';
export { type ChildStdio, descriptorsOf, withoutSockets } from './listener/socket-descriptors.ts';
export { requireNoDispatch } from './options/accept-in-primary.ts';
export { requireAcceptMode } from './options/accept-mode.ts';
export type { ResolvedAdmissionOptions } from './options/admission-options.ts';
export { serverOptions } from './options/listening/connection-options.ts';
export {
  inspectorIsOpen,
  namedInspectorPort,
  opensInspector,
  withoutInspector,
} from './options/workers/debugging.ts';
export { requireEnvironment } from './options/workers/environment.ts';
export { type InheritedSocket, InheritedSockets } from './options/listening/inherited-socket.ts';
export type { ResolvedListenOptions } from './options/listening/listen-options.ts';
export type { ResolvedOverloadOptions } from './options/overload-options.ts';
export {
  POOL_DEFAULTS,
  type ResolvedPoolOptions,
  resolvePoolOptions,
} from './options/pool-options.ts';
export { requireSocketTransfer } from './options/listening/socket-transfer.ts';
export {
  type Acceptor,
  type AcceptorEvents,
  PrimaryAcceptor,
} from './primary/accepting/acceptor.ts';
export {
  type BoundSockets,
  type SharedSocket,
  SharedSocketAcceptor,
} from './primary/accepting/shared-socket-acceptor.ts';
export type { WorkerKind } from './primary/pool/worker-kind.ts';
export { WorkerPool } from './primary/pool/worker-pool.ts';
export type { PrimaryMessage, WorkerMessage } from './protocol/messages.ts';
export type {
  HandoffResult,
  SharedWorkerState,
  SpawnWorker,
  WorkerBoot,
  WorkerHandle,
  WorkerHandleEvents,
} from './protocol/worker-handle.ts';
export { WorkerCounters } from './protocol/worker-report.ts';
export type { WorkerListener, WorkerPort } from './worker/worker-port.ts';
export { WorkerRuntime, type WorkerRuntimeSettings } from './worker/worker-runtime.ts';
