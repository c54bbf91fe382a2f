// What somebody does with the wallet's fields and buttons.
import { byId } from "../../view/dom.js";
import { parseAccount, parseAmount, regrouped } from "../amount.js";

/** Listens to the wallet's fields and buttons. */
export function listen(purse) {
  const on = (id, work) => byId(id).addEventListener("click", work);
  const submit = (id, work) => byId(id).addEventListener("submit", (event) => (event.preventDefault(), work()));
  const value = (id) => byId(id).value;

  on("create", () => purse.making.forAccount());
  on("restore-begin", () => purse.ask("restore"));
  on("words-noted", () => purse.making.wordsNoted());
  on("words-again", () => purse.making.wordsAgain());
  submit("confirm-form", () => purse.making.confirm([...document.querySelectorAll("#confirm-fields input")].map((field) => field.value)));
  submit("passphrase-form", () => purse.create(...taken("passphrase-one", "passphrase-two")));
  submit("restore-form", async () => {
    await purse.attempt("restore", () => {
      const account = parseAccount(value("restore-account"), "restore-account");
      return purse.restore({ words: value("restore-words"), account, one: value("restore-one"), two: value("restore-two") });
    });
    if (purse.state.phase === "open") byId("restore-form").reset();
  });
  submit("unlock-form", () => purse.unlock(...taken("unlock")));
  on("lock", () => purse.lock());
  submit("remove-form", () => purse.remove());
  on("register", () => purse.register());
  submit("send-form", () => {
    purse.attempt("send", () => {
      const to = parseAccount(value("send-to"), "send-to");
      const amount = parseAmount(value("send-amount"), "send-amount", { least: 1n });
      const fee = parseAmount(value("send-fee"), "send-fee");
      return purse.review({ to, amount, fee });
    });
  });
  on("sign", async () => {
    await purse.sign();
    // What is signed is not typed any more: nobody pays twice by pressing twice.
    if (purse.state.flow === undefined) byId("send-to").value = byId("send-amount").value = "";
  });
  on("send-again", () => purse.sendAgain());
  on("pending-done", () => purse.seen());
  on("abandon-begin", () => purse.ask("abandoning"));
  on("abandon", () => purse.abandon());
  on("vouch", () => purse.vouch());
  on("noted", () => purse.noted());
  on("faucet", () => purse.faucet());
  submit("rekey-form", () => {
    purse.attempt("rekey", () => purse.making.inPlace(parseAmount(value("rekey-fee"), "rekey-fee")));
  });
  on("rekey-sign", () => purse.rekey());
  on("rekey-again", () => purse.rekeyAgain());
  submit("relock-form", () => purse.relock(...taken("relock-one", "relock-two")));
  on("copy-account", copyAccount);
  for (const button of document.querySelectorAll("#purse [data-does]")) {
    button.addEventListener("click", () => DOES[button.dataset.does](purse));
  }
  for (const button of document.querySelectorAll("#purse [data-tab]")) {
    button.addEventListener("click", () => purse.tab(button.dataset.tab));
  }
  for (const id of ["send-amount", "send-fee", "rekey-fee"]) byId(id).addEventListener("input", group);
  byId("send-fee").value = byId("rekey-fee").value = FEE;
}

const DOES = {
  leave: (purse) => {
    for (const form of ["restore-form", "passphrase-form"]) byId(form).reset();
    purse.leave();
  },
  remove: (purse) => purse.ask("removing"),
  rekey: (purse) => purse.ask("rekey-begin"),
};

/** Reads secrets, which no field keeps. */
function taken(...ids) {
  const values = ids.map((id) => byId(id).value);
  for (const id of ids) byId(id).value = "";
  return values;
}

function group(event) {
  const { target, inputType = "", data } = event;
  const isPlain = inputType.startsWith("delete") || (inputType === "insertText" && data !== null);
  if (!isPlain) return;
  const grouped = regrouped(target.value, target.selectionStart, data);
  if (!grouped || grouped.text === target.value) return;
  target.value = grouped.text;
  target.setSelectionRange(grouped.caret, grouped.caret);
}

async function copyAccount({ target }) {
  const { textContent } = byId("own-account");
  try {
    await navigator.clipboard.writeText(textContent);
    target.textContent = "Copied";
  } catch {
    // Over plain HTTP a browser may refuse: the number can be selected.
    getSelection().selectAllChildren(byId("own-account"));
    target.textContent = "Selected: copy it";
  }
  setTimeout(() => (target.textContent = "Copy"), SHOWN_MS);
}

/** What the faucet pays for its gifts as well, so that blocks with room take it. */
const FEE = "100";
const SHOWN_MS = 2_000;
