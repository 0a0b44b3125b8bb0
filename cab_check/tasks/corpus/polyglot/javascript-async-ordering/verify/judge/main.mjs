import { each, parse, quiet, stringify } from "./cases.mjs";

/** What happened, a line a step: what was started, shown and settled by then. */
class Journal {
  lines = [];
  seen = [];

  note(text) {
    this.seen.push(text);
  }

  async step() {
    await quiet();
    this.lines.push(this.seen.join(" "));
    this.seen = [];
  }
}

/** Work that is open until a step settles it, by number. */
class Open {
  settle = [];

  async next() {
    return new Promise((resolve, reject) => {
      this.settle.push({ resolve, reject });
    });
  }

  end([verb, number, text]) {
    if (verb === "done") this.settle[number]?.resolve(text);
    else this.settle[number]?.reject(new Error(text));
  }
}

async function pool(mapLimit, [items, limit, steps]) {
  const journal = new Journal();
  const open = new Open();
  mapLimit(items, limit, (item, index) => {
    journal.note(`start ${index} ${item}`);
    if (item === "throws") throw new Error(`at ${index}`);
    return open.next();
  }).then(
    (results) => journal.note(`resolved ${stringify(results)}`),
    (error) => journal.note(`rejected ${error?.message}`),
  );
  await journal.step();
  for (const step of steps) {
    open.end(step);
    await journal.step();
  }
  return journal.lines;
}

async function search(latest, [steps]) {
  const journal = new Journal();
  const open = new Open();
  const load = (query) => {
    journal.note(`load ${query}`);
    return open.next();
  };
  const ask = latest(load, (result) => journal.note(`show ${result}`));
  let asked = 0;
  for (const step of steps) {
    if (step[0] === "ask") {
      const number = asked;
      asked += 1;
      ask(step[1]).catch((error) => journal.note(`rejected ${number} ${error?.message}`));
    } else {
      open.end(step);
    }
    await journal.step();
  }
  return journal.lines;
}

await each(async () => {
  const { latest, mapLimit } = await import("../src/requests.js");
  return async ([name, ...given]) => {
    const plan = given.map((text) => parse(text));
    return name === "pool" ? pool(mapLimit, plan) : search(latest, plan);
  };
});
