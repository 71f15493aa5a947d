"""The encoder as an ONNX graph: six layers of attention, a mean over the tokens, a head.

The adapter is merged into the base's matrices: W + A @ B. The same arithmetic stands in
training/encoder.py, and `tests/test_encoder.py` holds both together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper

LAYERS, HEADS, WIDTH = 6, 12, 384
MATRICES = (
    "attention.self.query", "attention.self.key", "attention.self.value",
    "attention.output.dense", "intermediate.dense", "output.dense",
)  # fmt: skip
NORMS = ("attention.output.LayerNorm", "output.LayerNorm")
Tensors = Mapping[str, "np.ndarray[Any, Any]"]
_OPSET, _IR = 20, 9


def graph(base: Tensors, adapter: Tensors) -> bytes:
    """Inputs: ids (posts, length), mask (posts, length), places (length). Output: scores
    (posts, 3), for negative, neutral and positive."""
    made = _Graph()
    x = made.embedded(base)
    for layer in range(LAYERS):
        x = made.layer(x, layer, base, adapter)
    pooled = made.mean(x)
    scores = made.dense(pooled, adapter["head.weight"], adapter["head.bias"])
    made.node("Identity", [scores], name="scores")
    packed: bytes = made.model().SerializeToString()
    return packed


class _Graph:
    """Nodes and constants as they are added."""

    def __init__(self) -> None:
        self._nodes: list[NodeProto] = []
        self._constants: list[TensorProto] = []
        self._away = ""

    def node(
        self,
        kind: str,
        inputs: list[str],
        *,
        name: str = "",
        **more: Any,  # noqa: ANN401 - attributes of any kind
    ) -> str:
        """Add a node; the name of what it gives."""
        out = name or f"v{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [out], **more))
        return out

    def constant(self, value: np.ndarray[Any, Any]) -> str:
        """Add numbers; their name."""
        name = f"c{len(self._constants)}"
        self._constants.append(
            numpy_helper.from_array(np.ascontiguousarray(value), name)
        )
        return name

    def embedded(self, base: Tensors) -> str:
        """The words with their places; and the mask of what is padding."""
        ones = self.constant(np.array(1.0, np.float32))
        kept = self.node("Unsqueeze", ["mask", self.constant(np.array([1, 2]))])
        hidden = self.node("Sub", [ones, kept])
        self._away = self.node(
            "Mul", [hidden, self.constant(np.array(-1e9, np.float32))]
        )
        words = self.constant(base["embeddings.word_embeddings.weight"])
        # Every post is of the first kind of the two that the base knows.
        kind = base["embeddings.token_type_embeddings.weight"][0]
        places = self.constant(base["embeddings.position_embeddings.weight"] + kind)
        x = self.node(
            "Add",
            [
                self.node("Gather", [words, "ids"]),
                self.node("Gather", [places, "places"]),
            ],
        )
        root = "embeddings.LayerNorm"
        return self.normal(x, base[f"{root}.weight"], base[f"{root}.bias"])

    def layer(self, x: str, layer: int, base: Tensors, adapter: Tensors) -> str:
        def merged(value: str, name: str) -> str:
            root = f"encoder.layer.{layer}.{name}"
            change = adapter[f"{layer}.{name}.a"] @ adapter[f"{layer}.{name}.b"]
            return self.dense(
                value, base[f"{root}.weight"].T + change, base[f"{root}.bias"]
            )

        def normal(value: str, name: str) -> str:
            root = f"{layer}.{name}"
            return self.normal(
                value, adapter[f"{root}.weight"], adapter[f"{root}.bias"]
            )

        shape = self.constant(np.array([0, 0, HEADS, WIDTH // HEADS]))
        query, key, value = (
            self.node(
                "Transpose",
                [self.node("Reshape", [merged(x, name), shape])],
                perm=[0, 2, 3, 1] if name == MATRICES[1] else [0, 2, 1, 3],
            )
            for name in MATRICES[:3]
        )
        scale = self.constant(np.array((WIDTH // HEADS) ** -0.5, np.float32))
        likeness = self.node("Mul", [self.node("MatMul", [query, key]), scale])
        seen = self.node("Softmax", [self.node("Add", [likeness, self._away])], axis=-1)
        told = self.node(
            "Transpose", [self.node("MatMul", [seen, value])], perm=[0, 2, 1, 3]
        )
        told = self.node("Reshape", [told, self.constant(np.array([0, 0, WIDTH]))])
        x = normal(self.node("Add", [x, merged(told, MATRICES[3])]), NORMS[0])
        wide = self.node("Gelu", [merged(x, MATRICES[4])])
        return normal(self.node("Add", [x, merged(wide, MATRICES[5])]), NORMS[1])

    def dense(
        self, x: str, weights: np.ndarray[Any, Any], bias: np.ndarray[Any, Any]
    ) -> str:
        told = self.node("MatMul", [x, self.constant(weights.astype(np.float32))])
        return self.node("Add", [told, self.constant(bias.astype(np.float32))])

    def normal(
        self, x: str, weight: np.ndarray[Any, Any], bias: np.ndarray[Any, Any]
    ) -> str:
        inputs = [x, self.constant(weight), self.constant(bias)]
        return self.node("LayerNormalization", inputs, epsilon=1e-12, axis=-1)

    def mean(self, x: str) -> str:
        """Over the tokens that are no padding."""
        mask = self.node("Unsqueeze", ["mask", self.constant(np.array([2]))])
        axis = self.constant(np.array([1]))
        told = self.node("ReduceSum", [self.node("Mul", [x, mask]), axis], keepdims=0)
        count = self.node("ReduceSum", [mask, axis], keepdims=0)
        return self.node("Div", [told, count])

    def model(self) -> ModelProto:
        """All of it."""
        value = helper.make_tensor_value_info
        fed = [
            value("ids", TensorProto.INT64, ["posts", "length"]),
            value("mask", TensorProto.FLOAT, ["posts", "length"]),
            value("places", TensorProto.INT64, ["length"]),
        ]
        given = [value("scores", TensorProto.FLOAT, ["posts", 3])]
        whole = helper.make_graph(self._nodes, "encoder", fed, given, self._constants)
        opset = [helper.make_opsetid("", _OPSET)]
        return helper.make_model(whole, opset_imports=opset, ir_version=_IR)
