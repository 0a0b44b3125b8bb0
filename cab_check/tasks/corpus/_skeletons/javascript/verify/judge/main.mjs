import { each } from "./cases.mjs";

// Answers with what clamp returns: a call is the number and its bounds.
each(async () => {
  const { clamp } = await import("../src/clamp.mjs");
  return (call) => [String(clamp(...call.map(Number)))];
});
