import type { Signature } from '../memory/abi.ts';
import { placeArm64 } from './arm64-abi.ts';
import { FrameSpace, type OpenPlacement, type Placement } from './frame-space.ts';
import { placeX64 } from './x64-abi.ts';

/** How a signature's values are spread over a frame. */
export interface CallPlan {
  readonly parameters: readonly Placement[];
  readonly result: Placement;
  readonly stackWords: number;
  readonly frameBytes: number;
}

function closed(placement: OpenPlacement): Placement {
  const { pieces, addressAt, room } = placement;
  if (room === undefined) return placement;
  return {
    addressAt,
    pieces: pieces.map(({ frameOffset, valueOffset, sizeBytes }) => ({
      frameOffset: frameOffset + room.offset,
      valueOffset,
      sizeBytes,
    })),
  };
}

/** Plans the call of a signature on this machine. */
export function planCall(
  signature: Signature,
  arch: string = process.arch,
  platform: string = process.platform,
): CallPlan {
  const space = new FrameSpace(arch === 'arm64' ? 8 : 6);
  const place = arch === 'arm64' ? placeArm64(platform === 'darwin') : placeX64;
  const { parameters, result } = place(signature, space);
  const { stackWords, frameBytes } = space.settle();
  return {
    parameters: parameters.map((parameter) => closed(parameter)),
    result: closed(result),
    stackWords,
    frameBytes,
  };
}
