"""Merkle trees and the history: section 3."""

from state_hash import HISTORY, ZERO, compress, hash_elements, limbs


def fold(leaf, index, siblings):
    """Returns the root that a path leads to, or None if the index is not in the tree."""
    if index >> len(siblings):
        return None
    node = leaf
    for level, sibling in enumerate(siblings):
        node = compress(sibling, node) if index >> level & 1 else compress(node, sibling)
    return node


def root(leaves, depth):
    """Returns the root of the tree whose first leaves are given."""
    nodes, empty = list(leaves), ZERO
    for _ in range(depth):
        if len(nodes) % 2:
            nodes.append(empty)
        nodes = [compress(*nodes[i : i + 2]) for i in range(0, len(nodes), 2)]
        empty = compress(empty, empty)
    return nodes[0] if nodes else empty


def history_root(count, tree_root):
    return hash_elements(HISTORY, limbs(count) + tree_root)


def is_ancestor(header_hash, height, path, within, expected):
    """Returns whether a header hash is in the history of the header at height `within`."""
    if len(path) != 32 or height >= within:
        return False
    return history_root(within, fold(header_hash, height, path)) == expected
