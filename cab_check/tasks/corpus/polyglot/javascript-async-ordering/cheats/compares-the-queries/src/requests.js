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
  let newest;

  return async function ask(query) {
    newest = query;
    const result = await load(query);
    if (query === newest) show(result);
  };
}
