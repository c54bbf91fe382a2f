"""The documents between host and client in bytes: section 17."""

from collections import namedtuple

import ledger
import sets
from codec import Reader, check, digest_bytes, u32
from header import encode_header, read_header

Block = namedtuple("Block", "header parent certificate proofs")
Parent = namedtuple("Parent", "header history_path")
ListedProof = namedtuple("ListedProof", "circuit id bytes")
Head = namedtuple("Head", "latest_height block")
Page = namedtuple("Page", "blocks next")
Ancestor = namedtuple("Ancestor", "height within header_hash history_path")
ServedAccount = namedtuple("ServedAccount", "height header_hash index account path")
KeyAccounts = namedtuple("KeyAccounts", "height header_hash key_id accounts next")
Listed = namedtuple("Listed", "hash height position")
Transactions = namedtuple("Transactions", "account height transactions next")
Pending = namedtuple("Pending", "height signed")
Included = namedtuple("Included", "height signed position count path")
Pruned = namedtuple("Pruned", "height hash position count path")
Dropped = namedtuple("Dropped", "height hash code")
RangeProof = namedtuple("RangeProof", "start end fold_before fold_after proof")
Span = namedtuple("Span", "first last header parent set proof")
Submitted = namedtuple("Submitted", "hash")
Proposer = namedtuple("Proposer", "height validator path")
Uptime = namedtuple(
    "Uptime", "validator epoch first last header_hash validator_set_root key_id signed"
)
Validator = namedtuple("Validator", "key_id power account start_slot")
NAME = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-")


def is_name(name):
    """Returns whether bytes are the name of a circuit."""
    return 1 <= len(name) <= 32 and NAME.issuperset(name)


def decode(of, data):
    """Returns the document that was asked for."""
    check(data.lstrip(b" \t\n\x0c\r")[:1] != b"{", "answered-json")
    magic, most, read, _ = FORMATS[of]
    r = Reader(data, most=most, magic=magic, version=1)
    document = read(r)
    r.end()
    return document


def encode(of, document):
    magic, _, _, write = FORMATS[of]
    return magic + u32(1) + write(document)


def offer(block):
    """Checks that a block is what a client can be offered."""
    check(block.header.height > 0, "genesis-has-no-proof")
    check(block.parent is not None and block.certificate is not None, "block-incomplete")


def _read_optional(r, read):
    return read(r) if r.u32(0, 1) else None


def _read_block(r):
    return Block(
        read_header(r),
        _read_optional(r, _read_parent),
        _read_optional(r, sets.read_certificate),
        [_read_listed_proof(r) for _ in range(r.u32(0, 16))],
    )


def _read_parent(r):
    return Parent(read_header(r), r.digests(32))


def _read_listed_proof(r):
    name = r.take(r.u32(1, 32))
    check(is_name(name), "not-a-name")
    return ListedProof(name.decode(), r.take(32), r.u32())


def _read_page(r):
    blocks = [_read_block(r) for _ in range(r.u32(0, 64))]
    return Page(blocks, _read_optional(r, lambda r: r.u32()))


def _write_optional(value, write):
    return u32(0) if value is None else u32(1) + write(value)


def _write_block(block):
    parent = _write_optional(block.parent, _write_parent)
    certificate = _write_optional(block.certificate, sets.encode_certificate)
    listed = b"".join(map(_write_listed_proof, block.proofs))
    return encode_header(block.header) + parent + certificate + u32(len(block.proofs)) + listed


def _write_parent(parent):
    return encode_header(parent.header) + digest_bytes(*parent.history_path)


def _write_listed_proof(proof):
    return u32(len(proof.circuit)) + proof.circuit.encode() + proof.id + u32(proof.bytes)


def _write_page(page):
    blocks = b"".join(map(_write_block, page.blocks))
    return u32(len(page.blocks)) + blocks + _write_optional(page.next, u32)


def _write_ancestor(ancestor):
    heights = u32(ancestor.height, ancestor.within)
    return heights + digest_bytes(ancestor.header_hash, *ancestor.history_path)


def _read_account(r):
    return ServedAccount(
        r.u32(),
        r.digest(),
        r.u32(),
        _read_optional(r, lambda r: ledger.Account(r.digest(), r.integer(8), r.u32(), r.u32())),
        r.digests(32),
    )


def _write_account(served):
    def write(account):
        balance = account.balance.to_bytes(8, "little")
        return digest_bytes(account.key_id) + balance + u32(account.nonce, account.key_offset)

    first = u32(served.height) + digest_bytes(served.header_hash) + u32(served.index)
    return first + _write_optional(served.account, write) + digest_bytes(*served.path)


def _read_key_accounts(r):
    first = r.u32(), r.digest(), r.digest()
    numbers = [r.u32() for _ in range(r.u32(0, 16))]
    return KeyAccounts(*first, numbers, _read_optional(r, lambda r: r.u32()))


def _write_key_accounts(listed):
    first = u32(listed.height) + digest_bytes(listed.header_hash, listed.key_id)
    numbers = u32(len(listed.accounts), *listed.accounts)
    return first + numbers + _write_optional(listed.next, u32)


def _read_place(r):
    return r.u32(), r.u32(0, 255)


def _read_transactions(r):
    first = r.u32(), r.u32()
    listed = [Listed(r.digest(), *_read_place(r)) for _ in range(r.u32(0, 32))]
    return Transactions(*first, listed, _read_optional(r, _read_place))


def _write_transactions(page):
    listed = b"".join(digest_bytes(t.hash) + u32(t.height, t.position) for t in page.transactions)
    following = _write_optional(page.next, lambda place: u32(*place))
    return u32(page.account, page.height, len(page.transactions)) + listed + following


def _read_transaction(r):
    state, height = r.u32(0, 3), r.u32()
    if state == 2:
        digest, code = r.digest(), r.take(r.u32(1, 32))
        check(is_name(code), "not-a-name")
        return Dropped(height, digest, code.decode())
    if state == 3:
        return Pruned(height, r.digest(), r.u32(0, 255), r.u32(1, 256), r.digests(8))
    signed = ledger.decode(r.take(r.u32(0, 2076)))
    if state == 0:
        return Pending(height, signed)
    return Included(height, signed, r.u32(0, 255), r.u32(1, 256), r.digests(8))


def _write_transaction(transaction):
    if isinstance(transaction, Dropped):
        height, digest, code = transaction
        return u32(2, height) + digest_bytes(digest) + u32(len(code)) + code.encode()
    if isinstance(transaction, Pruned):
        height, digest, position, count, path = transaction
        place = u32(position, count) + digest_bytes(*path)
        return u32(3, height) + digest_bytes(digest) + place
    signed = ledger.encode(transaction.signed)
    state = u32(isinstance(transaction, Included), transaction.height)
    first = state + u32(len(signed)) + signed
    if isinstance(transaction, Pending):
        return first
    return first + u32(transaction.position, transaction.count) + digest_bytes(*transaction.path)


def _read_range_proof(r):
    headers = read_header(r), read_header(r)
    return RangeProof(*headers, r.digest(), r.digest(), _read_listed_proof(r))


def _write_range_proof(proven):
    headers = encode_header(proven.start) + encode_header(proven.end)
    folds = digest_bytes(proven.fold_before, proven.fold_after)
    return headers + folds + _write_listed_proof(proven.proof)


def _read_span(r):
    epochs = r.u32(), r.u32()
    header, parent = read_header(r), _read_parent(r)
    return Span(*epochs, header, parent, sets.read_opening(r), _read_listed_proof(r))


def _write_span(span):
    fields = u32(span.first, span.last) + encode_header(span.header) + _write_parent(span.parent)
    return fields + sets.encode_opening(span.set) + _write_listed_proof(span.proof)


def _read_proposer(r):
    return Proposer(r.u32(), Validator(r.digest(), r.u32(), r.u32(), r.u32()), r.digests(10))


def _write_proposer(proposer):
    height, (key_id, *numbers), path = proposer
    return u32(height) + digest_bytes(key_id) + u32(*numbers) + digest_bytes(*path)


def _read_uptime(r):
    numbers = [r.u32() for _ in range(4)]
    return Uptime(*numbers, r.digest(), r.digest(), r.digest(), r.u32())


def _write_uptime(uptime):
    return u32(*uptime[:4]) + digest_bytes(*uptime[4:7]) + u32(uptime.signed)


FORMATS = {
    "account": (b"RPPN", 1124, _read_account, _write_account),
    "key-accounts": (b"RPPK", 152, _read_key_accounts, _write_key_accounts),
    "transactions": (b"RPPX", 1312, _read_transactions, _write_transactions),
    "transaction": (b"RPPZ", 2360, _read_transaction, _write_transaction),
    "range-proof": (b"RPPG", 712, _read_range_proof, _write_range_proof),
    "span": (b"RPPJ", 1720, _read_span, _write_span),
    "submitted": (
        b"RPPQ",
        40,
        lambda r: Submitted(r.digest()),
        lambda submitted: digest_bytes(submitted.hash),
    ),
    "proposer": (b"RPPV", 376, _read_proposer, _write_proposer),
    "uptime": (b"RPPD", 124, _read_uptime, _write_uptime),
    "block": (b"RPPB", 2840, _read_block, _write_block),
    "head": (
        b"RPPH",
        2844,
        lambda r: Head(r.u32(), _read_block(r)),
        lambda head: u32(head.latest_height) + _write_block(head.block),
    ),
    "page": (b"RPPS", 181_268, _read_page, _write_page),
    "ancestor": (
        b"RPPA",
        1072,
        lambda r: Ancestor(r.u32(), r.u32(), r.digest(), r.digests(32)),
        _write_ancestor,
    ),
}
