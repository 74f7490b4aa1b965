"""The sentence model's vectors on disk, and answers that are remembered."""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from bot.core import load_engine
from bot.engine.embedding_cache import CachedEmbedder, Stopped, cached_fit, load_embedder
from bot.engine.service import REMEMBERED, AnswerService
from knowledge.answering.engine import Engine
from knowledge.answering.semantic import RIDGE, SHARPNESS, SemanticIndex, Vectors, fit
from knowledge.loading import load_knowledge
from tests.support.paths import CACHE

DAY = date(2025, 4, 15)


class Model:
    """Counts how often it is asked; vectors tell texts apart."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, text: str) -> Vectors:
        self.asked.append(text)
        vector = np.zeros(384, dtype=np.float32)
        vector[sum(text.encode()) % 384] = 1.0
        return vector


def embedder(model: Model, path: Path) -> CachedEmbedder:
    return CachedEmbedder(model, path, threading.Event())


def test_a_restart_computes_nothing_again(tmp_path: Path) -> None:
    first, second = Model(), Model()
    vectors = embedder(first, tmp_path / "v.npz")(["甲", "乙"])
    again = embedder(second, tmp_path / "v.npz")(["甲", "乙"])
    assert second.asked == []
    assert (vectors == again).all()


def test_only_new_texts_are_computed_and_old_ones_dropped(tmp_path: Path) -> None:
    model = Model()
    embedder(model, tmp_path / "v.npz")(["甲", "乙"])
    embedder(model, tmp_path / "v.npz")(["乙", "丙"])
    assert model.asked == ["甲", "乙", "丙"]
    embedder(model, tmp_path / "v.npz")(["甲", "丙"])
    assert model.asked == ["甲", "乙", "丙", "甲"]


@pytest.mark.parametrize("damage", [b"", b"not an archive", b"PK\x03\x04 broken"])
def test_a_damaged_file_is_computed_anew(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "v.npz").write_bytes(damage)
    assert embedder(Model(), tmp_path / "v.npz")(["甲", "乙"]).shape == (2, 384)


def test_a_place_that_cannot_be_written_only_costs_time() -> None:
    assert embedder(Model(), Path("/proc/nowhere/v.npz"))(["甲", "乙"]).shape == (2, 384)


def test_shutting_down_stops_a_long_computation(tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        CachedEmbedder(Model(), tmp_path / "v.npz", stop)(["甲", "乙"])


def test_examples_speak_for_their_topic(tmp_path: Path) -> None:
    index = SemanticIndex(embedder(Model(), tmp_path / "v.npz"), ["甲", "乙", "丙"], ["a", "b", "b"])
    affinities = index.affinities("丙")
    assert affinities["b"] > 0.8
    assert abs(affinities["a"]) < 0.1


def test_learning_solves_the_ridge_equations() -> None:
    vectors = np.random.default_rng(7).normal(size=(60, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    wanted = np.eye(60, 5, dtype=np.float32)
    kernel = np.exp(SHARPNESS * (vectors @ vectors.T - 1)) + RIDGE * np.eye(60)
    assert np.abs(kernel @ fit(vectors, wanted) - wanted).max() < 0.01


def test_what_was_learned_is_kept_until_the_examples_change(tmp_path: Path) -> None:
    vectors, wanted = np.eye(4, dtype=np.float32), np.eye(4, 2, dtype=np.float32)
    learned = cached_fit(tmp_path)(vectors, wanted)
    (kept,) = tmp_path.iterdir()
    before = kept.stat().st_mtime_ns
    assert (cached_fit(tmp_path)(vectors, wanted) == learned).all()
    assert kept.stat().st_mtime_ns == before
    other = cached_fit(tmp_path)(vectors, wanted[::-1].copy())
    assert not (other == learned).all()
    kept.write_bytes(b"damaged")
    assert (cached_fit(tmp_path)(vectors, wanted) == learned).all()


def test_the_real_model_understands_words_it_was_not_taught(tmp_path: Path) -> None:
    embed = load_embedder(tmp_path)
    assert embed is not None
    asked, close, far = (embed([text])[0] for text in ("路费谁掏", "交通费由谁承担", "几号截止"))
    assert asked @ close > asked @ far


async def test_a_repeated_question_is_answered_from_memory() -> None:
    answering = AnswerService(Engine(load_knowledge()))
    first, again = await answering("邮编", DAY), await answering("邮编", DAY)
    assert first.text == again.text
    assert first.timings
    assert not again.timings
    assert (await answering("邮编", DAY, ("示范班",))).timings


async def test_a_swapped_engine_answers_afresh() -> None:
    knowledge = load_knowledge()
    answering = AnswerService(Engine(knowledge))
    await answering("邮编", DAY)
    answering.swap(Engine(knowledge))
    assert (await answering("邮编", DAY)).timings


async def test_what_words_settle_is_answered_without_the_model_and_alike() -> None:
    engine = load_engine(load_knowledge(), CACHE)
    assert engine is not None
    at_once = engine.at_once("线上学员比例上限", DAY)
    assert at_once is not None
    assert at_once.text == engine.answer("线上学员比例上限", DAY).text


async def test_what_words_do_not_settle_waits_for_the_model() -> None:
    engine = load_engine(load_knowledge(), CACHE)
    assert engine is not None
    assert engine.at_once("后头那摊子事咋整", DAY) is None
    assert (await AnswerService(engine)("后头那摊子事咋整", DAY)).text


async def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert REMEMBERED > 1
    monkeypatch.setattr("bot.engine.service.REMEMBERED", 2)
    answering = AnswerService(Engine(load_knowledge()))
    for question in ("邮编", "邮箱", "电话", "邮编"):
        last = await answering(question, DAY)
    assert last.timings
