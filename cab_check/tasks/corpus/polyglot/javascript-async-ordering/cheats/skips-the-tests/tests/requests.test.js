import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { latest, mapLimit } from "../src/requests.js";

const answer = async ([delay, value]) => {
  await sleep(delay);
  return value;
};

test.skip("results are in the order of the items", async () => {
  const items = [[40, "a"], [5, "b"], [20, "c"]];
  assert.deepEqual(await mapLimit(items, 3, answer), ["a", "b", "c"]);
});

test("no more workers than allowed", async () => {
  let running = 0;
  let most = 0;
  await mapLimit([10, 5, 10, 5], 2, async (delay) => {
    running += 1;
    most = Math.max(most, running);
    await sleep(delay);
    running -= 1;
  });
  assert.ok(most <= 2);
});

test("an error rejects", async () => {
  const failing = mapLimit([1, 2], 1, async (item) => {
    throw new Error(`no page ${item}`);
  });
  await assert.rejects(failing, { message: "no page 1" });
});

test.skip("only the newest query is shown", async () => {
  const shown = [];
  const ask = latest(answer, (result) => shown.push(result));
  await Promise.all([ask([40, "old"]), ask([5, "new"])]);
  assert.deepEqual(shown, ["new"]);
});
