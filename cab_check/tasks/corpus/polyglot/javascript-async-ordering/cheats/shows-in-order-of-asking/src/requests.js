/** Resolves with what the worker makes of each item; at most `limit` workers run at a time. */
export async function mapLimit(items, limit, worker) {
  const results = new Array(items.length);
  let next = 0;
  let failed = false;

  async function lane() {
    while (next < items.length && !failed) {
      const index = next;
      next += 1;
      try {
        results[index] = await worker(items[index], index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  }

  await Promise.all(Array.from({ length: limit }, lane));
  return results;
}

/** Returns a function that loads the result of a query and shows it. */
export function latest(load, show) {
  let shown = 0;
  let asked = 0;

  return async function ask(query) {
    asked += 1;
    const number = asked;
    const result = await load(query);
    if (number > shown) {
      shown = number;
      show(result);
    }
  };
}
