"""Accounts, operations and blocks of them: section 23."""

from collections import namedtuple

import keys
import trees
from codec import Reader, check, digest_bytes, u32
from state_hash import ACCOUNT, REGISTER, REKEY, TRANSFER, TXS, ZERO, compress, hash_elements, limbs

Account = namedtuple("Account", "key_id balance nonce key_offset")
Transfer = namedtuple("Transfer", "from_ to amount fee nonce")
Register = namedtuple("Register", "index key_id leaf")
Rekey = namedtuple("Rekey", "index new_key_id fee nonce")
Signed = namedtuple("Signed", "chain_id operation public_key signature")

LARGEST = 2**64 - 1
EMPTY = [ZERO]
for _ in range(32):
    EMPTY.append(compress(EMPTY[-1], EMPTY[-1]))


def limbs64(x):
    return limbs(x % 2**32) + limbs(x >> 32)


def leaf(account):
    key_id, balance, nonce, key_offset = account
    return hash_elements(ACCOUNT, key_id + limbs64(balance) + limbs(nonce) + limbs(key_offset))


def root(accounts, level=32):
    """Returns the root over accounts by number, in the part of the tree that has so many levels."""
    if not accounts:
        return EMPTY[level]
    if level == 0:
        return leaf(accounts[0])
    half = 2 ** (level - 1)
    left = {i: account for i, account in accounts.items() if i < half}
    right = {i - half: account for i, account in accounts.items() if i >= half}
    return compress(root(left, level - 1), root(right, level - 1))


def genesis(listed):
    """Returns the accounts of a genesis, given as numbers and accounts."""
    accounts, supply = {}, 0
    for index, account in listed:
        check(index not in accounts, "supply-twice")
        check(account.key_offset <= account.nonce, "supply-key-offset")
        supply += account.balance
        check(supply <= LARGEST, "supply-overflow")
        accounts[index] = account
    return accounts


def decode(data):
    r = Reader(data, most=2076, magic=b"RPPO", version=1)
    chain_id, kind = r.u32(), r.u32(1, 3)
    if kind == 1:
        operation = Transfer(r.u32(), r.u32(), r.integer(8), r.integer(8), r.u32())
    elif kind == 2:
        operation = Register(r.u32(), r.digest(), r.u32(most=2**20 - 1))
    else:
        operation = Rekey(r.u32(), r.digest(), r.integer(8), r.u32())
    public_key = keys.decode_public_key(r.take(56))
    return Signed(chain_id, operation, public_key, keys.decode_signature(r.data[r.at :]))


def encode(signed):
    chain_id, operation, public_key, signature = signed
    u64 = lambda x: x.to_bytes(8, "little")
    if isinstance(operation, Transfer):
        from_, to, amount, fee, nonce = operation
        fields = u32(1, from_, to) + u64(amount) + u64(fee) + u32(nonce)
    elif isinstance(operation, Register):
        fields = u32(2, operation.index) + digest_bytes(operation.key_id) + u32(operation.leaf)
    else:
        index, key_id, fee, nonce = operation
        fields = u32(3, index) + digest_bytes(key_id) + u64(fee) + u32(nonce)
    key, signature = keys.encode_public_key(public_key), keys.encode_signature(signature)
    return b"RPPO" + u32(1, chain_id) + fields + key + signature


def operation_hash(chain_id, operation):
    chain = limbs(chain_id)
    if isinstance(operation, Transfer):
        from_, to, amount, fee, nonce = operation
        first = chain + limbs(from_) + limbs64(fee)
        return hash_elements(TRANSFER, first + limbs(to) + limbs64(amount) + limbs(nonce))
    if isinstance(operation, Register):
        first = chain + limbs(operation.index) + (operation.leaf, 0, 0, 0)
        return hash_elements(REGISTER, first + operation.key_id)
    index, key_id, fee, nonce = operation
    return hash_elements(REKEY, chain + limbs(index) + limbs64(fee) + key_id + limbs(nonce))


def signer(operation):
    """Returns the number of the account that signs."""
    return operation[0]


def signer_after(chain_id, signed, account):
    """Returns the account that signs after it paid: O1 to O6."""
    check(signed.chain_id == chain_id, "operation-chain-id")
    operation = signed.operation
    key_id = keys.key_id(signed.public_key, "account", chain_id)
    if isinstance(operation, Register):
        check(account is None, "operation-taken")
        check(operation.key_id == key_id, "operation-key")
        return Account(key_id, 0, operation.leaf + 1, 0)
    nonce, amount = operation.nonce, getattr(operation, "amount", 0)
    check(account is not None, "operation-unknown-account")
    check(account.key_id == key_id, "operation-key")
    check(nonce >= max(account.nonce, account.key_offset), "operation-nonce-used")
    check(nonce <= 2**32 - 2, "operation-nonce-past-end")
    check(amount + operation.fee <= account.balance, "operation-balance")
    left = account.balance - amount - operation.fee
    if isinstance(operation, Rekey):
        return Account(operation.new_key_id, left, nonce + 1, nonce + 1)
    return account._replace(balance=left, nonce=nonce + 1)


def receiver_after(transfer, account):
    """Returns the account that receives after it did: O7 and O8."""
    check(account is not None, "operation-unknown-receiver")
    return credited(account, transfer.amount, "operation-receiver-full")


def credited(account, amount, code):
    check(account.balance + amount <= LARGEST, code)
    return account._replace(balance=account.balance + amount)


def check_signature(chain_id, signed, account):
    """O9, where this is the account that signs, before the operation."""
    operation = signed.operation
    if isinstance(operation, Register):
        at = operation.leaf
    else:
        at = operation.nonce - account.key_offset
    message = operation_hash(chain_id, operation)
    keys.verify(signed.public_key, at, message, signed.signature)


def apply(accounts, chain_id, signed):
    """Returns the accounts after an operation: O1 to O9."""
    operation, index = signed.operation, signer(signed.operation)
    before = accounts.get(index)
    after = accounts | {index: signer_after(chain_id, signed, before)}
    if isinstance(operation, Transfer):
        after[operation.to] = receiver_after(operation, after.get(operation.to))
    check_signature(chain_id, signed, before)
    return after


def apply_block(accounts, chain_id, operations, proposer):
    """Returns the accounts after a block: B1 to B5."""
    check(len(operations) <= 256, "block-operations")
    check_registrations(operations)
    fees = 0
    for signed in operations:
        accounts = apply(accounts, chain_id, signed)
        fees += getattr(signed.operation, "fee", 0)
    check(proposer in accounts, "block-unknown-proposer")
    account = credited(accounts[proposer], fees, "block-proposer-full")
    return accounts | {proposer: account}


def check_registrations(operations):
    """B2."""
    registrations = sum(isinstance(signed.operation, Register) for signed in operations)
    check(registrations <= 16, "block-registrations")


def tx_root(count, tree_root):
    return hash_elements(TXS, limbs(count) + tree_root)


def is_in_block(operation, position, path, count, expected):
    """Returns whether an operation is at a position of a block."""
    if len(path) != 8 or not position < count <= 256:
        return False
    return tx_root(count, trees.fold(operation, position, path)) == expected
