import { Buffer } from 'node:buffer';
import { types } from 'node:util';

import { viewPlace } from './view-size.ts';

/** Which value of a call is the caller's own memory, and whether C may change it. */
export interface Borrowed {
  readonly index: number;
  readonly writes: boolean;
}

/** Memory is compared in pieces of this size before it is compared byte by byte. */
const BLOCK_BYTES = 4096;

/** C may rely on the alignment that memory has in its ArrayBuffer. */
const ALIGNMENT_BYTES = 16;

interface Range {
  start: number;
  end: number;
  readonly parts: { readonly index: number; readonly start: number; readonly end: number }[];
  readonly written: { readonly start: number; readonly end: number }[];
}

/**
 * Replaces the caller's memory among the values of a call by copies that nobody can
 * detach or resize while C runs. Views that overlap get one copy, so that C sees them
 * overlap. A SharedArrayBuffer is used in place, since it can never go away.
 *
 * @returns what writes the bytes that C has changed back, and no others
 */
export function copyBorrowed(
  values: unknown[],
  borrowed: readonly Borrowed[],
): (() => void) | undefined {
  const byBuffer = new Map<ArrayBuffer, Range[]>();
  for (const { index, writes } of borrowed) {
    const view = values[index];
    if (!ArrayBuffer.isView(view)) continue;
    const { buffer, start, sizeBytes } = viewPlace(view);
    if (isSharedArrayBuffer(buffer)) continue;
    const part = { index, start, end: start + sizeBytes };
    const ranges = byBuffer.get(buffer) ?? [];
    byBuffer.set(buffer, ranges);
    ranges.push({ ...part, parts: [part], written: writes ? [part] : [] });
  }
  const backs: (() => void)[] = [];
  for (const [buffer, ranges] of byBuffer) {
    for (const range of merged(ranges)) {
      const back = copyRange(buffer, range, values);
      if (back !== undefined) backs.push(back);
    }
  }
  if (backs.length === 0) return undefined;
  return () => {
    for (const back of backs) back();
  };
}

/** By what it is, from whichever realm. */
function isSharedArrayBuffer(buffer: ArrayBufferLike): buffer is SharedArrayBuffer {
  return types.isSharedArrayBuffer(buffer);
}

function merged(ranges: readonly Range[]): Range[] {
  const result: Range[] = [];
  for (const range of ranges.toSorted((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (last === undefined || range.start >= last.end) {
      result.push({ ...range, parts: [...range.parts], written: [...range.written] });
    } else {
      last.end = Math.max(last.end, range.end);
      last.parts.push(...range.parts);
      last.written.push(...range.written);
    }
  }
  return result;
}

function copyRange(
  buffer: ArrayBuffer,
  { start, end, parts, written }: Range,
  values: unknown[],
): (() => void) | undefined {
  const base = start - (start % ALIGNMENT_BYTES);
  const copy = new Uint8Array(end - base);
  copy.set(new Uint8Array(buffer, start, end - start), start - base);
  for (const part of parts) {
    values[part.index] = copy.subarray(part.start - base, part.end - base);
  }
  if (written.length === 0) return undefined;
  const before = copy.slice();
  return () => {
    for (const part of written) {
      if (buffer.byteLength < part.end) {
        throw new TypeError(
          'Cannot return what C has written: the array was detached or resized while C ran',
        );
      }
      const target = new Uint8Array(buffer, part.start, part.end - part.start);
      const [from, to] = [part.start - base, part.end - base];
      writeChanges(target, before.subarray(from, to), copy.subarray(from, to));
    }
  };
}

function writeChanges(target: Uint8Array, before: Uint8Array, after: Uint8Array): void {
  const [old, now] = [bufferOf(before), bufferOf(after)];
  for (let start = 0; start < now.length; start += BLOCK_BYTES) {
    const end = Math.min(start + BLOCK_BYTES, now.length);
    if (old.compare(now, start, end, start, end) === 0) continue;
    for (let i = start; i < end; i++) {
      if (old[i] !== now[i]) target[i] = now[i] as number;
    }
  }
}

function bufferOf(view: Uint8Array): Buffer {
  return Buffer.from(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength);
}
