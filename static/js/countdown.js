/**
 * The time that is left.
 *
 * Why it is right: the server says how many milliseconds remain when the page is made and with every save, and the page
 * counts down with performance.now(), which no change of the device's clock can move. What the server said at a moment
 * between the question and its answer puts the end between two instants; the display moves only when it stands outside of
 * them, so a slow network is never taken for more time, and time that was really added is said. performance.now()
 * may stand still while the device sleeps: when the tab wakes, or the device's clock has gone another way, the page asks.
 * The time shown is only a display: at zero the page asks the server, which alone decides. It is announced at 60,
 * 30, 15, 10, 5 and 1 minutes and otherwise silent (W-03).
 */
(() => {
  "use strict";

  const { announce, say, check, ready, leave } = window.cutscore;
  const paper = document.getElementById("paper");

  // More time, or an end that an instructor has set, reaches a page that has nothing to save, untimed ones too.
  const clockUrl = paper?.dataset.clockUrl ?? "";
  async function ask() {
    try {
      const sent = performance.now();
      const response = await fetch(clockUrl, { method: "POST", body: paper?.dataset.ticket, signal: AbortSignal.timeout(8000) });
      if (response.status !== 200) return;
      const news = await response.json();
      document.dispatchEvent(new CustomEvent("cutscore:clock", { detail: { remaining: news.remaining_ms, sent } }));
      if (news.closed) document.dispatchEvent(new CustomEvent("cutscore:closed"));
    } catch {
      // The next question is asked in a quarter of a minute.
    }
  }

  // What came too late is read before the page goes on to the result; what waits is sent before.
  let closing = false;
  async function goOn() {
    if (closing) return;
    closing = true;
    await window.cutscore.drain?.();
    if (!window.cutscore.refused?.()) location.reload();
  }
  // In blind review the time is over already, and every save says so.
  if (paper?.dataset.phase === "timed") {
    document.addEventListener("cutscore:closed", goOn);
    window.setInterval(ask, 15000);
  }

  const timer = document.getElementById("timer");
  if (!timer) return;
  const toggle = /** @type {HTMLButtonElement | null} */ (document.getElementById("timer-toggle"));
  const ANNOUNCED = [60, 30, 15, 10, 5, 1];
  // Changes of the device's clock up to this much are its own affair.
  const DRIFT_MS = 2000;

  // The server made the page at the latest when its first byte came.
  const [arrival] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
  let end = (arrival?.responseStart ?? performance.now()) + Number(timer.dataset.remainingMs);
  let drift = Date.now() - performance.now();
  let last = Infinity;
  let over = false;
  let hidden = localStorage.getItem("timer") === "hidden";

  /** @param {number} count @param {string} unit */
  const many = (count, unit) => `${count} ${unit}${count === 1 ? "" : "s"}`;

  /** @param {number} seconds */
  function words(seconds) {
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.floor((seconds % 3600) / 60);
    if (hours) return `${hours} h ${minutes} min left`;
    return seconds >= 60 ? `${minutes} min left` : `${seconds} s left`;
  }

  function tick() {
    const seconds = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    // After a sleep several marks may lie behind; what is said is the time that is left now.
    const passed = ANNOUNCED.some((minutes) => last > minutes * 60 && seconds <= minutes * 60);
    if (passed && last !== Infinity && seconds > 0) announce(`${many(Math.ceil(seconds / 60), "minute")} left.`);
    last = seconds;
    const text = hidden ? "Time hidden" : words(seconds);
    if (timer && timer.textContent !== text) timer.textContent = text;
    if (seconds === 0 && !over) {
      over = true;
      void finish();
    }
    if (Math.abs(Date.now() - performance.now() - drift) > DRIFT_MS) wake();
  }

  /** The page may have slept: ask how much time is left. Only asking depends on the device's clock, never the answer. */
  function wake() {
    drift = Date.now() - performance.now();
    void check();
  }

  async function finish() {
    announce("The time is over. Your answers are being submitted.");
    // Answers that arrive within the grace still count; an unreachable server closes the attempt by itself.
    if (!(await ready(true)) || window.cutscore.refused?.()) return;
    if (end > performance.now()) {
      over = false;
      return;
    }
    const form = /** @type {HTMLFormElement | null} */ (document.getElementById("finish"));
    if (form) void leave(form);
  }

  if (toggle) {
    toggle.hidden = false;
    const label = () => {
      toggle.textContent = hidden ? "Show time" : "Hide time";
    };
    toggle.addEventListener("click", () => {
      hidden = !hidden;
      localStorage.setItem("timer", hidden ? "hidden" : "shown");
      label();
      tick();
    });
    label();
  }

  document.addEventListener("cutscore:clock", (event) => {
    const { remaining, sent } = /** @type {CustomEvent<{remaining: number | null, sent: number}>} */ (event).detail;
    if (remaining === null) return;
    const moved = Math.min(Math.max(end, sent + remaining), performance.now() + remaining) - end;
    end += moved;
    if (moved > DRIFT_MS) {
      const gained = moved < 59500 ? many(Math.round(moved / 1000), "second") : many(Math.round(moved / 60000), "minute");
      say(`You have ${gained} more.`, `Now ${words(Math.ceil(remaining / 1000))}.`, undefined, "success");
      over = false;
      last = Infinity;
    } else if (moved < -60000) {
      announce(`${words(Math.ceil(remaining / 1000))}.`);
      last = Infinity;
    }
    tick();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    if (paper?.dataset.phase === "timed") void ask();
    tick();
  });
  window.setInterval(tick, 1000);
  tick();
})();
