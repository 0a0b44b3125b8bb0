/**
 * Keeps the values that were used last: as many as a limit of weight allows, and each of them for a
 * time. Times are milliseconds of the clock `now`, which is the system's unless another is given.
 */
export class Recent {
  #entries = new Map();
  #limit;
  #ttl;
  #now;
  #total = 0;

  constructor({ limit, ttl = Infinity, now = Date.now }) {
    if (!(limit > 0) || !(ttl > 0)) {
      throw new RangeError("limit and ttl must be above 0");
    }
    this.#limit = limit;
    this.#ttl = ttl;
    this.#now = now;
  }

  /** How many values are kept. */
  get size() {
    this.#sweep();
    return this.#entries.size;
  }

  /** What the values that are kept weigh together; never more than the limit. */
  get weight() {
    this.#sweep();
    return this.#total;
  }

  /**
   * Keeps a value as the one that was used last, and drops those that were used least lately while
   * the limit is exceeded. A value that alone is too heavy is not kept, nor is an older one of its
   * key; says whether it is kept.
   */
  set(key, value, { weight = 1, ttl = this.#ttl } = {}) {
    if (!(weight >= 0) || !(ttl > 0)) {
      throw new RangeError("weight must not be below 0, and ttl must be above it");
    }
    this.#drop(key);
    if (weight > this.#limit) {
      return false;
    }
    this.#entries.set(key, { value, weight, expiry: this.#now() + ttl });
    this.#total += weight;
    this.#evict();
    return true;
  }

  /** Returns a value, which thereby is the one that was used last; undefined when none is kept. */
  get(key) {
    const entry = this.#fresh(key);
    if (entry === undefined) {
      return undefined;
    }
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** Returns a value without using it; undefined when none is kept. */
  peek(key) {
    return this.#fresh(key)?.value;
  }

  /** Says whether a value is kept, without using it. */
  has(key) {
    return this.#fresh(key) !== undefined;
  }

  /** Keeps a value for so long from now on, and never for less long than before. */
  extend(key, ttl = this.#ttl) {
    const entry = this.#fresh(key);
    if (entry === undefined) {
      return false;
    }
    entry.expiry = Math.max(entry.expiry, this.#now() + ttl);
    return true;
  }

  /** Drops a value; says whether one was kept. */
  delete(key) {
    return this.#fresh(key) !== undefined && this.#drop(key);
  }

  /** Lists the keys, the one that was used least lately first. */
  keys() {
    this.#sweep();
    return [...this.#entries.keys()];
  }

  #fresh(key) {
    const entry = this.#entries.get(key);
    if (entry !== undefined && this.#over(entry)) {
      this.#drop(key);
      return undefined;
    }
    return entry;
  }

  #over(entry) {
    return entry.expiry <= this.#now();
  }

  #drop(key) {
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      return false;
    }
    this.#total -= entry.weight;
    return this.#entries.delete(key);
  }

  #sweep() {
    for (const [key, entry] of this.#entries) {
      if (this.#over(entry)) {
        this.#drop(key);
      }
    }
  }

  #evict() {
    this.#sweep();
    for (const key of this.#entries.keys()) {
      if (this.#total <= this.#limit) {
        return;
      }
      this.#drop(key);
    }
  }
}
