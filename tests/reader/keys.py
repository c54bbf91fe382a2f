"""Public keys and signatures: section 6."""

from collections import namedtuple

import trees
from codec import Reader, check, digest_bytes, u32
from state_hash import (
    CHAIN,
    KEY_ACCOUNT,
    KEY_SETUP,
    KEY_VOTE,
    SIG_LEAF,
    SIG_MESSAGE,
    SLOT,
    compress,
    hash_elements,
    limbs,
    permute,
)

PublicKey = namedtuple("PublicKey", "tree_height parameter root")
Signature = namedtuple("Signature", "randomizer chain_values slot_digest path")
CHAINS = 78
TARGET = 148


def decode_public_key(data):
    r = Reader(data)
    key = PublicKey(r.u32(4, 20), r.elements(5), r.digest())
    r.end()
    return key


def encode_public_key(key):
    return u32(key.tree_height, *key.parameter) + digest_bytes(key.root)


def decode_signature(data):
    r = Reader(data, version=1)
    tree_height = r.u32(4, 20)
    signature = read_signature(r, tree_height)
    r.end()
    return signature


def read_signature(r, tree_height):
    """Takes a signature without version and height."""
    randomizer = r.elements(7)
    values = [r.elements(4) for _ in range(CHAINS)]
    return Signature(randomizer, values, r.digest(), r.digests(tree_height))


def encode_signature(signature):
    randomizer, values, slot_digest, path = signature
    elements = randomizer + sum(values, ())
    return u32(1, len(path), *elements) + digest_bytes(slot_digest, *path)


def key_id(key, purpose, chain_id):
    domain = {"vote": KEY_VOTE, "account": KEY_ACCOUNT, "setup": KEY_SETUP}[purpose]
    return hash_elements(domain, limbs(chain_id) + (key.tree_height,) + key.parameter + key.root)


def message_digits(parameter, leaf, message, randomizer):
    """Returns the digit of each chain."""
    digest = hash_elements(SIG_MESSAGE, parameter + (leaf,) + message + randomizer)
    return [digest[j] >> 2 * i & 3 for j in range(6) for i in range(13)]


def walk(value, parameter, leaf, chain, first, last):
    """Walks a chain from one position to another."""
    for step in range(first, last):
        tweak = (leaf, 4 * chain + step, CHAIN, 0, 0, 0, 0)
        value = tuple(permute(value + parameter + tweak)[:4])
    return value


def tree_leaf(parameter, leaf, ends, slot_digest):
    elements = parameter + (leaf, 0, 0) + sum(ends, ())
    return compress(hash_elements(SIG_LEAF, elements), slot_digest)


def slot_digest_of(secret):
    return hash_elements(SLOT, secret)


def verify(key, leaf, message, signature):
    """S1 to S5."""
    check(4 <= key.tree_height <= 20, "signature-tree-height")
    check(leaf < 2**key.tree_height, "signature-leaf-past-tree")
    check(len(signature.path) == key.tree_height, "signature-path-length")
    digits = message_digits(key.parameter, leaf, message, signature.randomizer)
    check(sum(digits) == TARGET, "signature-target-sum")
    chains = enumerate(zip(signature.chain_values, digits))
    ends = [walk(value, key.parameter, leaf, chain, digit, 3) for chain, (value, digit) in chains]
    node = tree_leaf(key.parameter, leaf, ends, signature.slot_digest)
    check(trees.fold(node, leaf, signature.path) == key.root, "signature-root-mismatch")
