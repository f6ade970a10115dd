"""Events as bytes on the wire, written by the project's own schemas: a frame (0x00, schema id) and Avro binary."""
import json
import struct

import yaml

from harness import ROOT

SCHEMAS = ROOT / "schemas/avro"


def _schemas():
    ids = yaml.safe_load((SCHEMAS / "ids.yaml").read_text())
    return {kind: (versions[-1]["id"], json.loads((SCHEMAS / versions[-1]["file"]).read_text())) for kind, versions in ids.items()}


def _long(value):
    raw = (value << 1 ^ value >> 63) & (1 << 64) - 1
    out = bytearray()
    while raw >= 0x80:
        out.append(raw & 0x7F | 0x80)
        raw >>= 7
    out.append(raw)
    return bytes(out)


def _text(value):
    data = value.encode()
    return _long(len(data)) + data


def _record(schema, value):
    unknown = value.keys() - {field["name"] for field in schema["fields"]}
    assert not unknown, f"{schema['name']} has no {unknown}"
    return b"".join(_encode(field["type"], value[field["name"]] if field["name"] in value else field["default"])
                    for field in schema["fields"])


def _encode(schema, value):
    if isinstance(schema, list):  # every union here is of null and one other
        return _long(0) if value is None else _long(1) + _encode(schema[1], value)
    kind = schema["type"] if isinstance(schema, dict) else schema
    if kind == "record":
        return _record(schema, value)
    if kind == "array":
        return b"".join([_long(len(value)), *(_encode(schema["items"], item) for item in value), _long(0)]) if value else _long(0)
    if kind == "enum":
        return _long(schema["symbols"].index(value))
    return {"string": _text, "int": _long, "long": _long, "boolean": lambda v: bytes([bool(v)])}[kind](value)


def encode(kind, event):
    """The value of a record; kind as in ids.yaml: orders, settlements, ..."""
    number, schema = _schemas()[kind]
    return struct.pack(">bI", 0, number) + _encode(schema, event)
