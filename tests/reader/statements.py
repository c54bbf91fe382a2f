"""The statements of the ledger: section 24. Each is a tuple of public values."""

import ledger
import sets
import trees
from codec import check
from header import header_hash
from state_hash import ZERO, limbs


def transaction(header, operation):
    return limbs(header.chain_id) + header.state_root + _hash_for(header, operation)


def identity(header, registration, path):
    before, index = header.state_root, registration.index
    check(trees.fold(ZERO, index, path) == before, "identity-not-vacant")
    check(registration.leaf < 2**20, "identity-leaf-past-end")
    account = ledger.Account(registration.key_id, 0, registration.leaf + 1, 0)
    after = trees.fold(ledger.leaf(account), index, path)
    return limbs(header.chain_id) + before + after + _hash_for(header, registration)


def state(header, parent, opening, member, path):
    check(header_hash(parent) == header.parent_hash, "header-parent-hash")
    check(sets.set_root(opening) == header.validator_set_root, "header-set-opening")
    is_place = header.proposer < opening.n <= 1024
    root = trees.fold(sets.leaf(member), header.proposer, path)
    check(is_place and root == opening.root, "state-proposer")
    roots = parent.state_root + header.state_root + header.tx_root
    return limbs(header.chain_id) + roots + limbs(member.account)


def _hash_for(header, operation):
    return ledger.operation_hash(header.chain_id, operation)
