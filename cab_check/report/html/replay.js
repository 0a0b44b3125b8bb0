"use strict";
// Replays a run: the moment moves, and timeline, table and terminal show what it was.
(() => {
  const byId = (id) => document.getElementById(id);
  const scrubber = byId("scrubber");
  if (!scrubber) return;
  const replay = byId("replay"), play = byId("play"), speed = byId("speed"), clock = byId("clock");
  const now = byId("now"), playhead = byId("playhead"), terminal = byId("terminal");
  const timed = (element) => ({
    element, from: Number(element.dataset.from), to: Number(element.dataset.to),
  });
  const bars = [...document.querySelectorAll("#bars rect")].map(timed);
  const entries = terminal ? [...terminal.querySelectorAll("[data-from]")].map(timed) : [];
  const whole = Number(scrubber.max);
  let moment = whole, playing = false, frame = 0, last = 0, kept = 0;
  let current = null, row = null, started = entries.length, ended = entries.length;

  const took = (ms) =>
    whole < 10 ? ms.toFixed(1) + " ms"
    : whole < 1000 ? ms.toFixed(0) + " ms"
    : (ms / 1000).toFixed(2) + " s";

  // how many of the sorted items satisfy a test that holds for the first ones only
  const count = (items, holds) => {
    let low = 0, high = items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (holds(items[middle])) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  // the innermost bar at the moment: the last that began and has not ended
  const barAt = (ms) => {
    for (let at = count(bars, (bar) => bar.from <= ms) - 1; at >= 0; at--)
      if (ms < bars[at].to || ms === bars[at].from) return bars[at];
    return null;
  };

  const mark = (bar) => {
    if (bar === current) return false;
    current?.element.classList.remove("current");
    row?.classList.remove("current");
    current = bar;
    row = bar && bar.element.dataset.row ? byId(bar.element.dataset.row) : null;
    current?.element.classList.add("current");
    row?.classList.add("current");
    return true;
  };

  const showTerminal = () => {
    const begun = count(entries, (entry) => entry.from <= moment);
    const over = count(entries, (entry) => entry.to <= moment);
    if (begun === started && over === ended) return;
    const changed = [Math.min(begun, started, over, ended), Math.max(begun, started, over, ended)];
    for (let at = changed[0]; at < changed[1]; at++) {
      entries[at].element.classList.toggle("later", at >= begun);
      entries[at].element.classList.toggle("running", at < begun && at >= over);
    }
    started = begun;
    ended = over;
    terminal.scrollTop = terminal.scrollHeight;
  };

  const keep = () => {
    kept = performance.now();
    try {
      history.replaceState(null, "", "#t=" + Math.round(moment));
    } catch {
      // some browsers limit how often; the next step writes it
    }
  };

  const show = (ms, { say = true } = {}) => {
    moment = Math.min(whole, Math.max(0, ms));
    const share = moment / whole;
    playhead.style.transform = `translateX(calc(${share * 100}% - ${share * 2}px))`;
    scrubber.value = moment;
    clock.textContent = `${took(moment)} / ${took(whole)}`;
    scrubber.setAttribute("aria-valuetext", clock.textContent);
    const bar = barAt(moment);
    now.setAttribute("aria-live", say ? "polite" : "off");
    if (mark(bar) || now.dataset.idle !== String(!bar)) {
      now.dataset.idle = String(!bar);
      now.textContent = bar ? bar.element.querySelector("title").textContent
        : moment >= whole ? "The run is over." : "between two spans";
    }
    showTerminal();
  };

  const tick = (time) => {
    if (!playing) return;
    show(moment + (time - last) * Number(speed.value), { say: false });
    last = time;
    if (time - kept > 1000) keep();
    if (moment >= whole) stop();
    else frame = requestAnimationFrame(tick);
  };

  const start = () => {
    if (moment >= whole) show(0, { say: false });
    playing = true;
    last = performance.now();
    play.textContent = "Pause";
    frame = requestAnimationFrame(tick);
  };

  const stop = () => {
    playing = false;
    cancelAnimationFrame(frame);
    play.textContent = "Play";
    keep();
  };

  const go = (ms) => {
    show(ms);
    keep();
  };

  const step = (forward) => {
    const at = forward
      ? count(bars, (bar) => bar.from <= moment)
      : count(bars, (bar) => bar.from < moment) - 1;
    go(bars[at] ? bars[at].from : forward ? whole : 0);
  };

  const keys = {
    " ": () => (playing ? stop() : start()),
    ArrowLeft: () => step(false),
    ArrowRight: () => step(true),
    ",": () => go(moment - 100),
    ".": () => go(moment + 100),
  };

  play.addEventListener("click", keys[" "]);
  byId("back").addEventListener("click", keys.ArrowLeft);
  byId("next").addEventListener("click", keys.ArrowRight);
  scrubber.addEventListener("input", () => show(Number(scrubber.value)));
  scrubber.addEventListener("change", keep);
  byId("bars").addEventListener("click", (event) => {
    const bar = bars.find((each) => each.element === event.target);
    const box = byId("bars").getBoundingClientRect();
    go(bar ? bar.from : ((event.clientX - box.left) / box.width) * whole);
  });

  // keys belong to the replay while it is in sight and nothing else wants them
  const inSight = () => {
    const box = replay.getBoundingClientRect();
    return box.top < innerHeight && box.bottom > 0;
  };
  addEventListener("keydown", (event) => {
    const act = keys[event.key];
    if (!act || event.ctrlKey || event.altKey || event.metaKey) return;
    const target = event.target;
    if (target.closest("select, textarea, [contenteditable], input:not([type=range])")) return;
    if (event.key === " " && target.closest("button, summary, a")) return;
    if (!inSight() && !replay.contains(target)) return;
    if (event.key.startsWith("Arrow") && target.closest(".scroll")) return;
    event.preventDefault();
    act();
  });

  const fromAddress = () => {
    const found = /^#t=(\d+(?:\.\d+)?)$/.exec(location.hash);
    if (!found) return;
    if (playing) stop();
    show(Number(found[1]));
    replay.scrollIntoView();
  };
  addEventListener("hashchange", fromAddress);
  document.querySelector(".controls").hidden = false;
  if (terminal) terminal.style.height = `${terminal.offsetHeight}px`; // it must not grow in play
  show(whole, { say: false });
  fromAddress();
})();
