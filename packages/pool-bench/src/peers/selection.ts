/** A choice of workloads and peers that can't be made. */
export class SelectionError extends TypeError {
  override readonly name = 'SelectionError';
}

/**
 * Returns which peers each workload is measured with.
 *
 * @param only what was asked for: a workload, a peer, or `WORKLOAD/PEER`; nothing for all
 * @throws {SelectionError} when a word names neither
 */
export function select(
  workloads: readonly string[],
  peers: readonly string[],
  only: readonly string[],
): Map<string, string[]> {
  const wholeWorkloads = new Set<string>();
  const wholePeers = new Set<string>();
  const pairs = new Set<string>();
  for (const word of only) {
    const [workload = '', peer, ...rest] = word.split('/');
    const isPair = peer !== undefined;
    if (isPair && rest.length === 0 && workloads.includes(workload) && peers.includes(peer)) {
      pairs.add(word);
    } else if (!isPair && workloads.includes(word)) wholeWorkloads.add(word);
    else if (!isPair && peers.includes(word)) wholePeers.add(word);
    else {
      throw new SelectionError(
        `Cannot select '${word}': give a workload (${workloads.join(', ')}), ` +
          `a peer (${peers.join(', ')}), or WORKLOAD/PEER`,
      );
    }
  }
  // Whole workloads and whole peers limit each other; alone, each stands for all of the other.
  const isWanted = (workload: string, peer: string): boolean =>
    only.length === 0 ||
    pairs.has(`${workload}/${peer}`) ||
    (wholeWorkloads.size + wholePeers.size > 0 &&
      (wholeWorkloads.size === 0 || wholeWorkloads.has(workload)) &&
      (wholePeers.size === 0 || wholePeers.has(peer)));
  const chosen = workloads.map((workload): [string, string[]] => [
    workload,
    peers.filter((peer) => isWanted(workload, peer)),
  ]);
  return new Map(chosen.filter(([, wanted]) => wanted.length > 0));
}
