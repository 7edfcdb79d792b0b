import { formatNumber, mainComparison } from './report.ts';
import type { Results } from './results.ts';

/** As wide as a small phone, so that the text is legible there: nothing is scaled down. */
const WIDTH = 390;
const LABEL_WIDTH = 148;
const BAR_WIDTH = 110;
const NUMBERS = LABEL_WIDTH + BAR_WIDTH + 10;
const ROW = 20;
/** A bar is not longer than this ratio; its figure says how much it is. */
const LONGEST = 3;

const STYLE = `text{font:13px system-ui,sans-serif;fill:#1f2328}.title{font-weight:600}.quiet{fill:#59636e}
.bar{fill:#8c959f}.ours{fill:#0969da}.line{stroke:#59636e;stroke-dasharray:2 3}.back{fill:#fff}
@media (prefers-color-scheme:dark){text{fill:#f0f6fc}.quiet{fill:#9198a1}.bar{fill:#656c76}.ours{fill:#4493f8}.line{stroke:#9198a1}.back{fill:#0d1117}}`;

/** Makes a text safe within XML. */
function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Breaks a title into lines that fit. */
function wrap(text: string, most: number = 48): string[] {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && line.length + 1 + word.length > most) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}

/** Draws each workload's first figure beside its baseline, as an SVG for light and dark pages. */
export function drawPicture(results: Results): string {
  const parts: string[] = [];
  let y = 4;
  const text = (x: number, words: string, kind = ''): void => {
    parts.push(`<text x="${x}" y="${y}"${kind && ` class="${kind}"`}>${escape(words)}</text>`);
  };
  for (const workload of results.workloads) {
    const compared = mainComparison(workload, results.rounds).filter(
      ({ ratio }) => ratio !== undefined,
    );
    const [figure] = workload.figures;
    if (compared.length === 0 || figure === undefined) continue;
    for (const line of wrap(workload.title)) {
      y += 18;
      text(8, line, 'title');
    }
    y += 17;
    text(8, `${figure.title}, ${workload.baseline} = 1, ${figure.better} is better`, 'quiet');
    const unit = BAR_WIDTH / LONGEST;
    const top = y + 6;
    for (const { peer, ratio } of compared) {
      if (ratio === undefined) continue;
      y += ROW;
      text(8, peer);
      const length = Math.max(1, Math.min(ratio.median, LONGEST) * unit);
      const kind = peer.includes('-pool') ? 'ours' : 'bar';
      parts.push(
        `<rect x="${LABEL_WIDTH}" y="${y - 11}" width="${length.toFixed(1)}" height="13" class="${kind}"/>`,
      );
      const spread =
        ratio.min === ratio.max ? '' : ` ${formatNumber(ratio.min)}..${formatNumber(ratio.max)}`;
      const right = `<tspan class="quiet">${spread}</tspan>`;
      parts.push(`<text x="${NUMBERS}" y="${y}">${formatNumber(ratio.median)}${right}</text>`);
    }
    const one = LABEL_WIDTH + unit;
    parts.push(`<line x1="${one}" y1="${top}" x2="${one}" y2="${y + 4}" class="line"/>`);
    y += 12;
  }
  const height = y + 8;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="sockpool beside its peers">
<style>${STYLE}</style>
<rect width="${WIDTH}" height="${height}" class="back"/>
${parts.join('\n')}
</svg>
`;
}
