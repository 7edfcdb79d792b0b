/**
 * Socket activation and service notification: the sockets that systemd passes to a service, and what the service tells systemd.
 *
 * @module
 */
export { listenFds, type ListenFdsOptions, type PassedDescriptor } from './listen-fds.ts';
export { type NotifiablePool, notifyPool, type NotifyPoolOptions } from './notify-pool.ts';
export { sdNotify, type SdNotification, type SdNotifyOptions } from './sd-notify.ts';
export { SdNotifyError } from './sd-notify-error.ts';
export { SocketActivationError } from './socket-activation-error.ts';
export { watchdogMs } from './watchdog.ts';
