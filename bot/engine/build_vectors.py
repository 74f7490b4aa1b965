"""`make vectors`: what the sentence model learns of the shipped examples, kept beside this module.

The vector of a text that the artefact holds already is taken over; the weights are always learned anew
(about a minute and a gigabyte).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bot.engine.sentence_model import Learned, digests, load_embedder, packed, unpacked
from bot.logs import configure_logs
from knowledge.answering.engine import Engine
from knowledge.answering.semantic import Embedder, fit
from knowledge.loading import load_knowledge


def main() -> None:
    configure_logs("INFO", as_json=False)
    embed = load_embedder()
    if embed is None:
        raise SystemExit(1)
    index = Engine(load_knowledge()).index
    try:
        kept = Learned.read()
    except (OSError, ValueError, KeyError):
        kept = None
    if kept is None or not kept.learned_from(index.examples, index.topic_of):
        learn(embed, index.examples, index.topic_of, kept).write()


def learn(embed: Embedder, examples: Sequence[str], topic_of: Sequence[str], kept: Learned | None) -> Learned:
    keys = digests(examples)
    rows = dict(zip(kept.digests.tolist(), kept.vectors, strict=True)) if kept else {}
    for key, text in zip(keys.tolist(), examples, strict=True):
        if key not in rows:
            rows[key] = packed(embed(text)[np.newaxis])[0]
    vectors = np.stack([rows[key] for key in keys.tolist()])
    topics, owners = np.unique(np.array(topic_of), return_inverse=True)
    wanted = np.eye(len(topics), dtype=np.float32)[owners]
    weights = fit(unpacked(vectors), wanted).astype(np.float16)
    return Learned(keys, owners.astype(np.uint16), topics, vectors, weights)


if __name__ == "__main__":
    main()
