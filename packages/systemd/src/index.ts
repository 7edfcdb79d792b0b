/**
 * Listening sockets that systemd passes to a service (socket activation).
 *
 * @module
 */
export { listenFds, type ListenFdsOptions, type PassedDescriptor } from './listen-fds.ts';
export { SocketActivationError } from './socket-activation-error.ts';
