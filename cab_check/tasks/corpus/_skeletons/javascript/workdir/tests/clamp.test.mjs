import assert from "node:assert/strict";
import { test } from "node:test";

import { clamp } from "../src/clamp.mjs";

test("above", () => assert.equal(clamp(12, 0, 10), 10));
test("below", () => assert.equal(clamp(-3, 0, 10), 0));
test("within", () => assert.equal(clamp(4, 0, 10), 4));
