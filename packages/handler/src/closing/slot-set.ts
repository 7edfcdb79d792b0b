/** What a {@link SlotSet} holds: it keeps its own place there. */
export interface Slotted {
  /** Where it is in its set, which alone writes it; any number before. */
  slot: number;
}

/**
 * A set of what comes and goes all the time, such as open connections. Each item is in one such set
 * at most. Iterates in no particular order; what is added or deleted meanwhile is seen or not.
 *
 * A `Map` or `Set` makes a new table each time it has had some members more, and the table before
 * refers to it, with all that was in it. Once the garbage collector has moved one of these tables to
 * the old generation, it keeps all later ones and their members until the next major collection: each
 * closed connection would be copied twice, and the heap grow.
 */
export class SlotSet<Item extends Slotted> {
  readonly #slots: (Item | undefined)[] = [];
  /** The slots that are free. */
  readonly #free: number[] = [];

  /** How many there are. */
  get size(): number {
    return this.#slots.length - this.#free.length;
  }

  /** Adds one that is in no set. */
  add(item: Item): void {
    const slot = this.#free.pop() ?? this.#slots.length;
    this.#slots[slot] = item;
    item.slot = slot;
  }

  /** Deletes one, and returns whether it was there. */
  delete(item: Item): boolean {
    const { slot } = item;
    if (this.#slots[slot] !== item) return false;
    this.#slots[slot] = undefined;
    this.#free.push(slot);
    return true;
  }

  /** Iterates over all. */
  *[Symbol.iterator](): Generator<Item, void> {
    for (const item of this.#slots) if (item !== undefined) yield item;
  }
}
