"""Events as a producer writes them: Avro by the schemas of schemas/avro, framed, slow and obvious."""
import json
import struct

import yaml

from harness import ROOT

AVRO = ROOT / "schemas/avro"
IDS = {entry[-1]["file"]: entry[-1]["id"] for entry in yaml.safe_load((AVRO / "ids.yaml").read_text()).values()}


def number(value):
    value = (value << 1) ^ (value >> 63)
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def encode(schema, value):
    kind = schema["type"] if isinstance(schema, dict) else schema
    if isinstance(schema, list):
        index = 0 if value is None else 1
        return number(index) + (b"" if value is None else encode(schema[1], value))
    if kind == "record":
        return b"".join(encode(field["type"], value.get(field["name"], field.get("default"))) for field in schema["fields"])
    if kind == "array":
        return (number(len(value)) + b"".join(encode(schema["items"], item) for item in value) if value else b"") + number(0)
    if kind == "enum":
        return number(schema["symbols"].index(value))
    if kind == "string":
        return number(len(value.encode())) + value.encode()
    if kind == "boolean":
        return bytes([value])
    if kind in ("int", "long"):
        return number(value)
    raise ValueError(kind)


def event(file, **fields):
    """The framed bytes of an event of schemas/avro/FILE.avsc."""
    schema = json.loads((AVRO / f"{file}.avsc").read_text())
    unknown = fields.keys() - {field["name"] for field in schema["fields"]}
    assert not unknown, unknown
    return struct.pack(">bI", 0, IDS[f"{file}.avsc"]) + encode(schema, fields)
