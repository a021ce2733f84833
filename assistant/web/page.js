// Runs once when the transcript is on the page. `element` is its element, `trigger` sends an event to the server.
// Everything shown was made and escaped by the server; this script only moves, marks and copies it.

const CURRENT = "paper-assistant-conversation";
const NARROW = matchMedia("(max-width: 899px)");
const MOTION = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
window.paperAssistant?.abort();
const controller = (window.paperAssistant = new AbortController());
const listen = (target, name, handler) => target.addEventListener(name, handler, { signal: controller.signal });
const find = (selector, within = document) => within.querySelector(selector);
const make = (tag, values = {}) => Object.assign(document.createElement(tag), values);
const all = (selector, within = document) => Array.from(within.querySelectorAll(selector));

const box = () => find("#box textarea");
const panel = () => find("#panel .panel");

// ------------------------------------------------------------------------------------------- the side panel

let opener = null;

function openCard(button) {
  const turn = button.closest(".turn");
  const card = turn && all("[data-card]", turn).find((each) => each.dataset.card === button.dataset.open);
  if (!card) return;
  opener = button;
  show(card.firstElementChild.cloneNode(true), (button.dataset.cites || "").split(" ").filter(Boolean), turn);
}

function show(card, cites, turn) {
  closePanel();
  const lit = all("mark", card).filter((mark) =>
    !cites.length || mark.dataset.cites.split(" ").some((cite) => cites.includes(cite)));
  lit.forEach((mark) => mark.classList.add("lit"));
  if (!lit.length) find(".facts.cited", card)?.classList.add("lit");
  if (NARROW.matches && turn) {
    const slot = find(".slot", turn);
    const close = make("button", { type: "button", className: "close", textContent: "Close" });
    close.dataset.act = "close";
    slot.replaceChildren(close, card);
    slot.classList.add("open");
  } else {
    find(".content", panel()).replaceChildren(card);
    panel().hidden = false;
    panel().scrollTop = 0;
  }
  document.body.classList.add("reading");
  find("h2", card).focus({ preventScroll: true });
  const target = lit[0] || card;
  if (NARROW.matches) target.scrollIntoView({ block: "center", behavior: MOTION });
  else if (lit.length) {
    // The panel alone scrolls; scrollIntoView would move the conversation too.
    const top = target.getBoundingClientRect().top - panel().getBoundingClientRect().top;
    panel().scrollTo({ top: top - panel().clientHeight * 0.35, behavior: MOTION });
  }
}

function closePanel() {
  all(".slot.open").forEach((slot) => { slot.replaceChildren(); slot.classList.remove("open"); });
  if (panel()) panel().hidden = true;
  document.body.classList.remove("reading");
}

// ---------------------------------------------------------------------------------- asking, editing, copying

function fill(text) {
  const area = box();
  area.value = text;
  area.dispatchEvent(new Event("input", { bubbles: true }));
  area.focus();
  area.setSelectionRange(text.length, text.length);
}

function edit(turn) {
  const question = find(".question", turn);
  if (find("textarea", question)) return;
  const old = question.textContent;
  const area = make("textarea", { value: old, ariaLabel: "Edit the question" });
  const form = make("form");
  const send = make("button", { type: "submit", textContent: "Ask" });
  const cancel = make("button", { type: "button", textContent: "Cancel" });
  form.append(area, send, cancel);
  question.replaceChildren(form);
  const restore = () => question.replaceChildren(make("p", { textContent: old }));
  cancel.onclick = restore;
  area.onkeydown = (event) => {
    if (event.key === "Escape") restore();
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); form.requestSubmit(); }
  };
  form.onsubmit = (event) => {
    event.preventDefault();
    const text = area.value.trim();
    restore();
    if (text) trigger("resend", { turn: Number(turn.dataset.turn), text });
  };
  area.focus();
}

function renameRow(row) {
  const name = find(".name", row);
  const field = make("input", { value: name.textContent, maxLength: 80, ariaLabel: "Name of the conversation" });
  let over = false;
  const finish = (keep) => {
    if (over) return;
    over = true;
    const text = field.value.trim();
    field.replaceWith(name);
    if (keep && text !== name.textContent) trigger("rename", { id: row.dataset.id, name: text });
  };
  field.onkeydown = (event) => {
    if (event.key === "Enter") finish(true);
    if (event.key === "Escape") finish(false);
  };
  field.onblur = () => finish(true);
  name.replaceWith(field);
  field.select();
}

function confirmed(button) {
  // The second press within three seconds does it.
  if (button.dataset.sure) return true;
  const label = button.textContent;
  button.dataset.sure = "yes";
  button.textContent = "Sure?";
  setTimeout(() => { delete button.dataset.sure; button.textContent = label; }, 3000);
  return false;
}

async function copy(button) {
  const text = button.dataset.value;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without a secure context there is no clipboard; the old way still works.
    const area = document.body.appendChild(make("textarea", { value: text }));
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  flash(button, "Copied");
}

function flash(button, text) {
  const label = button.textContent;
  button.textContent = text;
  setTimeout(() => { if (button.textContent === text) button.textContent = label; }, 1500);
}

function save(name, text) {
  const href = URL.createObjectURL(new Blob([text], { type: "text/plain;charset=utf-8" }));
  const link = make("a", { href, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function showTab(name) {
  all("button[role=tab]").find((tab) => tab.textContent.trim() === name)?.click();
}

// Each tab is found again where it was left; they share one window to scroll in.
const places = {};
function keepPlace(tab) {
  const current = find("button[role=tab][aria-selected=true]");
  if (!current || current === tab) return;
  places[current.textContent.trim()] = scrollY;
  const place = places[tab.textContent.trim()] || 0;
  requestAnimationFrame(() => requestAnimationFrame(() => scrollTo({ top: place, behavior: "instant" })));
}

function unfold(accordion, open) {
  const label = find(`${accordion} > button`);
  if (label && label.classList.contains("open") !== open) label.click();
}

const closeMenus = (but) => all(".acts details[open]").forEach((menu) => { if (menu !== but) menu.open = false; });

const busy = () => Boolean(find("#live .turn"));

const acts = {
  ask: (button) => { if (!busy()) trigger("ask", { text: button.dataset.value }); },
  again: (button, turn) => {
    if (!busy()) trigger("resend", { turn: Number(turn.dataset.turn), text: find(".question", turn).textContent });
  },
  edit: (_button, turn) => { if (!busy()) edit(turn); },
  copy,
  save: (button) => { save(button.dataset.file, button.dataset.value); closeMenus(); },
  up: (button, turn) => judge(button, turn, "up"),
  down: (button, turn) => judge(button, turn, "down"),
  open: (button) => { closePanel(); document.body.classList.remove("listing"); trigger("open", { id: button.dataset.value }); },
  new: () => { closePanel(); document.body.classList.remove("listing"); trigger("open", { id: "" }); box().focus(); },
  rename: (button) => renameRow(button.closest("li")),
  delete: (button) => { if (confirmed(button)) trigger("delete", { id: button.dataset.value }); },
  close: () => { closePanel(); opener?.focus(); },
  about: (button) => { closePanel(); showTab("Chat"); fill(`In “${button.dataset.value}”: `); },
  alike: (button) => { closePanel(); showTab("Library"); trigger("alike", { id: button.dataset.value }); },
  paper: (button) => { mark(button); trigger("paper", { id: button.dataset.value }); },
  back: (button) => find(button.closest("#place") ? "#sheet" : "#listing [aria-current]")?.scrollIntoView({ block: "center", behavior: MOTION }),
  more: () => trigger("more", {}),
  list: () => {
    const listing = document.body.classList.contains("listing");
    showTab("Chat");
    document.body.classList.toggle("listing", !listing);
  },
  shelve: () => { showTab("Library"); unfold("#adding", true); },
  shade: () => {
    const dark = document.body.classList.toggle("dark");
    try { localStorage.setItem("paper-assistant-shade", dark ? "dark" : "light"); } catch { /* not kept */ }
  },
};

function mark(button) {
  all("#listing [aria-current]").forEach((other) => other.removeAttribute("aria-current"));
  button.setAttribute("aria-current", "true");
  if (NARROW.matches) setTimeout(() => find("#detail").scrollIntoView({ behavior: MOTION }), 250);
}

function judge(button, turn, verdict) {
  const again = button.getAttribute("aria-pressed") === "true";
  all("[aria-pressed]", turn).forEach((other) => other.setAttribute("aria-pressed", String(other === button && !again)));
  trigger("judge", { turn: Number(turn.dataset.turn), verdict: again ? "" : verdict });
}

listen(document, "click", (event) => {
  closeMenus(event.target.closest(".acts details"));
  if (!event.target.closest("#side, #header")) document.body.classList.remove("listing");
  const button = event.target.closest("button[data-open], button[data-act]");
  if (!button) return;
  if (button.dataset.open) openCard(button);
  else acts[button.dataset.act]?.(button, button.closest(".turn"));
});

// Before Gradio hears of it and shows the other tab.
document.addEventListener("click", (event) => {
  const tab = event.target.closest("button[role=tab]");
  if (!tab) return;
  keepPlace(tab);
  document.body.classList.remove("listing");
}, { capture: true, signal: controller.signal });

listen(document, "keydown", (event) => {
  const typing = /^(input|textarea|select)$/i.test(event.target.tagName);
  if (event.key === "Escape") {
    const menu = find(".acts details[open]");
    if (menu) { menu.open = false; find("summary", menu).focus(); }
    else if (document.body.classList.contains("listing")) document.body.classList.remove("listing");
    else if (document.body.classList.contains("reading")) acts.close();
  }
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && box()) { event.preventDefault(); box().focus(); }
});

// ---------------------------------------------------------------- keeping still, finding the way back

// A new question goes to the top of the window and its answer grows below it: nothing moves under the reader's eyes.
let wasBusy = false;
let seen = { id: "", turns: 0 };
const watcher = new MutationObserver(() => {
  const shown = find(".conversation", element);
  const id = shown?.dataset.conversation;
  if (id && id !== seen.id) {
    try { sessionStorage.setItem(CURRENT, id); } catch { /* a reload starts anew */ }
  }
  const now = busy();
  const turns = all(".turn", element);
  // An answer that fails at once is never seen under way.
  const begun = now ? !wasBusy : !wasBusy && id === seen.id && turns.length > seen.turns;
  if (begun) begin(now ? find("#live .turn") : turns.at(-1));
  wasBusy = now;
  seen = { id, turns: turns.length };
});

function begin(turn) {
  if (NARROW.matches) {
    // The filters and a keyboard on the screen would cover the answer.
    unfold("#filters", false);
    box()?.blur();
  }
  turn.scrollIntoView({ block: "start" });
}
watcher.observe(document.getElementById("talk"), { childList: true, subtree: true, attributes: true, attributeFilter: ["data-conversation"] });
controller.signal.addEventListener("abort", () => watcher.disconnect());

// A press on a point of the map opens its paper. Plotly draws anew when it likes, so points are looked for again.
function armPoints() {
  const plot = find("#points .js-plotly-plot");
  if (!plot || plot.dataset.armed || !plot.on) return;
  plot.dataset.armed = "yes";
  plot.on("plotly_click", (event) => {
    const id = event.points[0]?.customdata;
    if (!id) return;
    trigger("point", { id });
    if (NARROW.matches) setTimeout(() => find("#place").scrollIntoView({ behavior: MOTION }), 250);
  });
}
const drawer = new MutationObserver(armPoints);
drawer.observe(document.getElementById("tabs"), { childList: true, subtree: true });
controller.signal.addEventListener("abort", () => drawer.disconnect());

let kept = "";
try { kept = sessionStorage.getItem(CURRENT) || ""; } catch { /* private window */ }
trigger("open", { id: kept });
