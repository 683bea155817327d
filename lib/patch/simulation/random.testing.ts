/** A seeded source of chance (mulberry32 over a mixed seed): the same seed gives the same run on any machine. */
export class Random {
  #state: number;

  constructor(seed: number) {
    let mixed = Math.imul((seed >>> 0) ^ 0x9e3779b9, 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    // seeds past 2^32 differ too
    this.#state = (mixed ^ (mixed >>> 16) ^ Math.imul(Math.floor(seed / 2 ** 32), 0x27d4eb2f)) | 0;
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  chance(probability: number): boolean {
    return probability > 0 && this.next() < probability;
  }
}
