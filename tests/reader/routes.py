"""Routes: section 16."""

from codec import check, is_hex, parse_decimal, parse_digest

U32 = 2**32 - 1
CIRCUITS = ("consensus", "transaction", "identity", "state", "uptime", "pruning", "span")


def parse(target):
    """Checks path and query of a request."""
    path, has_query, query = target.partition("?")
    parts = path.split("/")
    check(parts[:2] == ["", "v1"] and "" not in parts[2:], "unknown-path")
    match parts[2:]:
        case ["chain"] | ["head"] | ["head", "events"]:
            pass
        case ["blocks"]:
            return _check_page(query)
        case ["blocks", height]:
            _check_height(height)
        case ["blocks", height, "proofs", circuit]:
            _check_height(height)
            check(circuit in CIRCUITS, "unknown-proof-kind")
        case ["proofs", identity]:
            check(is_hex(identity, 64), "bad-proof-id")
        case ["proofs", circuit, subject]:
            check(_is_subject(subject), "bad-subject")
            check(circuit in CIRCUITS, "unknown-proof-kind")
        case ["ancestors", height]:
            _check_height(height)
            name, _, within = query.partition("=")
            is_height = name == "in" and parse_decimal(within, U32) is not None
            return check(is_height, "bad-query")
        case ["blocks", height, "proposer"]:
            _check_height(height)
        case ["uptime", validator]:
            check(_is_number(validator), "bad-validator")
            name, _, epoch = query.partition("=")
            return check(name == "epoch" and _is_number(epoch), "bad-query")
        case ["pruning", subject]:
            check("-" in subject and _is_subject(subject), "bad-subject")
        case ["accounts", number]:
            check(parse_decimal(number, U32) is not None, "bad-account")
            return _check_optional(has_query, query, "height", _is_number)
        case ["accounts", number, "transactions"]:
            check(parse_decimal(number, U32) is not None, "bad-account")
            return _check_optional(has_query, query, "cursor", _is_place)
        case ["keys", key_id]:
            check(parse_digest(key_id) is not None, "bad-key-id")
            return _check_optional(has_query, query, "from", _is_number)
        case ["transactions"]:
            pass
        case ["transactions", operation]:
            check(parse_digest(operation) is not None, "bad-operation-hash")
        case _:
            check(False, "unknown-path")
    return check(not has_query, "bad-query")


def _check_height(text):
    check(parse_decimal(text, U32) is not None, "bad-height")


def _check_page(query):
    found = {}
    for pair in query.split("&") if query else ():
        name, _, value = pair.partition("=")
        number = parse_decimal(value, U32)
        check(name in ("from", "limit") and name not in found, "bad-query")
        check(number is not None, "bad-query")
        found[name] = number
    check(1 <= found.get("limit", 16) <= 64, "bad-query")


def _check_optional(has_query, query, name, is_value):
    found, _, value = query.partition("=")
    check(not has_query or found == name and is_value(value), "bad-query")


def _is_number(text):
    return parse_decimal(text, U32) is not None


def _is_place(text):
    height, _, position = text.partition(".")
    return _is_number(height) and parse_decimal(position, 255) is not None


def _is_subject(text):
    if len(text) == 64:
        return parse_digest(text) is not None
    for separator in "@-":
        if separator in text:
            first, _, last = text.partition(separator)
            pair = (parse_decimal(first, U32), parse_decimal(last, U32))
            return None not in pair and (separator == "@" or pair[0] <= pair[1])
    return parse_decimal(text, U32) is not None
