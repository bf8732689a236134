/**
 * The arrow keys in the item review: right goes to the next question, left to the one before.
 *
 * Why it is right: it does nothing that the links "Next" and "Previous" do not do, arrows are no character keys
 * (WCAG 2.1.4), and where an arrow means something else, in a field or in text that scrolls sideways, it is left alone.
 */
(() => {
  "use strict";

  const heads = /** @type {HTMLElement[]} */ (Array.from(document.querySelectorAll(".reviewed > h2")));
  document.querySelector(".jump__keys")?.removeAttribute("hidden");

  document.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const target = /** @type {Element} */ (event.target);
    if (!step || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (target.closest("input, textarea, select, pre, [tabindex='0']")) return;
    const top = (/** @type {HTMLElement} */ head) => head.getBoundingClientRect().top;
    // Where the focus is, else what is on the screen: a head within a few pixels of the top is the present one.
    const focused = heads.findIndex((head) => head.parentElement?.contains(document.activeElement));
    const seen = heads.findLastIndex((head) => top(head) < 24);
    const next = heads[(focused >= 0 ? focused : seen) + step];
    if (!next) return;
    event.preventDefault();
    next.focus({ preventScroll: true });
    next.parentElement?.scrollIntoView();
  });
})();
