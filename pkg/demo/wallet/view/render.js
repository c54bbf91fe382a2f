// Draws the wallet's state: one panel at a time, and in an open wallet the one thing to do next.
import { byId, onChange, pick, put } from "../../view/dom.js";
import { count } from "../../words.js";
import { isOver } from "../operations.js";
import { nextOf, panelOf, warningOf } from "../model.js";
import { showBalance } from "./balance.js";
import { showFlow } from "./flow.js";
import { showOperations } from "./operations.js";
import { showPending } from "./pending.js";
import { say } from "./problem.js";

/** Draws `state`. */
export function render(state, page) {
  const nowMs = Date.now();
  const panel = panelOf(state);
  showOnly("panel", panel);
  byId("purse-bar").hidden = state.phase !== "open";
  put("key-uses", count(paymentsOf(page.asked.keyHeight)));
  showProblem(state.problem);
  showBusy(state.busy);
  showFlow(state);
  if (state.phase === "open") showOpen(state, nowMs);
  moveFocus(panel === "open" ? `open ${nextOf(state)}` : panel);
}

function showOpen(state, nowMs) {
  const { status, seen, tab } = state;
  const next = nextOf(state);
  showOnly("next", PART_OF[next] ?? next);
  put("own-account", status?.account ?? seen?.index ?? "–");
  byId("copy-account").hidden = status?.account == null;
  const warning = warningOf(state);
  byId("warning").hidden = warning === undefined;
  if (warning) {
    const [button] = byId("warning").querySelectorAll("button");
    pick("warning", warning);
    button.hidden = next === "rekey" || state.pending !== undefined;
  }
  put("leaves-left", status ? count(status.leaves.left) : "–");
  showTab(next === "faucet" && tab === "send" ? "receive" : tab);
  const gift = state.entries.find(({ kind }) => kind === "gift");
  put("faucet-said", gift && !isOver(gift) ? GIFT_ASKED : GIFT);
  put("relock-done", state.relocked ? "Done. Copies that were made before keep the old passphrase." : "");
  showBalance(state, nowMs);
  showPending(state);
  showOperations(state);
}

function showTab(tab) {
  for (const button of document.querySelectorAll("#purse [data-tab]")) {
    if (button.dataset.tab === tab) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
  for (const part of document.querySelectorAll("#purse [data-tab-is]")) part.hidden = part.dataset.tabIs !== tab;
}

function showOnly(kind, name) {
  for (const part of document.querySelectorAll(`#purse [data-${kind}]`)) part.hidden = part.dataset[kind] !== name;
}

const showProblem = onChange((problem) => {
  for (const field of document.querySelectorAll("#purse [aria-invalid]")) field.removeAttribute("aria-invalid");
  for (const place of document.querySelectorAll("#purse [data-problem]")) {
    const isHere = place.dataset.problem === problem?.where;
    place.hidden = !isHere;
    if (!isHere) continue;
    if (problem.advice) say(place, problem.advice);
    else place.replaceChildren(problem.text);
  }
  const field = problem?.field && byId(problem.field);
  field?.setAttribute("aria-invalid", "true");
  field?.focus();
});

/** What is being done is not begun twice; the focus stays where it is. */
function showBusy(busy) {
  for (const hint of document.querySelectorAll("#purse [data-busy]")) hint.hidden = hint.dataset.busy !== busy;
  for (const button of document.querySelectorAll("#purse :is(.primary, #send-again)")) {
    button.setAttribute("aria-disabled", String(busy !== undefined));
  }
}

/** Whoever has pressed a button that is gone is led to what came in its place. */
const moveFocus = onChange(() => {
  const { activeElement } = document;
  const isLost = activeElement === document.body || activeElement?.closest("[hidden]");
  if (!isLost || !moved) return (moved = true);
  // To the first field, or the heading where there is none.
  for (const kind of [":is(input:not(.unseen), textarea)", "h3[tabindex]", "h2"]) {
    const shown = [...document.querySelectorAll(`#purse ${kind}`)].find((element) => element.offsetParent !== null);
    if (shown) return shown.focus();
  }
});

let moved = false;
const GIFT = "What it says is the host’s word. What it gave is in your balance once that is proven.";
const GIFT_ASKED = "It has handed in a gift, the host says. Your balance grows when a block has it.";
const PART_OF = { send: "ready", faucet: "ready", watched: "pending" };

/** How many payments a key signs: a quarter of its signatures is for one that is restored, and four for its change. */
const paymentsOf = (height) => 2 ** height - 2 ** height / 4 - 4;
