"""Writes ONNX models with nothing but numpy: the protobuf messages of a model, by field number."""

import numpy as np

FLOAT, UINT8, INT64, DOUBLE = 1, 2, 7, 11
_KINDS = {np.dtype("f4"): FLOAT, np.dtype("u1"): UINT8, np.dtype("i8"): INT64, np.dtype("f8"): DOUBLE}


def _varint(n):
    n &= (1 << 64) - 1
    out = bytearray()
    while True:
        out.append((n & 0x7F) | (0x80 if n > 0x7F else 0))
        n >>= 7
        if not n:
            return bytes(out)


def _number(field, n):
    return _varint(field << 3) + _varint(n)


def _bytes(field, data):
    data = data.encode() if isinstance(data, str) else data
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _tensor(array, name=""):
    array = np.asarray(array)
    dims = b"".join(_number(1, d) for d in array.shape)
    little = array.astype(array.dtype.newbyteorder("<")).tobytes()
    return dims + _number(2, _KINDS[array.dtype]) + _bytes(8, name) + _bytes(9, little)


def _attribute(name, value):
    head = _bytes(1, name)
    if isinstance(value, float):
        return head + _varint(2 << 3 | 5) + np.float32(value).tobytes() + _number(20, 1)
    if isinstance(value, int):
        return head + _number(3, value) + _number(20, 2)
    return head + b"".join(_number(8, v) for v in value) + _number(20, 7)


def _value(name, kind, shape):
    """A dimension is a number, or a name where it is free."""
    dims = b"".join(_bytes(1, _number(1, d) if isinstance(d, int) else _bytes(2, d)) for d in shape)
    return _bytes(1, name) + _bytes(2, _bytes(1, _number(1, kind) + _bytes(2, dims)))


class Graph:
    """Nodes in the order of their computation; every value is known by its name."""

    def __init__(self):
        self.nodes, self.constants, self.inputs, self.outputs = [], [], [], []

    def input(self, name, kind, shape):
        self.inputs.append(_value(name, kind, shape))
        return name

    def output(self, name, kind, shape):
        self.outputs.append(_value(name, kind, shape))

    def constant(self, array):
        name = f"c{len(self.constants)}"
        self.constants.append(_tensor(array, name))
        return name

    def node(self, op, *inputs, name=None, **attributes):
        """Arrays among the inputs become constants. Returns the name of the result."""
        names = [i if isinstance(i, str) else self.constant(i) for i in inputs]
        name = name or f"v{len(self.nodes)}"
        node = b"".join(_bytes(1, i) for i in names) + _bytes(2, name) + _bytes(3, name) + _bytes(4, op)
        self.nodes.append(node + b"".join(_bytes(5, _attribute(k, v)) for k, v in attributes.items()))
        return name

    def save(self, path, producer, metadata=None):
        graph = b"".join(_bytes(1, n) for n in self.nodes) + _bytes(2, "graph")
        graph += b"".join(_bytes(5, c) for c in self.constants)
        graph += b"".join(_bytes(11, i) for i in self.inputs) + b"".join(_bytes(12, o) for o in self.outputs)
        model = _number(1, 8) + _bytes(2, producer) + _bytes(7, graph) + _bytes(8, _bytes(1, "") + _number(2, 17))
        for key, value in (metadata or {}).items():
            model += _bytes(14, _bytes(1, key) + _bytes(2, value))
        with open(path, "wb") as file:
            file.write(model)
