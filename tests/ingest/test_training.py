"""Trains a tiny model through the command line's own main function, on text that this file makes."""

from __future__ import annotations

import json
import lzma
import random
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs the extra 'local'")
pytest.importorskip("scipy", reason="training needs the extra 'local'")

from model2vec import StaticModel

from ingest.training.__main__ import main
from ingest.training.corpus import Paper, read_papers, sentences, without
from ingest.training.encoding import EncodedPairs, encode, encode_papers
from ingest.training.export import quantise
from ingest.training.learning import contrast
from ingest.training.pairs import Drawer, Mixture
from ingest.training.ragged import Ragged
from ingest.training.spoiling import Spoiler, Spoiling
from ingest.training.vocabulary import count_words, learn_tokenizer

#: Four fields that share no word but those of GLUE.
WORDS = """\
ocean: coral reef tide salinity plankton current wave harbour fish whale kelp lagoon
music: violin chord rhythm melody tempo orchestra sonata choir drum harmony pianist tuning
bread: flour yeast dough oven crust baker loaf rye knead sourdough butter wheat
space: orbit comet rocket lunar galaxy telescope asteroid planet launch capsule nebula solar
"""
FIELDS = {line.partition(": ")[0]: line.partition(": ")[2].split() for line in WORDS.splitlines()}
GLUE = ["we", "study", "how", "the", "new", "results", "of", "this", "work", "show", "that", "for"]
#: Plain words for a field that never stand in a paper: only the everyday pairs tie them to it.
PLAIN = {"ocean": "seaside", "music": "tunes", "bread": "breakfast", "space": "stars"}


def _sentence(chance: random.Random, field: str, words: int = 10) -> str:
    chosen = [chance.choice(FIELDS[field] if chance.random() < 0.6 else GLUE) for _ in range(words)]
    return " ".join(chosen).capitalize() + "."


def _write_texts(folder: Path) -> tuple[Path, Path]:
    chance = random.Random(7)
    papers, pairs = folder / "papers.jsonl.xz", folder / "pairs.jsonl"
    with lzma.open(papers, "wt", encoding="utf-8") as lines:
        for number in range(400):
            field = list(FIELDS)[number % len(FIELDS)]
            abstract = " ".join(_sentence(chance, field) for _ in range(5))
            lines.write(json.dumps({"title": _sentence(chance, field, 5), "abstract": abstract}) + "\n")
    with pairs.open("w", encoding="utf-8") as lines:
        for number in range(200):
            field = list(FIELDS)[number % len(FIELDS)]
            pair = {"anchor": PLAIN[field], "positive": _sentence(chance, field), "kind": "lemma_definition"}
            lines.write(json.dumps(pair) + "\n")
    return papers, pairs


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("training")
    papers, pairs = _write_texts(folder)
    size = ["--steps", "120", "--vocabulary", "400", "--pieces", "150", "--dimension", "32", "--batch", "64"]
    assert main([str(papers), "--general", str(pairs), "--out", str(folder / "model"), *size]) == 0
    return folder / "model"


def _best(model: StaticModel, question: str) -> str:
    chance = random.Random(11)
    abstracts = {field: " ".join(_sentence(chance, field) for _ in range(4)) for field in FIELDS}
    scores = model.encode(list(abstracts.values())) @ model.encode(question)
    return list(abstracts)[int(np.argmax(scores))]


def test_the_trained_folder_loads_with_model2vec_and_gives_vectors_of_length_one(trained: Path) -> None:
    vectors = StaticModel.from_pretrained(trained).encode(["coral reef", "a violin sonata"])
    assert vectors.shape == (2, 32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("field", FIELDS)
def test_unseen_phrasing_finds_the_abstract_of_its_field(trained: Path, field: str) -> None:
    question = f"show {FIELDS[field][3]} for {FIELDS[field][8]}"
    assert _best(StaticModel.from_pretrained(trained), question) == field


@pytest.mark.parametrize("field", FIELDS)
def test_an_everyday_word_that_no_paper_uses_finds_the_field_it_was_paired_with(trained: Path, field: str) -> None:
    assert _best(StaticModel.from_pretrained(trained), PLAIN[field]) == field


def test_vectors_cut_to_their_leading_dimensions_still_find_the_field(trained: Path) -> None:
    model = StaticModel.from_pretrained(trained, dimensionality=16)
    assert _best(model, "violin melody") == "music"


def test_the_same_seed_makes_the_same_steps(trained: Path) -> None:
    tokenizer = StaticModel.from_pretrained(trained).tokenizer
    papers = encode_papers(tokenizer, read_papers([trained.parent / "papers.jsonl.xz"]))
    mixture = Mixture().scaled(16)
    one, other = (Drawer(papers, None, tokenizer.get_vocab_size(), mixture, seed=3).draw() for _ in range(2))
    for left, right in zip(one, other, strict=True):
        np.testing.assert_array_equal(left.anchors.values, right.anchors.values)
        np.testing.assert_array_equal(left.positives.offsets, right.positives.offsets)


def test_a_spoilt_anchor_shares_no_word_with_its_positive_unless_too_little_would_be_left(trained: Path) -> None:
    tokenizer = StaticModel.from_pretrained(trained).tokenizer
    papers = encode_papers(tokenizer, read_papers([trained.parent / "papers.jsonl.xz"]))
    all_gone = Mixture(titles=64, sentences=1, spoiling=Spoiling(unshared=1.0, taken_away=1.0))
    titles = Drawer(papers, None, tokenizer.get_vocab_size(), all_gone, seed=3).draw()[0]
    for row in np.arange(64):
        anchor, positive = (side.take(np.array([row])).values for side in (titles.anchors, titles.positives))
        assert len(anchor) >= 2
        # An anchor with fewer than two words of its own is left whole, for nothing could be learnt from the rest.
        shares, own = np.isin(anchor, positive).any(), np.setdiff1d(anchor, positive)
        assert not shares or len(own) < 2


def test_an_explained_word_gives_way_to_its_dictionary_entry_and_the_others_stay() -> None:
    everyday = EncodedPairs(
        Ragged.of([[5], [6, 5], [7]]),
        Ragged.of([[1, 2], [3], [4]]),
        np.array([0, 0, 1]),
        np.array(["synonym|a", "faq|b"]),
    )
    always = Spoiling(glossed=1.0, explained=1.0)
    spoiler = Spoiler(np.array([90_000, *[1] * 9]), everyday, always, np.random.default_rng(0))
    explained = spoiler.explain(Ragged.of([[5, 9], [], [7, 5]]))
    assert [explained.take(np.array([row])).values.tolist() for row in range(3)] == [[1, 2, 9], [], [7, 1, 2]]


def test_gradients_written_by_hand_agree_with_automatic_ones() -> None:
    import torch
    from torch.nn.functional import cross_entropy, normalize

    texts = torch.randn(12, 8, generator=torch.Generator().manual_seed(1), requires_grad=True)
    loss, gradients = contrast(texts.detach(), [(6, 1.0)], [8], scale=5.0)
    units = normalize(texts, dim=1)
    scores = 5.0 * units[:6] @ units[6:].T
    wanted = (cross_entropy(scores, torch.arange(6)) + cross_entropy(scores.T, torch.arange(6))) / 2
    wanted.backward()
    assert texts.grad is not None
    assert loss == pytest.approx(wanted.item(), abs=0.02)
    torch.testing.assert_close(gradients, texts.grad, atol=5e-3, rtol=0.05)


def test_frequent_words_stay_whole_and_unknown_ones_fall_into_pieces() -> None:
    tokenizer = learn_tokenizer(count_words(["Naïve coral reefs, coral reefs"] * 30 + ["plankton"] * 5), 60, 40)
    assert tokenizer.encode("CORAL reefs").tokens == ["coral", "reefs"]
    assert tokenizer.encode("naive").tokens == tokenizer.encode("Naïve").tokens
    assert len(tokenizer.encode("plank").tokens) > 1


def test_punctuation_takes_no_part_in_the_mean(trained: Path) -> None:
    tokenizer = StaticModel.from_pretrained(trained).tokenizer
    with_marks, without = encode(tokenizer, ["coral, (reef)!", "coral reef"]).take(np.array([0, 1])).lengths
    assert with_marks == without


def test_papers_to_be_judged_on_are_left_out_by_title_or_by_the_beginning_of_the_abstract() -> None:
    tail = "long enough that eighty letters of it tell it from every other abstract there is in the collection"
    kept = Paper("Tides and reefs", f"Another abstract, {tail}.")
    papers = [
        Paper("Deep-Sea Corals", "Theirs."),
        Paper("Renamed since", f"The same abstract, {tail}. Then more."),
        kept,
    ]
    unwanted = [Paper("Deep sea corals!", "Ours."), Paper("As first named", f"The same abstract, {tail}.")]
    assert list(without(papers, unwanted)) == [kept]


def test_sentences_are_split_where_a_new_one_can_begin() -> None:
    assert sentences("We gain 0.5 points. The rest, e.g. this, stays.") == [
        "We gain 0.5 points.",
        "The rest, e.g. this, stays.",
    ]


def test_rows_are_cut_joined_and_thinned_in_place() -> None:
    rows = Ragged.of([[1, 2, 3], [], [4, 5]])
    assert rows.take(np.array([2, 0])).values.tolist() == [4, 5, 1, 2, 3]
    assert rows.beside(rows.take(np.array([1, 2, 0]))).values.tolist() == [1, 2, 3, 4, 5, 4, 5, 1, 2, 3]
    assert rows.keep(rows.values > 2).lengths.tolist() == [1, 0, 2]
    assert rows.cut(np.array([1, 4]), np.array([3, 2])).lengths.tolist() == [2, 0]


def test_weights_fill_the_range_of_eight_bits_without_turning_over() -> None:
    stored = quantise(np.array([[0.5, -2.0, 0.0, 2.0]], dtype=np.float32))
    assert stored.tolist() == [[32, -127, 0, 127]]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param("{oops", "line 2: not JSON", id="broken-json"),
        pytest.param('{"title": "No abstract"}', "line 2: an object with title and abstract", id="missing-key"),
    ],
)
def test_a_line_that_cannot_be_used_ends_the_run_and_is_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, line: str, message: str
) -> None:
    source = tmp_path / "papers.jsonl"
    source.write_text(f'{{"title": "A title", "abstract": "An abstract."}}\n{line}\n', encoding="utf-8")
    assert main([str(source), "--out", str(tmp_path / "model")]) == 1
    assert message in caplog.text
    assert not (tmp_path / "model").exists()


def test_papers_that_are_all_left_out_end_the_run_with_a_reason(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    papers, pairs = _write_texts(tmp_path)
    arguments = [str(papers), "--leave-out", str(papers), "--out", str(tmp_path / "model"), "--pieces", "100"]
    assert main(arguments) == 1
    assert "No paper has a title" in caplog.text
    pairs.write_text("", encoding="utf-8")
    assert main([*arguments, "--general", str(pairs)]) == 1
    assert "holds none" in caplog.text
