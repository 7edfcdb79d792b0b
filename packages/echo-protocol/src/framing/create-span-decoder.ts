import type { Framing } from './framing.ts';
import { LengthPrefixedDecoder } from './length-prefixed-decoder.ts';
import { LineDecoder } from './line-decoder.ts';
import { RawDecoder } from './raw-decoder.ts';
import type { SpanDecoder } from './span-decoder.ts';

/** Creates the decoder of a framing; both arguments are already validated. */
export function createSpanDecoder(framing: Framing, maxMessageBytes: number): SpanDecoder {
  switch (framing) {
    case 'raw':
      return new RawDecoder(maxMessageBytes);
    case 'line':
      return new LineDecoder(maxMessageBytes);
    case 'length-prefixed':
      return new LengthPrefixedDecoder(maxMessageBytes);
  }
}
