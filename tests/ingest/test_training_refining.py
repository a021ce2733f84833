"""The second part of training: the token match, written questions and a glossary."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs the extra 'local'")
pytest.importorskip("scipy", reason="training needs the extra 'local'")

import torch
from torch.nn.functional import cross_entropy, normalize

from ingest.training.corpus import Paper, Question, Term, TrainingTextError, read_glossary, read_questions
from ingest.training.encoding import encode_papers
from ingest.training.learning import Schedule
from ingest.training.matching import K1, SAME, SCALE, UNMATCHED, UNRELATED, B, Sheet, match
from ingest.training.pairs import Drawer, Mixture
from ingest.training.ragged import Ragged
from ingest.training.refining import Material, Portions, Refiner, refine, token_rarity
from ingest.training.vocabulary import count_words, learn_tokenizer
from ingest.training.wording import Glossary, encode_glossary, encode_questions

DISTIL = Term(("knowledge distillation", "KD"), ("a small net copies a big one",))
ABSTRACT = "We shrink networks until they fit a phone. Teachers guide students over many rounds. " * 3


def _sheet(vocabulary: int) -> Sheet:
    chance = np.random.default_rng(5)
    questions = Ragged.of([[0, 1, 2], [3, 4], [5, 5, 6]])
    texts = Ragged.of([chance.integers(0, vocabulary, 9 + n).tolist() for n in range(5)])
    return Sheet.of([questions], [texts], np.linspace(1, 3, vocabulary, dtype=np.float32))


def _slowly(vectors: torch.Tensor, sheet: Sheet) -> torch.Tensor:
    """The same loss on full matrices, from the definition."""
    units = normalize(vectors, dim=1)
    asked, told = (torch.from_numpy(np.searchsorted(sheet.touched, side)) for side in (sheet.asked, sheet.told))
    near = ((units[told] @ units[asked].T - UNRELATED) / (SAME - UNRELATED)).clamp(0, 1)
    sums = torch.from_numpy(sheet.counts.toarray()) @ near
    saturated = sums / (sums + (K1 * (1 - B + B * sheet.lengths / sheet.lengths.mean()))[:, None])
    weights = (sheet.weights * torch.log1p(1 / (saturated.detach().mean(0) + UNMATCHED))).sqrt()
    scores = SCALE * (weights / weights.sum(1, keepdim=True)) @ saturated.T
    return cross_entropy(scores, torch.arange(len(scores)))


def test_the_match_has_the_loss_and_gradient_of_its_definition() -> None:
    sheet = _sheet(30)
    vectors = torch.randn(len(sheet.touched), 6, generator=torch.Generator().manual_seed(2), requires_grad=True)
    wanted = _slowly(vectors, sheet)
    wanted.backward()
    loss, gradient = match(vectors.detach(), sheet)
    assert vectors.grad is not None
    assert loss == pytest.approx(wanted.item(), rel=1e-4)
    torch.testing.assert_close(gradient, vectors.grad, atol=1e-4, rtol=1e-3)


def test_a_question_without_a_weighty_word_teaches_nothing() -> None:
    sheet = Sheet.of([Ragged.of([[0], [1]])], [Ragged.of([[0, 2], [2, 3]])], np.zeros(4, np.float32))
    _, gradient = match(torch.randn(len(sheet.touched), 4), sheet)
    assert not gradient.any()


@pytest.mark.parametrize(
    ("title", "pieces"),
    [
        ("On Knowledge Distillations of Nets", ["On", "Knowledge Distillations", "of", "Nets"]),
        ("KD at scale", ["KD", "at", "scale"]),
        ("Knowledge of distillation", ["Knowledge", "of", "distillation"]),
    ],
)
def test_a_term_is_found_in_a_title_in_any_case_and_number(title: str, pieces: list[str]) -> None:
    found = Glossary([Term((*DISTIL.names, "kds"), DISTIL.plain)]).split(title)
    assert [piece for piece, _ in found] == pieces


def test_a_glossary_puts_plain_words_for_a_term_in_a_title() -> None:
    papers = [Paper("Faster knowledge distillation", ABSTRACT)]
    words = [*DISTIL.names, *DISTIL.plain, papers[0].title, ABSTRACT]
    tokenizer = learn_tokenizer(count_words(words * 2), 400, 200)
    pairs = encode_glossary(tokenizer, [DISTIL], papers, seed=0)
    titles = pairs.anchors.take(np.flatnonzero(pairs.names[pairs.kinds] == "title"))
    assert tokenizer.decode(titles.values.tolist(), skip_special_tokens=False) == "faster a small net copies a big one"


def test_questions_are_tied_to_their_papers_by_title_in_any_spelling() -> None:
    tokenizer = learn_tokenizer(count_words([ABSTRACT] * 3), 300, 150)
    papers = [Paper("A: First!", ABSTRACT), Paper("Second", ABSTRACT)]
    asked = encode_questions(tokenizer, [Question("a first", "phone?"), Question("A  first", "shrink?")], papers)
    assert (len(asked), asked.first.tolist()) == (1, [0, 2])
    with pytest.raises(ValueError, match="None of the papers"):
        encode_questions(tokenizer, [Question("third", "phone?")], papers)


def test_a_refined_model_finds_the_paper_that_a_question_in_other_words_asks_for() -> None:
    fields = {"phone": "shrinking networks until small", "whale": "ocean coral reefs and tides"}
    papers = [
        Paper(f"{text} {n}", f"{text.capitalize()} are studied. " * 8) for text in fields.values() for n in range(20)
    ]
    questions = [Question(paper.title, next(k for k in fields if fields[k] in paper.title)) for paper in papers]
    tokenizer = learn_tokenizer(count_words([p.title + p.abstract for p in papers] + list(fields) * 3), 300, 150)
    size = tokenizer.get_vocab_size()
    encoded, asked = encode_papers(tokenizer, papers), encode_questions(tokenizer, questions, papers)
    pooled, matched = (Drawer(encoded, None, size, Mixture(titles=4, sentences=2), seed) for seed in (1, 2))
    rarity = np.maximum(token_rarity(encoded, asked, size), 0.1).astype(np.float32)
    portions = Portions(asked=8, asked_matched=8)
    start = np.random.default_rng(0).normal(0, 0.1, (size, 16)).astype(np.float32)
    draw = Refiner(Material(pooled, matched, asked, None, rarity), portions, seed=3).draw
    vectors = refine(start, draw, Schedule(60, (16,)), lambda *_: None)
    word = {name: vectors[tokenizer.token_to_id(name)] for name in ("phone", "whale", "networks", "coral")}
    unit = {name: vector / np.linalg.norm(vector) for name, vector in word.items()}
    assert unit["phone"] @ unit["networks"] > unit["phone"] @ unit["coral"]
    assert unit["whale"] @ unit["coral"] > unit["whale"] @ unit["networks"]


def test_weighing_the_tokens_leaves_the_text_as_it_was() -> None:
    tokenizer = learn_tokenizer(count_words([ABSTRACT] * 3), 300, 150)
    papers = [Paper("First", ABSTRACT)]
    encoded, asked = encode_papers(tokenizer, papers), encode_questions(tokenizer, [Question("first", "fit?")], papers)
    before = encoded.sentences.values.copy()
    token_rarity(encoded, asked, tokenizer.get_vocab_size())
    np.testing.assert_array_equal(encoded.sentences.values, before)


def test_files_of_questions_and_terms_are_read(tmp_path: Path) -> None:
    questions, glossary = tmp_path / "q.jsonl", tmp_path / "g.jsonl"
    questions.write_text(json.dumps({"title": "T", "question": "Why?"}) + "\n", encoding="utf-8")
    glossary.write_text(json.dumps({"term": "DPO (direct tuning)", "plain": ["x"]}) + "\n", encoding="utf-8")
    assert list(read_questions(questions)) == [Question("T", "Why?")]
    assert list(read_glossary(glossary)) == [Term(("DPO", "direct tuning"), ("x",))]
    glossary.write_text(json.dumps({"term": "DPO", "plain": "x"}) + "\n", encoding="utf-8")
    with pytest.raises(TrainingTextError, match="DPO"):
        list(read_glossary(glossary))
