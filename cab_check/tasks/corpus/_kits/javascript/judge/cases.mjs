import { readFileSync, writeSync } from "node:fs";

const { exit } = process;
const { parse, stringify } = JSON;
const timer = setTimeout;

export { parse, stringify };

/** Lets everything happen that can happen now, a few rounds of timers included. */
export async function quiet() {
  for (let round = 0; round < 4; round += 1) {
    await new Promise((resolve) => timer(resolve, 2));
  }
}

/**
 * Reads the calls of a case and answers each on stdout with what the function that `load` resolves
 * to makes of its texts. The agent's modules are imported in `load`, after all this was kept.
 */
export async function each(load) {
  const [nonce, ...lines] = readFileSync(0, "utf8").trimEnd().split("\n");
  const calls = lines.map((line) => line.split(",").map((text) => Buffer.from(text, "hex").toString()));
  const pack = (texts) => texts.map((text) => Buffer.from(text).toString("hex")).join(",");
  const run = await load();
  for (const call of calls) {
    let kind = "value";
    let texts;
    try {
      texts = await run(call);
    } catch (error) {
      kind = "crash";
      texts = ["", String(error)];
    }
    writeSync(1, `\n${nonce} ${kind} ${pack(texts)}\n`);
  }
  exit(0);
}
