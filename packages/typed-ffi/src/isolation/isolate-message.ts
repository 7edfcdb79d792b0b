import type { Signature } from '../memory/abi.ts';
import type { BackendName, LinkOptions } from '../backend/backend.ts';

/** Asks the child to call a function. */
export interface IsolateRequest {
  readonly path: string | null;
  readonly backend: BackendName;
  readonly link: LinkOptions;
  readonly symbol: string;
  readonly signature: Signature;
  readonly errno: boolean;
  readonly values: readonly unknown[];
}

/** What the child answers: a result, with the buffers as C left them, or an error. */
export type IsolateReply =
  | {
      readonly ok: true;
      readonly returned: unknown;
      /** What was read at the address that was returned. */
      readonly fetched: Uint8Array | string | undefined;
      readonly values: readonly unknown[];
    }
  | {
      readonly ok: false;
      readonly code: string | undefined;
      readonly name: string;
      readonly message: string;
    };

/** What a child tells its parent: once that it can be called, then answers. */
export type IsolateMessage = IsolateReply | { readonly ready: true };
