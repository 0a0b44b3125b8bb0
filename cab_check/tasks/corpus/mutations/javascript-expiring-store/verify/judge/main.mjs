import { each, stringify } from "./cases.mjs";

/** Does one step on what is kept, and returns what came of it as JSON. */
function done(kept, clock, [what, key, ...given]) {
  switch (what) {
    case "at":
      clock.time = Number(key);
      return undefined;
    case "set":
      return kept.set(key, given[0], {
        ...(given[1] && { weight: Number(given[1]) }),
        ...(given[2] && { ttl: Number(given[2]) }),
      });
    case "extend":
      return given[0] ? kept.extend(key, Number(given[0])) : kept.extend(key);
    case "size":
    case "weight":
      return kept[what];
    default:
      return kept[what](key);
  }
}

each(async () => {
  const { Recent } = await import("../src/recent.mjs");
  return (call) => {
    const clock = { time: 0 };
    const [limit, ttl] = call[0].split(" ").map(Number);
    let kept;
    const answers = [];
    for (const step of call) {
      try {
        if (kept === undefined) {
          kept = new Recent({ limit, ...(ttl && { ttl }), now: () => clock.time });
          answers.push("made");
        } else {
          answers.push(String(stringify(done(kept, clock, step.split(" ")))));
        }
      } catch (error) {
        answers.push(error instanceof RangeError ? "RangeError" : String(error));
      }
    }
    return answers;
  };
});
