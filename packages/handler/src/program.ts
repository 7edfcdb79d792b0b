/**
 * How a pool serves a whole program, for the primary: it loads nothing that only workers run.
 *
 * @module
 */
export {
  type ProgramAddress,
  programAddresses,
  type ProgramAddressesOptions,
} from './program/program-addresses.ts';
export { programHandler, type ProgramHandlerOptions } from './program/program-handler.ts';
