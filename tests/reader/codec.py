"""Decoding and encoding: sections 1 and 14."""

from protocol import P


class Refused(Exception):
    """What breaks a rule; its text is the stable code."""


def check(holds, code):
    """Refuses with `code` what does not hold."""
    if not holds:
        raise Refused(code)


class Reader:
    """Takes fields off the front of bytes."""

    def __init__(self, data, most=None, magic=None, version=None, later="unsupported-version"):
        check(most is None or len(data) <= most, "too-long")
        self.data, self.at = data, 0
        if magic is not None:
            check(self.take(4) == magic, "bad-magic")
        if version is not None:
            got = self.u32()
            check(got <= version, later)
            check(got == version, "unsupported-version")

    def take(self, count):
        check(self.at + count <= len(self.data), "truncated")
        self.at += count
        return self.data[self.at - count : self.at]

    def integer(self, size):
        return int.from_bytes(self.take(size), "little")

    def u32(self, least=0, most=2**32 - 1):
        number = self.integer(4)
        check(least <= number <= most, "out-of-range")
        return number

    def element(self):
        number = self.integer(4)
        check(number < P, "non-canonical-element")
        return number

    def elements(self, count):
        return tuple(self.element() for _ in range(count))

    def digest(self):
        return self.elements(8)

    def digests(self, count):
        return [self.digest() for _ in range(count)]

    def end(self):
        check(self.at == len(self.data), "trailing-bytes")


def u32(*numbers):
    return b"".join(number.to_bytes(4, "little") for number in numbers)


def digest_bytes(*digests):
    return b"".join(u32(*digest) for digest in digests)


def digest_text(digest):
    return digest_bytes(digest).hex()


def is_hex(text, length):
    """Returns whether a text is that many lower-case hexadecimal digits."""
    return len(text) == length and all(c in "0123456789abcdef" for c in text)


def parse_digest(text):
    """Returns the digest with this text, or None."""
    if not is_hex(text, 64):
        return None
    try:
        return Reader(bytes.fromhex(text)).digest()
    except Refused:
        return None


def parse_decimal(text, most):
    """Returns the number with this canonical text, or None."""
    plain = text.isascii() and text.isdigit() and (text == "0" or text[0] != "0")
    return int(text) if plain and int(text) <= most else None
