import type uPlot from './uplot.js';
import type { Mark } from '../wire.ts';

/** What a mark looks like, and how bad it is. */
export const MARK_TONES: Readonly<Record<Mark['kind'], 'restart' | 'replaced' | 'crash'>> =
  Object.freeze({
    restart: 'restart',
    restarted: 'restart',
    failed: 'crash',
    resized: 'replaced',
    replaced: 'replaced',
    crash: 'crash',
  });

/** How lines differ besides their color. */
const DASHES = { restart: [], replaced: [2, 4], crash: [6, 3] } as const;

/**
 * Draws the marks over a plot: a line for each, and a flag at its top. A restart is a band from its
 * beginning to its end.
 *
 * @param marks gives them as of now
 * @param colorOf gives the color of a tone in the theme as of now
 */
export function drawMarks(
  marks: () => readonly Mark[],
  colorOf: (tone: string) => string,
): (plot: uPlot) => void {
  return (plot) => {
    const { ctx, bbox } = plot;
    const { min = 0, max = 0 } = plot.scales['x'] ?? {};
    const positionOf = (atMs: number): number => plot.valToPos(atMs / 1_000, 'x', true);
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    let begunAtMs: number | undefined;
    for (const { kind, atMs } of marks()) {
      const tone = MARK_TONES[kind];
      if (kind === 'restart') begunAtMs = atMs;
      if ((kind === 'restarted' || kind === 'failed') && begunAtMs !== undefined) {
        const left = positionOf(begunAtMs);
        ctx.globalAlpha = 0.12;
        ctx.fillStyle = colorOf(tone);
        ctx.fillRect(left, bbox.top, positionOf(atMs) - left, bbox.height);
        ctx.globalAlpha = 1;
        begunAtMs = undefined;
      }
      const at = atMs / 1_000;
      if (at < (min ?? 0) || at > (max ?? 0) || kind === 'restarted') continue;
      const x = Math.round(positionOf(atMs));
      ctx.strokeStyle = colorOf(tone);
      ctx.fillStyle = colorOf(tone);
      ctx.lineWidth = devicePixelRatio * 1.25;
      ctx.setLineDash(DASHES[tone].map((dash) => dash * devicePixelRatio));
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      const flag = 5 * devicePixelRatio;
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x + flag, bbox.top + flag / 2);
      ctx.lineTo(x, bbox.top + flag);
      ctx.fill();
    }
    ctx.restore();
  };
}
