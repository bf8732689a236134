/**
 * One item at a time.
 *
 * Why it is right: the whole paper is already in the page as one form, so showing an item is only a matter of which
 * fieldset carries `data-current`; nothing is fetched, nothing can fail, and without this script the same page is one
 * long form. The address's fragment names the item, so reload, back and the navigator's links all work the same way.
 */
(() => {
  "use strict";

  const form = /** @type {HTMLFormElement} */ (document.getElementById("paper"));
  const items = /** @type {HTMLElement[]} */ (Array.from(form.querySelectorAll(".item")));
  const cells = /** @type {HTMLElement[]} */ (Array.from(document.querySelectorAll(".navigator__cell")));
  const position = /** @type {HTMLElement} */ (document.getElementById("position"));
  const flagButton = /** @type {HTMLButtonElement} */ (form.querySelector("[data-flag]"));
  const navigator = /** @type {HTMLDetailsElement} */ (document.getElementById("navigator"));
  const isWide = matchMedia("(min-width: 64rem)");
  const NUMBERS = ["no", "one", "two", "three", "four"];
  // The heading, which is heard when the item is shown, says that it is flagged (W-05).
  const flagWords = items.map((item) => /** @type {HTMLElement} */ (item.querySelector(".item__heading")).appendChild(new Text()));
  let current = 0;

  /** @param {HTMLElement} item */
  const flagOf = (item) => /** @type {HTMLInputElement} */ (item.querySelector("[name=flag]"));
  /** @param {HTMLElement} item */
  const chosenOf = (item) => item.querySelectorAll(".option__control:checked").length;

  /** @param {HTMLElement} item */
  function stateWords(item) {
    const chosen = chosenOf(item);
    const asked = Number(item.dataset.choose);
    const answered = chosen === 0 ? "unanswered" : chosen < asked ? `${chosen} of ${asked} chosen` : "answered";
    return flagOf(item).checked ? `${answered}, flagged` : answered;
  }

  /** @param {HTMLElement} item @param {string} filter */
  function fits(item, filter) {
    if (filter === "open") return chosenOf(item) < Number(item.dataset.choose);
    if (filter === "flagged") return flagOf(item).checked;
    if (filter === "unsure") return item.querySelector("[name^=confidence]:is([value=unsure], [value=guess]):checked") !== null;
    return true;
  }

  function filterCells() {
    const pressed = /** @type {HTMLElement | null} */ (document.querySelector("[data-filter][aria-pressed=true]"));
    items.forEach((item, i) => cells[i].parentElement?.toggleAttribute("hidden", !fits(item, pressed?.dataset.filter ?? "all")));
  }

  /** @param {number} index */
  function mark(index) {
    const item = items[index];
    const cell = cells[index];
    cell.toggleAttribute("data-answered", chosenOf(item) > 0);
    cell.toggleAttribute("data-flagged", flagOf(item).checked);
    cell.setAttribute("aria-label", `Question ${index + 1}, ${stateWords(item)}`);
    flagWords[index].data = flagOf(item).checked ? ", flagged" : "";
    if (index === current) flagButton.setAttribute("aria-pressed", String(flagOf(item).checked));
    filterCells();
  }

  /** @param {number} index @param {boolean} focus */
  function show(index, focus) {
    current = Math.min(Math.max(index, 0), items.length - 1);
    items.forEach((item, i) => item.toggleAttribute("data-current", i === current));
    cells.forEach((cell, i) => (i === current ? cell.setAttribute("aria-current", "true") : cell.removeAttribute("aria-current")));
    position.textContent = `Question ${current + 1} of ${items.length}`;
    for (const button of form.querySelectorAll("[data-go]")) {
      const to = current + Number(/** @type {HTMLElement} */ (button).dataset.go);
      /** @type {HTMLButtonElement} */ (button).disabled = to < 0 || to >= items.length;
    }
    mark(current);
    document.dispatchEvent(new CustomEvent("cutscore:shown", { detail: items[current] }));
    if (focus) {
      window.scrollTo(0, 0);
      /** @type {HTMLElement} */ (items[current].querySelector(".item__heading")).focus({ preventScroll: true });
    }
  }

  /** Go on or back; an item whose end was never in view is said so, once. @param {number} by */
  function go(by) {
    const item = items[current];
    const next = items[current + by];
    if (!next) return;
    if (by > 0 && !item.hasAttribute("data-seen") && !item.hasAttribute("data-warned")) {
      item.toggleAttribute("data-warned", true);
      tell(item, "You have not seen all of this question yet. Go on again to leave it so.");
      noteOf(item).scrollIntoView({ block: "nearest" });
      return;
    }
    location.hash = next.id;
    // The address tells of its change in a later task. A key that was pressed meanwhile means the question gone to.
    show(current + by, true);
  }

  /** @param {HTMLElement} item */
  const noteOf = (item) => /** @type {HTMLElement} */ (item.querySelector(".item__note"));
  /** @param {HTMLElement} item @param {string} words */
  function tell(item, words) {
    noteOf(item).textContent = words;
    window.cutscore.announce(words);
  }
  const fromAddress = () => items.findIndex((item) => `#${item.id}` === location.hash);

  // Capture: a choice too many is taken back before htmx hears of it.
  form.addEventListener(
    "change",
    (event) => {
      const field = /** @type {HTMLInputElement} */ (event.target);
      const item = /** @type {HTMLElement | null} */ (field.closest(".item"));
      if (!item) return;
      const asked = Number(item.dataset.choose);
      noteOf(item).textContent = "";
      if (field.type === "checkbox" && field.name !== "flag" && chosenOf(item) > asked) {
        field.checked = false;
        tell(item, `This question asks for ${NUMBERS[asked]}. Clear one of your choices first.`);
        event.stopPropagation();
      }
      mark(items.indexOf(item));
    },
    true,
  );

  document.addEventListener("cutscore:recovered", (event) => {
    const { position: place, kind, value } = /** @type {CustomEvent} */ (event).detail;
    const item = items[place - 1];
    if (kind === "flag") flagOf(item).checked = value;
    else if (kind === "answer") for (const input of item.querySelectorAll(".option__control")) {
      /** @type {HTMLInputElement} */ (input).checked = value.includes(/** @type {HTMLInputElement} */ (input).value);
    }
    mark(place - 1);
  });

  form.addEventListener("click", (event) => {
    const button = /** @type {HTMLElement} */ (event.target).closest("button");
    if (button?.dataset.go) go(Number(button.dataset.go));
    else if (button === flagButton) flagOf(items[current]).click();
  });

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await window.cutscore.ready()) location.assign(/** @type {string} */ (form.dataset.reviewUrl));
  });

  for (const button of document.querySelectorAll("[data-filter]")) {
    button.addEventListener("click", () => {
      for (const other of document.querySelectorAll("[data-filter]")) other.setAttribute("aria-pressed", String(other === button));
      filterCells();
    });
  }
  document.querySelector(".navigator__filters")?.removeAttribute("hidden");
  document.addEventListener("cutscore:key", (event) => {
    const key = /** @type {CustomEvent<string>} */ (event).detail;
    if (key === "n") go(1);
    else if (key === "p") go(-1);
    else if (key === "f") flagOf(items[current]).click();
  });

  // On narrow windows the list lies over the question, so it goes away with the choice, or with Escape.
  navigator.addEventListener("click", (event) => {
    const cell = /** @type {HTMLElement} */ (event.target).closest(".navigator__cell");
    if (!cell) return;
    if (!isWide.matches) navigator.open = false;
    if (cell.getAttribute("aria-current")) show(current, true);
  });
  navigator.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || isWide.matches) return;
    navigator.open = false;
    navigator.querySelector("summary")?.focus();
  });

  window.addEventListener("hashchange", () => {
    const asked = location.hash ? fromAddress() : 0; // -1: the address of something else, such as the skip link's
    if (asked >= 0 && asked !== current) show(asked, true);
  });
  for (const button of form.querySelectorAll("[data-go], [data-flag]")) button.removeAttribute("hidden");
  form.querySelector("[data-without-script]")?.remove();
  form.toggleAttribute("data-paged", true);
  const openWhereWide = () => (navigator.open = isWide.matches);
  isWide.addEventListener("change", openWhereWide);
  openWhereWide();
  show(Math.max(fromAddress(), 0), false);
})();
