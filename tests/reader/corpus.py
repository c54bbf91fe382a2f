"""The files of vectors/v1: section 22."""

import json

from protocol import ROOT

FOLDER = ROOT / "vectors" / "v1"


def cases():
    """Returns every vector, by the name of its file, in the order of the names."""
    return _read(FOLDER)


def client_cases():
    """Returns every case of a whole client."""
    return _read(FOLDER / "client")


def setup_cases():
    """Returns every case of a signed setup."""
    return _read(FOLDER / "setup")


def _read(folder):
    files = sorted(folder.glob("*.json"))
    return {file.name: json.loads(file.read_text(encoding="utf-8")) for file in files}


def read_bytes(value):
    """Returns what stands for *bytes or file*."""
    if isinstance(value, str):
        return bytes.fromhex(value)
    data = (FOLDER / value["file"]).read_bytes() if value["file"] else b""
    for splice in value["splices"]:
        data = apply(data, splice, splice["times"])
    return data


def apply(data, splice, times=1):
    """Returns the bytes with one change."""
    at, remove = splice["at"], splice["remove"]
    assert at + remove <= len(data), splice
    return data[:at] + bytes.fromhex(splice["insert"]) * times + data[at + remove :]


def read_text(value):
    """Returns what stands for a *text*, in bytes."""
    text = (FOLDER / value["file"]).read_text(encoding="utf-8")
    for change in value["changes"]:
        assert change["find"] in text, change
        text = text.replace(change["find"], change["replace"] * change["times"], 1)
    return (text + " " * value["spaces"]).encode("utf-8")
