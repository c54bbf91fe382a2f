"""The documents between host and client in JSON: section 17."""

import json
from collections import namedtuple

from codec import Refused, check, digest_text, is_hex, parse_decimal, parse_digest
from documents import Ancestor, Block, Head, ListedProof, Page, Parent, is_name
from header import DIGESTS, INTEGERS, Header, header_hash
from sets import Certificate, Opening

Chain = namedtuple("Chain", "chain_id epoch_length block_time_ms genesis_hash genesis")
CAPS = {"chain": 16_384, "block": 32_768, "head": 33_792, "page": 2_098_176, "ancestor": 8192}
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


def _path(value):
    path = [_digest(item) for item in _list(value, 32)]
    check(len(path) == 32, "bad-json")
    return path


def read_header(value):
    fields = _object(value, INTEGERS + ("timestamp_ms",) + DIGESTS, strict=True)
    return Header(*map(_u32, fields[:5]), _u64(fields[5]), *map(_digest, fields[6:]))


def _read_parent(value):
    header, path = _object(value, ("header", "history_path"), strict=True)
    return Parent(read_header(header), _path(path))


def _read_certificate(value):
    signed, signers, opening = _object(value, ("signed_power", "signers", "set"), strict=True)
    root, n, total = _object(opening, ("root", "n", "total_power"), strict=True)
    return Certificate(_u32(signed), _digest(signers), Opening(_digest(root), _u32(n), _u32(total)))


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


READERS = {
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
        "parent": parent
        and {
            "header": _header_value(parent.header),
            "history_path": list(map(digest_text, parent.history_path)),
        },
        "certificate": claim
        and {
            "signed_power": claim.signed_power,
            "signers": digest_text(claim.signers),
            "set": {
                "root": digest_text(claim.set.root),
                "n": claim.set.n,
                "total_power": claim.set.total_power,
            },
        },
        "proofs": [
            {"kind": p.circuit, "id": p.id.hex(), "bytes": p.bytes, "circuit": p.circuit}
            for p in block.proofs
        ],
    }


def value_of(of, document):
    """Returns a document as it is written in JSON."""
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
