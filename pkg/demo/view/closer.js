// Where to look closer: the addresses of the pages beside the head.
import { beside } from "../place.js";
import { byId, onChange, put } from "./dom.js";

/** Names the validator who proposed the head. */
export function showCloser({ head }, asked) {
  byId("to-operation").href = beside(asked, { operation: "" });
  draw(head?.statement.proposer ?? 0, asked);
}

const draw = onChange((proposer, asked) => {
  byId("to-validator").href = beside(asked, { validator: proposer });
  put("to-validator", `Validator ${proposer}, who proposed this block`);
});
