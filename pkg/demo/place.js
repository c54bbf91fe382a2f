// Which page beside the head an address is of: `…&validator=…` or `…&operation=…`, behind what the client starts from.
import { read, write } from "./address.js";

/** Returns the page that the address names: nothing of it is the head's. */
export function placeOf({ hash }) {
  const fragment = new URLSearchParams(hash.slice(1));
  const validator = fragment.get("validator");
  if (/^(0|[1-9]\d{0,3})$/.test(validator ?? "")) return { validator: Number(validator) };
  const operation = fragment.get("operation");
  return operation === null ? {} : { operation };
}

/** Returns the address of a page, or of the head's, for the same client. */
export function beside(asked, place = {}) {
  const [more] = Object.entries(place);
  return write(asked, location) + (more ? `&${more[0]}=${more[1]}` : "");
}

/** Whether an address starts the client that `asked` does. */
export const isSame = (asked, address) => write(read(address), address) === write(asked, address);
