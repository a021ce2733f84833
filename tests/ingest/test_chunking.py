"""Sentence spans and chunks: exact offsets on any text, and the full stops that end no sentence."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.chunking import ChunkerSettings, chunks, count_tokens, sentences
from ingest.pages import bundled, read_page
from ingest.papers import Paper


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    "text",
    [
        "We test models (e.g. GPT-4, i.e. one of many) cf. Fig. 2 vs. Eq. 3 and Sec. 4.",
        "This follows Chen et al. (2021) and Hu et al. [7], as Anil et al. 2022 do.",
        "It gains 3.5 points, 36.0% vs. 32.5%, on v1.2.3 of the set.",
        "Errors are i.i.d. with zero mean w.r.t. the prior, a.k.a. white noise.",
        "In the U.S. and in Washington D.C. from 9 a.m. on, J. Smith and R. A. Fisher agree.",
        "Models (PaLM, Minerva, etc.) on tasks, approx. 3 of them, No. 5 resp. vol. 2.",
        "We wait ... and then we see.",
        "Node.js, torch.Tensor and arXiv.Org are names; see https://a.example/b.c?d=E.F for more.",
        "Three things (We tried. It failed. We stopped.) remain.",
        "It asks “why?” and answers; Yahoo! users know.",
        "1. Each number here begins the sentence.",
        "(1) one thing; (2) another; (iii) a third.",
    ],
)
def test_full_stops_inside_a_sentence_do_not_end_it(text: str) -> None:
    assert split(text) == [text]


@pytest.mark.parametrize(
    "parts",
    [
        ["We use it.", "mCLIP is better.", "t-SNE shows why.", "pFedMe too."],
        ["It beats GPT-4.", "We also test Qwen2.5.", "3D models follow."],
        ["Code is at https://a.example/b.", "Data are at www.b.example."],
        ["Does it work?", "Yes!", "We think so..."],
        ['He said "stop."', "We went on.", "(It was late.)", "Then we slept."],
        ["The state of vitamin C.", "We use class A.", "The k of k.", "In the U.S.", "This holds."],
        ["So did Chen et al.", "However, we do not.", "There are lists, etc.", "Our work ends them."],
        ["Forgetting (CF).", "While it lasts, we suffer."],
        ["It helps on MMLU-Pro.", "(ii) When it does not, we stop."],
        ["Takeaways: 1. It works.", "2. It lasts.", "3. It ends."],
        ["First we plan.", "second we act sloppily."],
        ["模型很好。", "我们发布代码！", "谢谢"],
        ["No is a word.", "We say no.", "This is it."],
    ],
)
def test_sentences_end_where_they_should(parts: list[str]) -> None:
    assert split(" ".join(parts)) == parts


def test_a_lost_blank_between_sentences_is_an_end() -> None:
    assert split("We train models.We test them (twice).The end.") == [
        "We train models.",
        "We test them (twice).",
        "The end.",
    ]


def test_a_blank_line_ends_a_sentence_and_a_line_end_does_not() -> None:
    assert split("A heading\n\nA text that\nis wrapped. Done") == ["A heading", "A text that\nis wrapped.", "Done"]


def test_bundled_abstracts_split_into_sentences_of_a_sensible_length() -> None:
    papers = [paper for path in bundled() for paper in read_page(path).papers]
    began = time.process_time()
    parts = [(paper, split(paper.abstract)) for paper in papers]
    assert (time.process_time() - began) / len(papers) < 0.002
    found = [sentence for _, sentences_ in parts for sentence in sentences_]
    assert all(3 <= len(sentences_) <= 20 for _, sentences_ in parts)
    assert sum(len(sentence) for sentence in found) / len(found) == pytest.approx(155, abs=15)
    endings = ("e.g.", "i.e.", "vs.", "et al.", "cf.", "Fig.", "w.r.t.", "a.k.a.")
    assert not [sentence for sentence in found if sentence.endswith(endings)]
    assert not [sentence for sentence in found if sentence[0] in ",;)"]


marked = st.text(st.sampled_from("ab AB1.?!…。\"')(\n\t\u2028-") | st.characters())


@settings(max_examples=300, deadline=None)
@given(
    marked
    | st.lists(st.sampled_from(["e.g.", "We", "et al.", "3.5", "(", ")", "the", ".", " ", "\n\n", "。"])).map("".join)
)
def test_spans_are_in_order_and_cover_every_character_but_white_space(text: str) -> None:
    spans = sentences(text)
    before = 0
    for start, end in spans:
        assert before <= start < end
        assert not text[before:start].strip()
        assert text[start:end] == text[start:end].strip()
        before = end
    assert not text[before:].strip()


@settings(max_examples=300, deadline=None)
@given(marked, st.integers(1, 12), st.integers(0, 11))
def test_chunks_are_exact_slices_within_the_size(text: str, size: int, overlap: int) -> None:
    settings_ = ChunkerSettings(size=size, overlap=min(overlap, size - 1))
    found = chunks(Paper("id", "A title", text), settings_)
    assert [chunk.ordinal for chunk in found] == list(range(len(found)))
    covered: set[int] = set()
    for chunk in found:
        assert text[chunk.start : chunk.end] == chunk.text
        assert count_tokens(chunk.text) <= size
        covered.update(range(chunk.start, chunk.end))
    assert all(index in covered for index, char in enumerate(text) if not char.isspace())


def test_an_abstract_is_one_chunk_by_default() -> None:
    for path in bundled():
        for paper in read_page(path).papers:
            assert [(chunk.start, chunk.end) for chunk in chunks(paper)] == [(0, len(paper.abstract))]


def test_small_chunks_hold_whole_sentences_and_overlap_by_whole_ones() -> None:
    text = "One two three. Four five six. Seven eight nine. Ten eleven twelve."
    found = chunks(Paper("id", "A title", text), ChunkerSettings(size=8, overlap=4))
    assert [chunk.text for chunk in found] == [
        "One two three. Four five six.",
        "Four five six. Seven eight nine.",
        "Seven eight nine. Ten eleven twelve.",
    ]


def test_a_run_without_a_sentence_end_is_cut_between_words() -> None:
    text = "word " * 100 + "x" * 100
    found = chunks(Paper("id", "A title", text), ChunkerSettings(size=30))
    assert [chunk.text.split()[0] for chunk in found[:4]] == ["word"] * 4
    assert all(count_tokens(chunk.text) <= 30 for chunk in found)


def test_a_paper_without_an_abstract_has_one_empty_chunk() -> None:
    (chunk,) = chunks(Paper("id", "A title", ""))
    assert (chunk.text, chunk.start, chunk.end) == ("", 0, 0)


@pytest.mark.parametrize(("size", "overlap"), [(0, 0), (5, 5), (5, -1)])
def test_settings_that_make_no_sense_are_refused(size: int, overlap: int) -> None:
    with pytest.raises(ValueError, match="overlap"):
        ChunkerSettings(size=size, overlap=overlap)


@pytest.mark.parametrize(
    "hostile", ["." * 60_000, "(" * 60_000, "a." * 40_000, "a. " * 30_000, '"' * 60_000, "\n" * 60_000]
)
def test_hostile_text_takes_no_more_than_linear_time(hostile: str) -> None:
    began = time.process_time()
    chunks(Paper("id", "A title", hostile))
    assert time.process_time() - began < 3
