"""The documents between host and client in JSON: section 17."""

import json
from collections import namedtuple

import documents
import ledger
from codec import Refused, check, digest_text, is_hex, parse_decimal, parse_digest
from documents import Ancestor, Block, Head, ListedProof, Page, Parent, is_name
from header import DIGESTS, INTEGERS, Header, header_hash
from sets import Certificate, Opening

Chain = namedtuple("Chain", "chain_id epoch_length block_time_ms genesis_hash genesis")
CAPS = {
    "chain": 16_384,
    "block": 32_768,
    "head": 33_792,
    "page": 2_098_176,
    "ancestor": 8192,
    "account": 8192,
    "key-accounts": 2048,
    "transactions": 8192,
    "transaction": 8192,
    "range-proof": 8192,
    "span": 8192,
    "submitted": 256,
    "proposer": 2048,
    "uptime": 2048,
}
# Larger numbers, and all that are not written with digits alone, are not a `u32`.
Number = namedtuple("Number", "text")


def decode(of, data):
    """Returns the document with this text."""
    check(len(data) <= CAPS[of], "too-long")
    labels = []
    document = READERS[of](parse(data), labels)
    check(all(label == value for label, value in labels), "block-label")
    return document


def parse(data):
    """Returns a JSON text with each object as a list of pairs in an `Object`."""
    try:
        return json.loads(
            data.decode("utf-8"),
            object_pairs_hook=Object,
            parse_int=Number,
            parse_float=Number,
            parse_constant=_no_constant,
        )
    except (ValueError, RecursionError):
        raise Refused("bad-json") from None


def _no_constant(text):
    raise ValueError(f"{text} is not JSON")


class Object:
    """The fields of a JSON object."""

    def __init__(self, pairs):
        self.pairs = pairs
        for name, _ in pairs:
            # A lone surrogate has no place in a name.
            name.encode("utf-8")

    def fields(self, names, optional=(), strict=False):
        """Returns the values of the named fields, each there once; None for one that is absent."""
        found = {}
        for name, value in self.pairs:
            if name in names:
                check(name not in found, "bad-json")
                found[name] = value
            else:
                check(not strict, "bad-json")
        check(all(name in found or name in optional for name in names), "bad-json")
        return [found.get(name) for name in names]


def _object(value, names, **kwargs):
    check(isinstance(value, Object), "bad-json")
    return value.fields(names, **kwargs)


def _u32(value):
    number = parse_decimal(value.text, 2**32 - 1) if isinstance(value, Number) else None
    check(number is not None, "bad-json")
    return number


def _u64(value):
    number = parse_decimal(value, 2**64 - 1) if isinstance(value, str) else None
    check(number is not None, "bad-json")
    return number


def _digest(value):
    digest = parse_digest(value) if isinstance(value, str) else None
    check(digest is not None, "bad-json")
    return digest


def _list(value, most):
    check(isinstance(value, list) and len(value) <= most, "bad-json")
    return value


def _path(value, depth=32):
    path = [_digest(item) for item in _list(value, depth)]
    check(len(path) == depth, "bad-json")
    return path


def read_header(value):
    fields = _object(value, INTEGERS + ("timestamp_ms",) + DIGESTS, strict=True)
    return Header(*map(_u32, fields[:5]), _u64(fields[5]), *map(_digest, fields[6:]))


def _read_parent(value):
    header, path = _object(value, ("header", "history_path"), strict=True)
    return Parent(read_header(header), _path(path))


def _read_certificate(value):
    signed, signers, opening = _object(value, ("signed_power", "signers", "set"), strict=True)
    return Certificate(_u32(signed), _digest(signers), _read_opening(opening))


def _read_opening(value):
    root, n, total = _object(value, Opening._fields, strict=True)
    return Opening(_digest(root), _u32(n), _u32(total))


def _read_name(value):
    check(isinstance(value, str) and value.isascii() and is_name(value.encode()), "bad-json")
    return value


def _read_listed_proof(value, labels):
    kind, identity, size, circuit = _object(value, ("kind", "id", "bytes", "circuit"))
    check(isinstance(identity, str) and is_hex(identity, 64), "bad-json")
    labels.append((_read_name(kind), _read_name(circuit)))
    return ListedProof(circuit, bytes.fromhex(identity), _u32(size))


def _read_block(value, labels):
    names = ("height", "hash", "header", "parent", "certificate", "proofs")
    fields = _object(value, names, optional=("parent", "certificate"))
    height, digest, header, parent, certificate, proofs = fields
    header = read_header(header)
    labels.append((_u32(height), header.height))
    labels.append((_digest(digest), header_hash(header)))
    return Block(
        header,
        None if parent is None else _read_parent(parent),
        None if certificate is None else _read_certificate(certificate),
        [_read_listed_proof(proof, labels) for proof in _list(proofs, 16)],
    )


def _read_head(value, labels):
    latest, block = _object(value, ("latest_height", "block"))
    return Head(_u32(latest), _read_block(block, labels))


def _read_page(value, labels):
    blocks, following = _object(value, ("blocks", "next"), optional=("next",))
    blocks = [_read_block(block, labels) for block in _list(blocks, 64)]
    return Page(blocks, None if following is None else _u32(following))


def _read_ancestor(value, _labels):
    height, within, digest, path = _object(value, ("height", "in", "header_hash", "history_path"))
    return Ancestor(_u32(height), _u32(within), _digest(digest), _path(path))


def _read_chain(value, _labels):
    chain_id, length, time, digest, genesis = _object(value, Chain._fields)
    return Chain(_u32(chain_id), _u32(length), _u32(time), _digest(digest), read_header(genesis))


def _read_account(value, _labels):
    names = ("height", "header_hash", "index", "account", "path")
    height, digest, index, account, path = _object(value, names, optional=("account",))
    if account is not None:
        fields = _object(account, ledger.Account._fields, strict=True)
        numbers = _u64(fields[1]), _u32(fields[2]), _u32(fields[3])
        account = ledger.Account(_digest(fields[0]), *numbers)
    return documents.ServedAccount(_u32(height), _digest(digest), _u32(index), account, _path(path))


def _read_key_accounts(value, _labels):
    names = documents.KeyAccounts._fields
    height, digest, key_id, accounts, following = _object(value, names, optional=("next",))
    numbers = [_u32(number) for number in _list(accounts, 16)]
    following = None if following is None else _u32(following)
    first = _u32(height), _digest(digest), _digest(key_id)
    return documents.KeyAccounts(*first, numbers, following)


def _position(value):
    position = _u32(value)
    check(position < 256, "bad-json")
    return position


def _cursor(value):
    check(isinstance(value, str), "bad-json")
    height, _, position = value.partition(".")
    place = parse_decimal(height, 2**32 - 1), parse_decimal(position, 255)
    check(None not in place, "bad-json")
    return place


def _read_listed(value):
    digest, height, position = _object(value, documents.Listed._fields)
    return documents.Listed(_digest(digest), _u32(height), _position(position))


def _read_transactions(value, _labels):
    names = documents.Transactions._fields
    account, height, listed, following = _object(value, names, optional=("next",))
    listed = [_read_listed(item) for item in _list(listed, 32)]
    following = None if following is None else _cursor(following)
    return documents.Transactions(_u32(account), _u32(height), listed, following)


def _read_signed(value):
    check(isinstance(value, str), "bad-json")
    check(len(value) % 2 == 0 and is_hex(value, len(value)), "bad-json")
    try:
        return ledger.decode(bytes.fromhex(value))
    except Refused:
        raise Refused("bad-json") from None


def _read_transaction(value, labels):
    optional = ("signed", "position", "count", "path", "code")
    fields = _object(value, ("state", "hash", "height") + optional, optional=optional)
    state, digest, height, *rest = fields
    digest, height = _digest(digest), _u32(height)
    wanted = {
        "pending": ("signed",),
        "included": ("signed", "position", "count", "path"),
        "pruned": ("position", "count", "path"),
        "dropped": ("code",),
    }
    check(isinstance(state, str) and state in wanted, "bad-json")
    found = tuple(name for name, field in zip(optional, rest) if field is not None)
    check(found == wanted[state], "bad-json")
    signed, position, count, path, code = rest
    if state == "dropped":
        check(isinstance(code, str) and code.isascii(), "bad-json")
        check(documents.is_name(code.encode()), "bad-json")
        return documents.Dropped(height, digest, code)
    if state == "pruned":
        count = _u32(count)
        check(1 <= count <= 256, "bad-json")
        return documents.Pruned(height, digest, _position(position), count, _path(path, 8))
    signed = _read_signed(signed)
    labels.append((digest, ledger.operation_hash(signed.chain_id, signed.operation)))
    if state == "pending":
        return documents.Pending(height, signed)
    count = _u32(count)
    check(1 <= count <= 256, "bad-json")
    return documents.Included(height, signed, _position(position), count, _path(path, 8))


def _read_range_proof(value, labels):
    names = ("first", "last", "start", "end", "fold_before", "fold_after", "proof")
    first, last, start, end, before, after, proof = _object(value, names)
    start, end = read_header(start), read_header(end)
    labels.append((_u32(first), start.height))
    labels.append((_u32(last) + 1, end.height))
    proof = _read_listed_proof(proof, labels)
    return documents.RangeProof(start, end, _digest(before), _digest(after), proof)


def _read_span(value, labels):
    first, last, header, parent, opening, proof = _object(value, documents.Span._fields)
    header, parent, opening = read_header(header), _read_parent(parent), _read_opening(opening)
    proof = _read_listed_proof(proof, labels)
    return documents.Span(_u32(first), _u32(last), header, parent, opening, proof)


def _read_submitted(value, _labels):
    (digest,) = _object(value, ("hash",))
    return documents.Submitted(_digest(digest))


def _read_proposer(value, _labels):
    height, validator, path = _object(value, documents.Proposer._fields)
    fields = _object(validator, documents.Validator._fields, strict=True)
    member = documents.Validator(_digest(fields[0]), *map(_u32, fields[1:]))
    return documents.Proposer(_u32(height), member, _path(path, 10))


def _read_uptime(value, _labels):
    fields = _object(value, documents.Uptime._fields)
    numbers = map(_u32, fields[:4])
    return documents.Uptime(*numbers, *map(_digest, fields[4:7]), _u32(fields[7]))


READERS = {
    "account": _read_account,
    "key-accounts": _read_key_accounts,
    "transactions": _read_transactions,
    "transaction": _read_transaction,
    "range-proof": _read_range_proof,
    "span": _read_span,
    "submitted": _read_submitted,
    "proposer": _read_proposer,
    "uptime": _read_uptime,
    "chain": _read_chain,
    "block": _read_block,
    "head": _read_head,
    "page": _read_page,
    "ancestor": _read_ancestor,
}


def _header_value(header):
    value = dict(zip(INTEGERS, header[:5]))
    value["timestamp_ms"] = str(header.timestamp_ms)
    return value | dict(zip(DIGESTS, map(digest_text, header[6:])))


def _block_value(block):
    parent, claim = block.parent, block.certificate
    return {
        "height": block.header.height,
        "hash": digest_text(header_hash(block.header)),
        "header": _header_value(block.header),
        "parent": parent and _parent_value(parent),
        "certificate": claim
        and {
            "signed_power": claim.signed_power,
            "signers": digest_text(claim.signers),
            "set": _opening_value(claim.set),
        },
        "proofs": list(map(_listed_proof_value, block.proofs)),
    }


def _parent_value(parent):
    path = list(map(digest_text, parent.history_path))
    return {"header": _header_value(parent.header), "history_path": path}


def _opening_value(opening):
    return opening._asdict() | {"root": digest_text(opening.root)}


def _listed_proof_value(proof):
    names = {"kind": proof.circuit, "circuit": proof.circuit}
    return names | {"id": proof.id.hex(), "bytes": proof.bytes}


def _account_value(served):
    account = served.account
    return {
        "height": served.height,
        "header_hash": digest_text(served.header_hash),
        "index": served.index,
        "account": account
        and {
            "key_id": digest_text(account.key_id),
            "balance": str(account.balance),
            "nonce": account.nonce,
            "key_offset": account.key_offset,
        },
        "path": list(map(digest_text, served.path)),
    }


def _key_accounts_value(listed):
    value = listed._asdict()
    digests = {name: digest_text(value[name]) for name in ("header_hash", "key_id")}
    return value | digests


def _transactions_value(page):
    listed = [t._asdict() | {"hash": digest_text(t.hash)} for t in page.transactions]
    following = page.next and "{}.{}".format(*page.next)
    labels = {"completeness": "not-proven"}
    return page._asdict() | {"transactions": listed, "next": following} | labels


def _transaction_value(transaction):
    value = dict.fromkeys(("signed", "position", "count", "path", "code"))
    value |= {"state": type(transaction).__name__.lower(), "height": transaction.height}
    if isinstance(transaction, documents.Dropped):
        return value | {"hash": digest_text(transaction.hash), "code": transaction.code}
    if isinstance(transaction, documents.Pruned):
        value |= {"position": transaction.position, "count": transaction.count}
        path = list(map(digest_text, transaction.path))
        return value | {"hash": digest_text(transaction.hash), "path": path}
    signed = transaction.signed
    value["hash"] = digest_text(ledger.operation_hash(signed.chain_id, signed.operation))
    value["signed"] = ledger.encode(signed).hex()
    if isinstance(transaction, documents.Included):
        value |= {"position": transaction.position, "count": transaction.count}
        value["path"] = list(map(digest_text, transaction.path))
    return value


def _range_proof_value(proven):
    folds = {name: digest_text(getattr(proven, name)) for name in ("fold_before", "fold_after")}
    return folds | {
        "first": proven.start.height,
        "last": proven.end.height - 1,
        "start": _header_value(proven.start),
        "end": _header_value(proven.end),
        "proof": _listed_proof_value(proven.proof),
    }


def _span_value(span):
    return {
        "first": span.first,
        "last": span.last,
        "header": _header_value(span.header),
        "parent": _parent_value(span.parent),
        "set": _opening_value(span.set),
        "proof": _listed_proof_value(span.proof),
    }


def _proposer_value(proposer):
    member = proposer.validator
    return {
        "height": proposer.height,
        "validator": member._asdict() | {"key_id": digest_text(member.key_id)},
        "path": list(map(digest_text, proposer.path)),
    }


def _uptime_value(uptime):
    digests = {name: digest_text(getattr(uptime, name)) for name in uptime._fields[4:7]}
    return uptime._asdict() | digests


VALUES = {
    "account": _account_value,
    "key-accounts": _key_accounts_value,
    "transactions": _transactions_value,
    "transaction": _transaction_value,
    "range-proof": _range_proof_value,
    "span": _span_value,
    "submitted": lambda submitted: {"hash": digest_text(submitted.hash)},
    "proposer": _proposer_value,
    "uptime": _uptime_value,
}


def value_of(of, document):
    """Returns a document as it is written in JSON."""
    if of in VALUES:
        return VALUES[of](document)
    if of == "block":
        return _block_value(document)
    if of == "head":
        return {
            "latest_height": document.latest_height,
            "block": _block_value(document.block),
        }
    if of == "page":
        return {"blocks": list(map(_block_value, document.blocks)), "next": document.next}
    return {
        "height": document.height,
        "in": document.within,
        "header_hash": digest_text(document.header_hash),
        "history_path": list(map(digest_text, document.history_path)),
    }
