"""The files of a signed setup, and their form: section 28."""

import base64
import json
import re
from collections import namedtuple

import ed25519
from codec import Reader, Refused, check
from protocol import P, ROOT

Limit = namedtuple("Limit", "number height days most")
LIMITS = {
    "root": Limit(1, 10, 366, 8192),
    "circuits": Limit(2, 10, 90, 16384),
    "checkpoint": Limit(3, 14, 7, 1024),
}
KeySet = namedtuple("KeySet", "keys threshold")

OWN = {}
for _path in sorted((ROOT / "docs" / "setup" / "circuits").glob("*.json")):
    _data = _path.read_bytes()
    _file = json.loads(_data)
    OWN[_file["number"], _file["version"]] = (_file["name"], _data)


class Parser:
    """Reads JSON in its one form."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def token(self):
        check(self.at < len(self.data), "setup-json-truncated")
        byte = self.data[self.at]
        check(byte not in b" \t\n\r", "setup-white-space")
        return chr(byte)

    def expect(self, text):
        for character in text:
            check(self.token() == character, "setup-json")
            self.at += 1

    def value(self, depth=0):
        first = self.token()
        if first == "n":
            self.expect("null")
            return None
        if first == '"':
            return self.text()
        if first in "[{":
            check(depth < 5, "setup-depth")
            return self.list(depth + 1) if first == "[" else self.object(depth + 1)
        check(first in "-0123456789", "setup-json")
        return self.integer()

    def integer(self):
        text = re.compile(rb"[-+.eE0-9]*").match(self.data, self.at)[0]
        self.at += len(text)
        check(re.fullmatch(rb"0|[1-9][0-9]{0,15}", text), "setup-number")
        check(int(text) < 2**53, "setup-number")
        return int(text)

    def text(self):
        self.expect('"')
        start = self.at
        while True:
            check(self.at < len(self.data), "setup-json-truncated")
            byte = self.data[self.at]
            self.at += 1
            if byte == ord('"'):
                return self.data[start : self.at - 1].decode("ascii")
            check(32 <= byte <= 126 and byte != ord("\\"), "setup-text")

    def goes_on(self, close):
        got = self.token()
        self.at += 1
        check(got in ("," + close), "setup-json")
        return got == ","

    def list(self, depth):
        self.expect("[")
        items = []
        if self.token() == "]":
            self.at += 1
            return items
        while True:
            items.append(self.value(depth))
            if not self.goes_on("]"):
                return items

    def object(self, depth):
        self.expect("{")
        fields = {}
        if self.token() == "}":
            self.at += 1
            return fields
        while True:
            self.token()
            name = self.text()
            check(name not in fields, "setup-duplicate-field")
            check(not fields or name > max(fields), "setup-field-order")
            self.expect(":")
            fields[name] = self.value(depth)
            if not self.goes_on("}"):
                return fields


def parse(data):
    parser = Parser(data)
    value = parser.value()
    if parser.at < len(data):
        parser.token()
        raise Refused("setup-json-trailing")
    return value


class Fields:
    """The fields of an object that have not been taken."""

    def __init__(self, value):
        check(isinstance(value, dict), "setup-field-value")
        self.left = dict(value)

    def take(self, name):
        check(name in self.left, "setup-missing-field")
        return self.left.pop(name)

    def integer(self, name, most=2**53 - 1):
        value = self.take(name)
        check(isinstance(value, int) and value <= most, "setup-field-value")
        return value

    def u32(self, name):
        return self.integer(name, 2**32 - 1)

    def text(self, name, pattern=".*"):
        value = self.take(name)
        check(isinstance(value, str) and re.fullmatch(pattern, value), "setup-field-value")
        return value

    def sha256(self, name):
        return self.text(name, "[0-9a-f]{64}")

    def digest(self, name):
        text = self.sha256(name)
        data = bytes.fromhex(text)
        words = (int.from_bytes(data[i : i + 4], "little") for i in range(0, 32, 4))
        check(all(word < P for word in words), "setup-field-value")
        return text

    def list(self, name, most):
        value = self.take(name)
        check(isinstance(value, list), "setup-field-value")
        check(len(value) <= most, "setup-too-many")
        return value

    def end(self):
        check(not self.left, "setup-unknown-field")


def setup_file(kind, data):
    """Opens a file of a type."""
    fields = Fields(parse(data))
    check(fields.text("type") == kind, "setup-type")
    check(fields.integer("spec") == 1, "setup-spec")
    return fields


def read_envelope(role, data, chain_id):
    """Returns what the file says of itself, and its other fields."""
    fields = setup_file(role, data)
    envelope = {"chain_id": fields.u32("chain_id")}
    check(chain_id in (None, envelope["chain_id"]), "setup-chain")
    envelope["version"] = fields.u32("version")
    for name in ("issued", "expires"):
        envelope[name] = fields.integer(name)
    return envelope, fields


def read_content(role, fields):
    content = {"root": root, "circuits": circuits, "checkpoint": checkpoint}[role](fields)
    fields.end()
    return content


def read(kind, data, chain_id):
    """Reads a file that is trusted."""
    if kind == "chain":
        check(len(data) <= 1024, "setup-too-long")
        return chain(setup_file("chain", data), chain_id)
    envelope, fields = read_envelope(kind, data, chain_id)
    check(1 <= envelope["version"] < 2 ** LIMITS[kind].height, "setup-version-range")
    return envelope | read_content(kind, fields)


def chain(fields, chain_id):
    check(fields.u32("chain_id") == chain_id, "setup-chain")
    genesis = fields.digest("genesis_hash")
    check(fields.u32("epoch_length") >= 2, "setup-field-value")
    for name, limit in (("max_operations", 256), ("max_registrations", 16)):
        check(fields.u32(name) == limit, "setup-limits")
    fields.end()
    return genesis


def header(fields):
    return {
        "height": fields.u32("height"),
        "hash": fields.digest("hash"),
        "timestamp_ms": fields.integer("timestamp_ms"),
    }


def checkpoint(fields):
    versions = {name: fields.u32(name) for name in ("circuits_version", "root_version")}
    return header(fields) | versions


def root(fields):
    roles = Fields(fields.take("roles"))
    top = Fields(roles.take("root"))
    read_roles = {"root": role_keys(top)}
    for name in ("circuits", "checkpoint"):
        role = Fields(roles.take(name))
        minimum = role.u32("min_version")
        check(1 <= minimum < 2 ** LIMITS[name].height, "setup-field-value")
        read_roles[name] = role_keys(role) | {"min_version": minimum}
        role.end()
    top.end()
    roles.end()
    sets = [key_set(role["keys"], role["threshold"]) for role in read_roles.values()]
    for keys in sets:
        check_keys(keys)
    for i, keys in enumerate(sets):
        for others in sets[i + 1 :]:
            shared = any(overlap(a, b) for a in keys.keys for b in others.keys)
            check(not shared, "setup-key-in-two-roles")
    return {"roles": read_roles}


def role_keys(fields):
    keys = []
    for value in fields.list("keys", 8):
        key = Fields(value)
        text = key.text("ed25519")
        point(text)
        keys.append({"ed25519": text, "hash": key.digest("hash")})
        key.end()
    return {"keys": keys, "threshold": fields.u32("threshold")}


def key_set(keys, threshold):
    return KeySet(tuple((key["ed25519"], key["hash"]) for key in keys), threshold)


def check_keys(keys):
    check(0 < keys.threshold <= len(keys.keys), "setup-threshold")
    for i, key in enumerate(keys.keys):
        check(not any(overlap(key, other) for other in keys.keys[i + 1 :]), "setup-key-twice")


def overlap(a, b):
    (id_a, point_a), (id_b, point_b) = point(a[0]), point(b[0])
    return id_a == id_b or point_a == point_b or a[1] == b[1]


def point(text):
    """Returns id and point of an Ed25519 key."""
    data = read_base64(text.encode(), 42, "setup-key-base64")
    check(data[:2] == b"Ed", "setup-key-algorithm")
    decoded = ed25519.decompress(data[10:])
    check(decoded is not None, "setup-key-point")
    check(not ed25519.is_of_small_order(decoded), "setup-key-small-order")
    return data[2:10], data[10:]


def read_base64(text, length, code):
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Refused(code) from error
    check(base64.b64encode(data) == text and len(data) == length, code)
    return data


def circuits(fields):
    listed = Fields(fields.take("chain"))
    chain_file = listed_file(listed)
    listed.end()
    named = Fields(fields.take("checkpoint"))
    checkpoint = header(named)
    values = fields.list("circuits", 32)
    released = fields.list("releases", 16)
    all_circuits = [circuit(Fields(value)) for value in values]
    releases = [release(Fields(value)) for value in released]
    named.end()
    places = [(c["number"], c["version"]) for c in all_circuits]
    check(places == sorted(set(places)), "setup-order")
    check(releases == sorted(set(releases)), "setup-order")
    return {"chain": chain_file, "checkpoint": checkpoint, "circuits": all_circuits}


def listed_file(fields):
    return {"length": fields.integer("length"), "sha256": fields.sha256("sha256")}


def circuit(fields):
    read_circuit = {
        "number": fields.integer("number", 2**16 - 1),
        "version": fields.u32("version"),
        "name": fields.text("name", "[a-z0-9-]{1,32}"),
        **listed_file(fields),
        "from": fields.u32("from"),
    }
    until = fields.take("until")
    check(until is None or isinstance(until, int) and until < 2**32, "setup-field-value")
    fields.end()
    check(until is None or until > read_circuit["from"], "setup-no-heights")
    return read_circuit | {"until": until}


def release(fields):
    name = fields.text("name", "[A-Za-z0-9._-]{1,64}")
    listed_file(fields)
    fields.end()
    return name
