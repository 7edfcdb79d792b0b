import type { Abi, ScalarAbi, Signature } from '../memory/abi.ts';
import type { RawErrnoResult, RawFunction } from '../memory/raw-function.ts';
import { noticeExpired } from '../memory/expired-callback.ts';
import { planCall, type CallPlan } from './call-plan.ts';
import { FRAME } from './frame-layout.ts';
import { isStruct, type Piece, type Placement } from './frame-space.ts';

/** How a backend gets to `sockpool_call`. */
export interface ShimDoor {
  /** Returns the address of memory that cannot move, such as a whole ArrayBuffer. */
  addressOf(view: Uint8Array): bigint;
  /** Calls with a frame and pointers to JavaScript's memory (or null, or a callback). */
  call(frame: number, pointers: readonly unknown[]): void;
  /** The same on another thread, if the backend can do it. */
  callOffThread?: ((frame: number, pointers: readonly unknown[]) => Promise<void>) | undefined;
}

type WriteValue = (frame: CallMemory, value: unknown) => void;
type ReadValue = (frame: CallMemory) => unknown;

/** The memory of one call at a time. */
class CallMemory {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** The same bytes, for texts. */
  readonly text: Buffer;
  readonly address: number;

  constructor(
    plan: CallPlan,
    target: bigint,
    slots: readonly number[],
    readsText: boolean,
    door: ShimDoor,
  ) {
    const buffer = new ArrayBuffer(plan.frameBytes + (readsText ? 8 + TEXT_BYTES : 0));
    this.bytes = new Uint8Array(buffer);
    this.view = new DataView(buffer);
    this.text = Buffer.from(buffer);
    const address = door.addressOf(this.bytes);
    this.address = Number(address);
    if (readsText) {
      this.view.setUint32(FRAME.text, plan.frameBytes, true);
      this.view.setUint32(FRAME.textCapacity, TEXT_BYTES, true);
    }
    this.view.setBigUint64(FRAME.function, target, true);
    this.view.setBigUint64(FRAME.stackWords, BigInt(plan.stackWords), true);
    this.view.setBigUint64(FRAME.pointers, BigInt(slots.length), true);
    for (const [i, slot] of slots.entries()) {
      this.view.setUint32(FRAME.slots + i * 4, slot, true);
    }
    for (const { addressAt, pieces } of [...plan.parameters, plan.result]) {
      const [piece] = pieces;
      if (addressAt === undefined || piece === undefined) continue;
      this.view.setBigUint64(addressAt, address + BigInt(piece.frameOffset), true);
    }
  }
}

/** Texts of at most this many bytes come back with the call that returns them. */
const TEXT_BYTES = 504;

/** What is called through the shim. */
export interface ShimTarget {
  readonly address: bigint;
  readonly signature: Signature;
  readonly errno: boolean;
  readonly offThread: boolean;
}

/** Makes the call of a function at an address; pointers must not be more than `MOST_POINTERS`. */
export function shimCall(target: ShimTarget, door: ShimDoor): RawFunction {
  const { signature, errno, offThread, address } = target;
  const plan = planCall(signature);
  const slots: number[] = [];
  const writes: WriteValue[] = [];
  /** Which arguments are pointers to JavaScript's memory. */
  const pointerArguments: number[] = [];
  for (const [i, abi] of signature.parameters.entries()) {
    const placement = plan.parameters[i] as Placement;
    if (abi === 'buffer' || (typeof abi === 'object' && abi.kind === 'callback')) {
      slots.push(placement.pieces[0]?.frameOffset ?? 0);
      pointerArguments.push(i);
      writes.push(nothingToWrite);
    } else writes.push(writerOf(abi, placement));
  }
  const readsText = signature.resultReads === 'string';
  const readValue = readsText
    ? textReader(plan, readerOf(signature.result, plan.result))
    : readerOf(signature.result, plan.result);
  const read: ReadValue = errno
    ? (frame): RawErrnoResult => ({
        value: readValue(frame),
        errno: frame.view.getInt32(FRAME.error, true),
      })
    : readValue;
  const [only, second] = pointerArguments;
  const pointersOf = (values: readonly unknown[]): readonly unknown[] => {
    if (only === undefined) return NO_POINTERS;
    if (second === undefined) return [values[only]];
    return pointerArguments.map((i) => values[i]);
  };
  const count = writes.length;
  const fill = (frame: CallMemory, values: readonly unknown[]): void => {
    for (let i = 0; i < count; i++) (writes[i] as WriteValue)(frame, values[i]);
  };

  if (offThread) {
    const { callOffThread } = door;
    if (callOffThread === undefined)
      throw new TypeError('Cannot call off the thread: the backend calls on one thread only');
    return async (...values) => {
      const frame = new CallMemory(plan, address, slots, readsText, door);
      fill(frame, values);
      await callOffThread(frame.address, pointersOf(values));
      noticeExpired(frame.view.getUint32(FRAME.expired, true));
      return read(frame);
    };
  }
  const idle: CallMemory[] = [];
  return (...values) => {
    const frame = idle.pop() ?? new CallMemory(plan, address, slots, readsText, door);
    fill(frame, values);
    door.call(frame.address, pointersOf(values));
    noticeExpired(frame.view.getUint32(FRAME.expired, true));
    const result = read(frame);
    // Not when the call has thrown: C may then not have returned.
    idle.push(frame);
    return result;
  };
}

/** Reads a text that the shim has copied; a long one is its address. */
function textReader({ frameBytes }: CallPlan, readAddress: ReadValue): ReadValue {
  return (frame) => {
    const { view, text } = frame;
    // NULL is the largest number.
    if (view.getUint32(frameBytes + 4, true) !== 0) return null;
    const length = view.getUint32(frameBytes, true);
    if (length > TEXT_BYTES) return readAddress(frame);
    const start = frameBytes + 8;
    return text.toString('utf8', start, start + length);
  };
}

const NO_POINTERS: readonly unknown[] = [];

function nothingToWrite(): void {}

function writerOf(abi: Abi, { pieces }: Placement): WriteValue {
  if (isStruct(abi)) {
    return (frame, value) => {
      const bytes = value as Uint8Array;
      for (const piece of pieces) copyIn(frame, piece, bytes);
    };
  }
  const at = pieces[0]?.frameOffset ?? 0;
  switch (abi) {
    case 'f64':
      return ({ view }, value) => view.setFloat64(at, value as number, true);
    case 'f32':
      return ({ view }, value) => view.setFloat32(at, value as number, true);
    case 'i64':
    case 'u64':
      return ({ view }, value) => writeWide(view, at, value as bigint | number);
    case 'address':
      return ({ view }, value) => view.setBigUint64(at, value as bigint, true);
    default:
      // Smaller integers are extended to 32 bits, on which compilers rely.
      return ({ view }, value) => view.setInt32(at, value as number, true);
  }
}

/** Writes 64 bits, from a safe integer too. */
function writeWide(view: DataView, at: number, value: bigint | number): void {
  if (typeof value === 'bigint') view.setBigUint64(at, BigInt.asUintN(64, value), true);
  else {
    view.setUint32(at, value >>> 0, true);
    view.setInt32(at + 4, Math.floor(value / 2 ** 32), true);
  }
}

function copyIn(frame: CallMemory, piece: Piece, value: Uint8Array): void {
  const { frameOffset, valueOffset, sizeBytes } = piece;
  const { bytes } = frame;
  if (sizeBytes > 64) bytes.set(value.subarray(valueOffset, valueOffset + sizeBytes), frameOffset);
  else
    for (let i = 0; i < sizeBytes; i++) bytes[frameOffset + i] = value[valueOffset + i] as number;
}

function readerOf(abi: Abi, { pieces }: Placement): ReadValue {
  if (isStruct(abi)) {
    return ({ bytes }) => {
      const value = new Uint8Array(abi.sizeBytes);
      for (const { frameOffset, valueOffset, sizeBytes } of pieces) {
        for (let i = 0; i < sizeBytes; i++) {
          value[valueOffset + i] = bytes[frameOffset + i] as number;
        }
      }
      return value;
    };
  }
  if (typeof abi === 'object' || abi === 'void') return () => undefined;
  const at = pieces[0]?.frameOffset ?? 0;
  const reader = SCALAR_READERS[abi];
  return ({ view }) => reader(view, at);
}

const SCALAR_READERS: Readonly<
  Record<ScalarAbi | 'address' | 'buffer', (view: DataView, at: number) => number | bigint>
> = {
  bool: (view, at) => view.getUint8(at),
  i8: (view, at) => view.getInt8(at),
  u8: (view, at) => view.getUint8(at),
  i16: (view, at) => view.getInt16(at, true),
  u16: (view, at) => view.getUint16(at, true),
  i32: (view, at) => view.getInt32(at, true),
  u32: (view, at) => view.getUint32(at, true),
  i64: (view, at) => view.getBigInt64(at, true),
  u64: (view, at) => view.getBigUint64(at, true),
  f32: (view, at) => view.getFloat32(at, true),
  f64: (view, at) => view.getFloat64(at, true),
  address: (view, at) => view.getBigUint64(at, true),
  buffer: (view, at) => view.getBigUint64(at, true),
};
