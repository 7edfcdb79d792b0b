/**
 * The handler module that hosts a program: that of its URL's parameter `program`.
 *
 * @module
 */
import type { ConnectionHandler } from '../contract/connection-handler.ts';
import { hostProgram } from './host-program.ts';
import { listenTimeoutOf, portsOf, programOf } from './program-handler.ts';

const handler: ConnectionHandler = await hostProgram(
  programOf(import.meta.url),
  listenTimeoutOf(import.meta.url),
  portsOf(import.meta.url),
);
export default handler;
