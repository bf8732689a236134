/**
 * The time that is left.
 *
 * Why it is right: the server says how many milliseconds remain when the page is made and with every save, and the page
 * counts down with performance.now(), which no change of the device's clock can move. The time shown is only a display:
 * at zero the page asks the server, which alone decides. It is announced at 60, 30, 15, 10, 5 and 1 minutes
 * and otherwise silent (W-03). Time that was added is said.
 */
(() => {
  "use strict";

  // More time, or an end that an instructor has set, reaches a page that has nothing to save, untimed ones too.
  const paper = document.getElementById("paper");
  const clockUrl = paper?.dataset.clockUrl ?? "";
  async function ask() {
    try {
      const response = await fetch(clockUrl, { method: "POST", body: paper?.dataset.ticket, signal: AbortSignal.timeout(8000) });
      if (response.status !== 200) return;
      const news = await response.json();
      document.dispatchEvent(new CustomEvent("cutscore:clock", { detail: news.remaining_ms }));
      if (news.closed) document.dispatchEvent(new CustomEvent("cutscore:closed"));
    } catch {
      // The next question is asked in a quarter of a minute.
    }
  }
  // In blind review the time is over already, and every save says so.
  if (paper?.dataset.phase === "timed") {
    document.addEventListener("cutscore:closed", () => location.reload());
    window.setInterval(ask, 15000);
  }

  const timer = document.getElementById("timer");
  if (!timer) return;
  const toggle = /** @type {HTMLButtonElement | null} */ (document.getElementById("timer-toggle"));
  const announcer = document.getElementById("announcer");
  const ANNOUNCED = [60, 30, 15, 10, 5, 1];

  let end = performance.now() + Number(timer.dataset.remainingMs);
  let last = Infinity;
  let over = false;
  let hidden = localStorage.getItem("timer") === "hidden";

  /** @param {number} seconds */
  function words(seconds) {
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.floor((seconds % 3600) / 60);
    if (hours) return `${hours} h ${minutes} min left`;
    return seconds >= 60 ? `${minutes} min left` : `${seconds} s left`;
  }

  function tick() {
    const seconds = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    const mark = ANNOUNCED.find((minutes) => last > minutes * 60 && seconds <= minutes * 60);
    if (mark && last !== Infinity && announcer) announcer.textContent = `${mark} minute${mark === 1 ? "" : "s"} left.`;
    last = seconds;
    const text = hidden ? "Time hidden" : words(seconds);
    if (timer && timer.textContent !== text) timer.textContent = text;
    if (seconds === 0 && !over) {
      over = true;
      void finish();
    }
  }

  async function finish() {
    if (announcer) announcer.textContent = "The time is over. Your answers are being submitted.";
    // Answers that arrive within the grace still count; an unreachable server closes the attempt by itself.
    await window.cutscore?.drain();
    const form = /** @type {HTMLFormElement | null} */ (document.getElementById("finish"));
    form?.querySelector("[name=confirm]")?.removeAttribute("required");
    form?.requestSubmit();
  }

  if (toggle) {
    toggle.hidden = false;
    const label = () => {
      toggle.setAttribute("aria-pressed", String(hidden));
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
    const remaining = /** @type {CustomEvent<number | null>} */ (event).detail;
    if (remaining === null) return;
    const gained = Math.round((remaining - (end - performance.now())) / 60000);
    end = performance.now() + remaining;
    if (gained >= 1 && announcer) announcer.textContent = `You have ${gained} minute${gained === 1 ? "" : "s"} more.`;
    if (gained >= 1) document.dispatchEvent(new CustomEvent("cutscore:gained", { detail: gained }));
    if (remaining > 0) over = false;
    tick();
  });
  window.setInterval(tick, 1000);
  tick();
})();
