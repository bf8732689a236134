/**
 * What a candidate does besides answering: strike options out, highlight, read to the end; the keys; the size of the text.
 *
 * Why it is right: everything here is one more kind of entry of the same journal (durable.js), so it survives like an
 * answer and can be replayed, and none of it changes what is chosen. Highlights are painted by the browser over the text
 * as ranges of characters, so the authored markup stays as it is. Single keys can be switched off (WCAG 2.1.4), never
 * fire while somebody writes, and do nothing that a visible control does not do.
 */
(() => {
  "use strict";

  const form = /** @type {HTMLFormElement} */ (document.getElementById("paper"));
  const items = /** @type {HTMLElement[]} */ (Array.from(form.querySelectorAll(".item")));
  const position = (/** @type {HTMLElement} */ item) => Number(item.dataset.position);
  let current = items[0];

  // Striking out
  /** @param {HTMLElement} button @param {boolean} struck */
  function setStruck(button, struck) {
    button.setAttribute("aria-pressed", String(struck));
    button.closest(".option")?.toggleAttribute("data-struck", struck);
  }

  /** @param {HTMLElement} button */
  function strike(button) {
    const item = /** @type {HTMLElement} */ (button.closest(".item"));
    setStruck(button, button.getAttribute("aria-pressed") !== "true");
    const struck = Array.from(item.querySelectorAll("[data-strike][aria-pressed=true]"), (one) => /** @type {HTMLElement} */ (one).dataset.strike);
    void window.cutscore?.record(position(item), "strike", struck);
  }

  for (const button of /** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll("[data-strike]"))) {
    button.hidden = false;
    setStruck(button, button.getAttribute("aria-pressed") === "true");
    button.addEventListener("click", () => strike(button));
  }

  // Highlights
  const paints = "highlights" in CSS;
  const painted = paints ? new Highlight() : null;
  if (painted) CSS.highlights.set("marked", painted);
  /** @type {Map<HTMLElement, Array<[number, number]>>} */
  const marks = new Map(items.map((item) => [item, JSON.parse(item.dataset.highlights ?? "[]")]));

  /** @param {HTMLElement} stem @param {number} offset @returns {[Node, number]} */
  function place(stem, offset) {
    const walker = document.createTreeWalker(stem, NodeFilter.SHOW_TEXT);
    let node = walker.nextNode();
    let left = offset;
    /** @type {Node} */
    let last = stem;
    while (node) {
      const length = node.textContent?.length ?? 0;
      if (left <= length) return [node, left];
      left -= length;
      last = node;
      node = walker.nextNode();
    }
    return [last, last.textContent?.length ?? 0];
  }

  function paint() {
    painted?.clear();
    const stem = /** @type {HTMLElement} */ (current.querySelector(".item__stem"));
    for (const [start, end] of marks.get(current) ?? []) {
      const range = document.createRange();
      range.setStart(...place(stem, start));
      range.setEnd(...place(stem, end));
      painted?.add(range);
    }
  }

  function highlight() {
    const selection = getSelection();
    const stem = /** @type {HTMLElement} */ (current.querySelector(".item__stem"));
    if (!selection?.rangeCount || !stem.contains(selection.getRangeAt(0).commonAncestorContainer)) return;
    const range = selection.getRangeAt(0);
    const before = document.createRange();
    before.selectNodeContents(stem);
    before.setEnd(range.startContainer, range.startOffset);
    const start = before.toString().length;
    const end = start + range.toString().length;
    const held = marks.get(current) ?? [];
    const inside = held.filter(([from, to]) => from <= start && end <= to);
    const next = inside.length ? held.filter((one) => !inside.includes(one)) : end > start ? [...held, [start, end]].slice(-50) : held;
    marks.set(current, /** @type {Array<[number, number]>} */ (next));
    selection.removeAllRanges();
    paint();
    if (next !== held) void window.cutscore?.record(position(current), "highlight", next);
  }

  // Seen to the end
  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      const item = /** @type {HTMLElement} */ (entry.target.closest(".item"));
      if (!entry.isIntersecting || item !== current || item.hasAttribute("data-seen")) continue;
      item.toggleAttribute("data-seen", true);
      void window.cutscore?.record(position(item), "seen", "whole", false);
    }
  });
  for (const item of items) watcher.observe(/** @type {Element} */ (item.querySelector(".option:last-child")));

  document.addEventListener("cutscore:shown", (event) => {
    current = /** @type {CustomEvent<HTMLElement>} */ (event).detail;
    paint();
    void window.cutscore?.record(position(current), "seen", current.hasAttribute("data-seen") ? "whole" : "shown", false);
  });

  document.addEventListener("cutscore:recovered", (event) => {
    const { position: number, kind, value } = /** @type {CustomEvent} */ (event).detail;
    const item = items[number - 1];
    if (kind === "strike") {
      for (const button of /** @type {NodeListOf<HTMLElement>} */ (item.querySelectorAll("[data-strike]"))) setStruck(button, value.includes(button.dataset.strike));
    } else if (kind === "highlight") {
      marks.set(item, value);
      paint();
    } else if (kind === "note") {
      /** @type {HTMLTextAreaElement} */ (item.querySelector("[name^=note-]")).value = value;
    } else if (kind === "confidence") {
      for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (item.querySelectorAll("[name^=confidence-]"))) input.checked = input.value === value;
    }
  });

  // Display and keys
  const tools = /** @type {HTMLDialogElement} */ (document.getElementById("tools"));
  const keysOn = /** @type {HTMLInputElement} */ (document.getElementById("keys-on"));
  const size = /** @type {HTMLSelectElement} */ (document.getElementById("text-size"));
  const opener = /** @type {HTMLElement} */ (document.getElementById("tools-open"));
  opener.hidden = false;
  opener.addEventListener("click", () => tools.showModal());
  keysOn.checked = localStorage.getItem("keys") !== "off";
  keysOn.addEventListener("change", () => localStorage.setItem("keys", keysOn.checked ? "on" : "off"));
  size.value = localStorage.getItem("text-size") ?? "1";
  const resize = () => document.body.style.setProperty("--text-size", size.value || "1");
  size.addEventListener("change", () => {
    localStorage.setItem("text-size", size.value);
    resize();
  });
  resize();

  document.addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    const writes = target.matches("textarea, select, input:not([type=radio], [type=checkbox])");
    if (!keysOn.checked || tools.open || writes || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = event.key.toLowerCase();
    const place = "abcdefgh".indexOf(key);
    const options = current.querySelectorAll(".option");
    if (event.key === "?") tools.showModal();
    else if (key === "m") highlight();
    else if (key === "s") {
      const button = /** @type {HTMLElement | null | undefined} */ (target.closest(".option")?.querySelector("[data-strike]"));
      if (!button) return;
      strike(button);
    } else if (key === "n" || key === "p" || (key === "f" && place >= options.length)) {
      document.dispatchEvent(new CustomEvent("cutscore:key", { detail: key }));
    } else if (place >= 0 && place < options.length) {
      const option = options[place];
      if (event.shiftKey) strike(/** @type {HTMLElement} */ (option.querySelector("[data-strike]")));
      else {
        const control = /** @type {HTMLInputElement} */ (option.querySelector(".option__control"));
        control.click();
        control.focus();
      }
    } else return;
    event.preventDefault();
  });

  const first = items.find((item) => item.hasAttribute("data-current"));
  if (first) document.dispatchEvent(new CustomEvent("cutscore:shown", { detail: first }));
})();
