/** Resolves with what the worker makes of each item; at most `limit` workers run at a time. */
export async function mapLimit(items, limit, worker) {
  const results = [];
  for (let start = 0; start < items.length; start += limit) {
    const group = items.slice(start, start + limit);
    results.push(...(await Promise.all(group.map((item, at) => worker(item, start + at)))));
  }
  return results;
}

/** Returns a function that loads the result of a query and shows it. */
export function latest(load, show) {
  let newest = 0;

  return async function ask(query) {
    newest += 1;
    const number = newest;
    try {
      const result = await load(query);
      if (number === newest) show(result);
    } catch (error) {
      if (number === newest) throw error;
    }
  };
}
