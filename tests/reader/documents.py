"""The documents between host and client in bytes: section 17."""

from collections import namedtuple

import sets
from codec import Reader, check, digest_bytes, u32
from header import encode_header, read_header

Block = namedtuple("Block", "header parent certificate proofs")
Parent = namedtuple("Parent", "header history_path")
ListedProof = namedtuple("ListedProof", "circuit id bytes")
Head = namedtuple("Head", "latest_height block")
Page = namedtuple("Page", "blocks next")
Ancestor = namedtuple("Ancestor", "height within header_hash history_path")
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
        _read_optional(r, lambda r: Parent(read_header(r), r.digests(32))),
        _read_optional(r, sets.read_certificate),
        [_read_listed_proof(r) for _ in range(r.u32(0, 16))],
    )


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
    parent = _write_optional(
        block.parent, lambda p: encode_header(p.header) + digest_bytes(*p.history_path)
    )
    certificate = _write_optional(block.certificate, sets.encode_certificate)
    listed = b"".join(map(_write_listed_proof, block.proofs))
    return encode_header(block.header) + parent + certificate + u32(len(block.proofs)) + listed


def _write_listed_proof(proof):
    return u32(len(proof.circuit)) + proof.circuit.encode() + proof.id + u32(proof.bytes)


def _write_page(page):
    blocks = b"".join(map(_write_block, page.blocks))
    return u32(len(page.blocks)) + blocks + _write_optional(page.next, u32)


def _write_ancestor(ancestor):
    heights = u32(ancestor.height, ancestor.within)
    return heights + digest_bytes(ancestor.header_hash, *ancestor.history_path)


FORMATS = {
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
