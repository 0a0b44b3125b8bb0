import assert from "node:assert/strict";
import { test } from "node:test";

import { Recent } from "../src/recent.mjs";

function filled(options = {}) {
  const clock = { time: 1000 };
  const recent = new Recent({ limit: 3, ttl: 50, now: () => clock.time, ...options });
  for (const key of ["a", "b", "c"]) {
    recent.set(key, key.toUpperCase());
  }
  return { recent, clock };
}

test("keeps as many as the limit allows", () => {
  const { recent } = filled();
  assert.deepEqual(recent.keys(), ["a", "b", "c"]);
  recent.set("d", "D");
  assert.deepEqual(recent.keys(), ["b", "c", "d"]);
  assert.equal(recent.weight, 3);
});

test("what was used is dropped later", () => {
  const { recent } = filled();
  assert.equal(recent.get("a"), "A");
  recent.set("d", "D");
  assert.deepEqual(recent.keys(), ["c", "a", "d"]);
});

test("peeking is not using", () => {
  const { recent } = filled();
  assert.equal(recent.peek("a"), "A");
  assert.equal(recent.has("a"), true);
  recent.set("d", "D");
  assert.equal(recent.has("a"), false);
});

test("a value ends with its time", () => {
  const { recent, clock } = filled();
  clock.time = 1049;
  assert.equal(recent.peek("a"), "A");
  clock.time = 1051;
  assert.equal(recent.peek("a"), undefined);
  assert.equal(recent.size, 0);
});

test("heavy values push out several", () => {
  const { recent } = filled();
  assert.equal(recent.set("d", "D", { weight: 2 }), true);
  assert.deepEqual(recent.keys(), ["c", "d"]);
  assert.equal(recent.set("e", "E", { weight: 3 }), true);
  assert.deepEqual(recent.keys(), ["e"]);
  assert.equal(recent.set("e", "E", { weight: 4 }), false);
  assert.equal(recent.size, 0);
});

test("another value of a key takes its place", () => {
  const { recent } = filled();
  recent.set("b", "BB", { weight: 2 });
  assert.deepEqual(recent.keys(), ["c", "b"]);
  assert.equal(recent.weight, 3);
});

test("a life is extended and never cut short", () => {
  const { recent, clock } = filled();
  recent.extend("a", 80);
  recent.extend("b", 10);
  clock.time = 1060;
  assert.deepEqual(recent.keys(), ["a"]);
  assert.equal(recent.extend("b"), false);
});

test("what is deleted weighs nothing", () => {
  const { recent } = filled();
  recent.set("c", "C", { weight: 1.5, ttl: 10 });
  assert.equal(recent.delete("c"), true);
  assert.equal(recent.delete("c"), false);
  assert.equal(recent.weight, 1);
});

test("a limit must be above 0", () => {
  assert.throws(() => new Recent({ limit: 0 }), RangeError);
});
