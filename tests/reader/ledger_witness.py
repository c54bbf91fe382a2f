"""Witness files of the ledger circuits: section 26."""

from collections import namedtuple

import ledger
import trees
from codec import Reader, check, digest_bytes, u32
from state_hash import ZERO

Opening = namedtuple("Opening", "account path")
Applied = namedtuple("Applied", "signed signer receiver")
Transaction = namedtuple("Transaction", "state_root applied")
Identity = namedtuple("Identity", "before after applied")
State = namedtuple("State", "chain_id before after tx_root proposer operations place")


def decode_transaction(data):
    r = Reader(data, most=4272, magic=b"RPPT", version=1)
    witness = Transaction(r.digest(), _read_applied(r))
    r.end()
    return witness


def decode_identity(data):
    r = Reader(data, most=3228, magic=b"RPPI", version=1)
    before, after, signed = r.digest(), r.digest(), _read_signed(r)
    witness = Identity(before, after, Applied(signed, _read_opening(r), None))
    r.end()
    return witness


def decode_state(data):
    r = Reader(data, most=2**22, magic=b"RPPU", version=1)
    statement = (r.u32(), *r.digests(3), r.u32())
    operations = [_read_applied(r) for _ in range(r.u32(0, 256))]
    witness = State(*statement, operations, _read_opening(r))
    r.end()
    return witness


def encode_transaction(witness):
    return b"RPPT" + u32(1) + digest_bytes(witness.state_root) + _encode_applied(witness.applied)


def encode_identity(witness):
    roots = digest_bytes(witness.before, witness.after)
    return b"RPPI" + u32(1) + roots + _encode_applied(witness.applied)


def encode_state(witness):
    data = b"RPPU" + u32(1, witness.chain_id)
    data += digest_bytes(witness.before, witness.after, witness.tx_root)
    data += u32(witness.proposer, len(witness.operations))
    data += b"".join(map(_encode_applied, witness.operations))
    return data + _encode_opening(witness.place)


# What a prover checks first. Of the first two, the statement has chain and hash of the operation.


def check_transaction(witness):
    signed = witness.applied.signed
    check(not _registers(signed), "witness-kind")
    _apply(witness.state_root, signed.chain_id, witness.applied)


def check_identity(witness):
    signed = witness.applied.signed
    check(_registers(signed), "witness-kind")
    after = _apply(witness.before, signed.chain_id, witness.applied)
    check(after == witness.after, "witness-after")


def check_state(witness):
    signed = [applied.signed for applied in witness.operations]
    hashes = [ledger.operation_hash(each.chain_id, each.operation) for each in signed]
    root = ledger.tx_root(len(hashes), trees.root(hashes, 8))
    check(root == witness.tx_root, "witness-operations")
    ledger.check_registrations(signed)
    root = witness.before
    for applied in witness.operations:
        root = _apply(root, witness.chain_id, applied)
    account = _open(witness.place, witness.proposer, root)
    check(account is not None, "block-unknown-proposer")
    fees = sum(getattr(each.operation, "fee", 0) for each in signed)
    account = ledger.credited(account, fees, "block-proposer-full")
    check(_root(account, witness.proposer, witness.place) == witness.after, "witness-after")


def _apply(root, chain_id, applied):
    """Returns the root that an operation leads to: O1 to O9."""
    signed, operation = applied.signed, applied.signed.operation
    index = ledger.signer(operation)
    before = _open(applied.signer, index, root)
    after = ledger.signer_after(chain_id, signed, before)
    root = _root(after, index, applied.signer)
    if isinstance(operation, ledger.Transfer):
        receiver = _open(applied.receiver, operation.to, root)
        receiver = ledger.receiver_after(operation, receiver)
        root = _root(receiver, operation.to, applied.receiver)
    ledger.check_signature(signed.chain_id, signed, before)
    return root


def _registers(signed):
    return isinstance(signed.operation, ledger.Register)


def _open(opening, index, root):
    check(_root(opening.account, index, opening) == root, "witness-opening")
    return opening.account


def _root(account, index, opening):
    """Returns the root where this account, or none, is at the place of an opening."""
    leaf = ledger.leaf(account) if account else ZERO
    return trees.fold(leaf, index, opening.path)


def _read_signed(r):
    return ledger.decode(r.take(r.u32(0, 2076)))


def _read_applied(r):
    signed, signer = _read_signed(r), _read_opening(r)
    has_receiver = isinstance(signed.operation, ledger.Transfer)
    return Applied(signed, signer, _read_opening(r) if has_receiver else None)


def _read_opening(r):
    account = None
    if r.u32(0, 1):
        account = ledger.Account(r.digest(), r.integer(8), r.u32(), r.u32())
    return Opening(account, r.digests(32))


def _encode_applied(applied):
    signed = ledger.encode(applied.signed)
    data = u32(len(signed)) + signed + _encode_opening(applied.signer)
    return data + (_encode_opening(applied.receiver) if applied.receiver else b"")


def _encode_opening(opening):
    data = u32(0)
    if opening.account:
        key_id, balance, nonce, key_offset = opening.account
        data = u32(1) + digest_bytes(key_id) + balance.to_bytes(8, "little")
        data += u32(nonce, key_offset)
    return data + digest_bytes(*opening.path)
