"""Secret keys and the reference signer: section 6."""

import hashlib

import trees
from codec import Reader, Refused, check, digest_bytes, u32
from keys import (
    CHAINS,
    TARGET,
    PublicKey,
    Signature,
    decode_signature,
    encode_signature,
    message_digits,
    slot_digest_of,
    tree_leaf,
    verify,
    walk,
)
from protocol import P

PURPOSES = {1: "vote", 2: "account", 3: "setup"}


class Stream:
    """Elements of SHAKE256 for one role."""

    def __init__(self, role, *inputs):
        self.hash = hashlib.shake_256(b"rpp signature key 1" + bytes([role]) + b"".join(inputs))
        self.data, self.at = b"", 0

    def state(self):
        return self.hash.digest(32)

    def element(self):
        while True:
            if self.at == len(self.data):
                self.data = self.hash.digest(2 * len(self.data) + 4096)
            word = int.from_bytes(self.data[self.at : self.at + 4], "little") & 2**31 - 1
            self.at += 4
            if word < P:
                return word

    def elements(self, count):
        return tuple(self.element() for _ in range(count))


class SecretKey:
    """A key, with the state of its first unused leaf and the last signature."""

    def __init__(self, purpose, chain_id, tree_height, next_leaf, parameter, state, last, leaves):
        self.purpose, self.chain_id, self.tree_height = purpose, chain_id, tree_height
        self.next_leaf, self.parameter, self.state = next_leaf, parameter, state
        self.last, self.leaves = last, leaves

    @property
    def public(self):
        root = trees.root(self.leaves, self.tree_height)
        return PublicKey(self.tree_height, self.parameter, root)

    @classmethod
    def generate(cls, seed, purpose, chain_id, tree_height):
        check(4 <= tree_height <= 20, "sign-tree-height")
        number = {name: number for number, name in PURPOSES.items()}[purpose]
        inputs = (seed, bytes([number]), u32(chain_id, tree_height))
        first = state = Stream(1, *inputs).state()
        parameter = Stream(3, *inputs).elements(5)
        leaves = []
        for leaf in range(2**tree_height):
            starts, secret = _secrets(state)
            ends = [walk(value, parameter, leaf, c, 0, 3) for c, value in enumerate(starts)]
            leaves.append(tree_leaf(parameter, leaf, ends, slot_digest_of(secret)))
            state = Stream(2, state).state()
        return cls(number, chain_id, tree_height, 0, parameter, first, None, leaves)

    @classmethod
    def decode(cls, data):
        r = Reader(data, most=33_556_532, version=1)
        purpose, chain_id, tree_height = r.u32(1, 2), r.u32(), r.u32(4, 20)
        next_leaf = r.u32(0, 2**tree_height)
        parameter, state, last = r.elements(5), r.take(32), None
        if r.u32(0, min(1, next_leaf)):
            leaf, message, secret = r.u32(0, next_leaf - 1), r.digest(), r.digest()
            last = (leaf, message, secret, decode_signature(r.take(1316 + 32 * tree_height)))
        leaves = r.digests(2**tree_height)
        r.end()
        return cls(purpose, chain_id, tree_height, next_leaf, parameter, state, last, leaves)

    def encode(self):
        first = u32(1, self.purpose, self.chain_id, self.tree_height, self.next_leaf)
        data = first + u32(*self.parameter) + self.state + u32(int(self.last is not None))
        if self.last is not None:
            leaf, message, secret, signature = self.last
            data += u32(leaf) + digest_bytes(message, secret) + encode_signature(signature)
        return data + digest_bytes(*self.leaves)

    def sign(self, leaf, message):
        check(leaf < 2**self.tree_height, "sign-leaf-past-tree")
        if self.last is not None and self.last[0] == leaf:
            check(self.last[1] == message, "sign-leaf-used")
            return self.last[3]
        check(leaf >= self.next_leaf, "sign-leaf-erased")
        state = self.state
        for _ in range(leaf - self.next_leaf):
            state = Stream(2, state).state()
        signature = self._sign_with(state, leaf, message)
        try:
            verify(self.public, leaf, message, signature)
        except Refused:
            raise Refused("sign-broken-key") from None
        return signature

    def _sign_with(self, state, leaf, message):
        starts, secret = _secrets(state)
        stream = Stream(5, state, digest_bytes(message))
        first, digits = stream.elements(2), []
        while sum(digits) != TARGET:
            randomizer = first + stream.elements(5)
            digits = message_digits(self.parameter, leaf, message, randomizer)
        chains = enumerate(zip(starts, digits))
        values = [walk(value, self.parameter, leaf, c, 0, digit) for c, (value, digit) in chains]
        return Signature(randomizer, values, slot_digest_of(secret), self._path(leaf))

    def _path(self, leaf):
        path = []
        for level in range(self.tree_height):
            sibling = leaf >> level ^ 1
            below = self.leaves[sibling << level : sibling + 1 << level]
            path.append(trees.root(below, level))
        return path


def _secrets(state):
    stream = Stream(4, state)
    return [stream.elements(4) for _ in range(CHAINS)], stream.elements(8)
