"""What a notion is: asked in many ways, told by the sentence that explains it, never by words that merely lie near."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assistant import Assistant
from assistant.evidence import notions
from assistant.evidence.reading import read
from assistant.language import terms
from assistant.questions import analyse
from ingest.embedding import load_embedder
from ingest.library import Library
from ingest.papers import Paper, paper_id
from ingest.pipeline import ingest_papers

TODAY = date(2026, 11, 21)


def asked(question: str) -> str:
    return notions.asked(analyse(question, today=TODAY))


def paper(title: str, abstract: str) -> Paper:
    return Paper(paper_id(title), title, abstract, abstract)


TIDES = paper(
    "Moon Tables",
    "Tide pooling (TP) is a way to average over waves, widely used at sea. We measure it in nine harbours.",
)
AGAIN = paper("Harbour Nets", "However, tide pooling is slow. In calm water, tide pooling averages over fewer waves.")
BEES = paper("Bee Lines", "Bees pool what they know. We study the tide of honey in their dance.")
FLEET = paper(
    "FLEET: Ships", "We propose FLEET, a planner of ships. It lowers costs by gradient sharing between boats."
)
PAPERS = [TIDES, AGAIN, BEES, FLEET]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("notions") / "library"
    with Library.open(folder, load_embedder("default"), create=True) as library:
        ingest_papers(PAPERS, library)
    with Assistant.open(folder, reader="builtin") as opened:
        yield opened


@pytest.mark.parametrize(
    ("question", "notion"),
    [
        ("what is self-play?", "self-play"),
        ("What's a reward model", "reward model"),
        ("what are vision-language models?", "vision-language models"),
        ("what does test-time scaling mean?", "test-time scaling"),
        ("what is meant by reward hacking?", "reward hacking"),
        ("Can you please explain curriculum learning to me?", "curriculum learning"),
        ("so define “entropy collapse”", "entropy collapse"),
        ("what is Positive Active Learning (PAL)?", "Positive Active Learning"),
        ("tell me what DPO is", "DPO"),
        ("Hi! Could you tell me how reward shaping works? Thanks!", "reward shaping"),
        ("I'm new to this field. I'd like to know what reward hacking is.", "reward hacking"),
        ("explain self-play like I'm five", "self-play"),
        ("what is the learning rate of GRPO?", ""),
        ("what is the accuracy?", ""),
        ("what is the best model?", ""),
        ("what is the code?", ""),
        ("what is it?", ""),
        ("what is new?", ""),
        ("how does GRPO work?", "GRPO"),
        ("what are the limitations of quantum error correction?", "quantum error correction"),
        ("advantages and disadvantages of LoRA", "LoRA"),
        ("why is reward shaping important?", "reward shaping"),
        ("what are the limitations of training on pairs?", ""),
        ("why is it hard?", ""),
        ("how much does GRPO gain?", ""),
        ("which papers explain tides?", ""),
        ("¿qué es GRPO?", ""),
    ],
)
def test_a_notion_is_read_out_of_the_question(question: str, notion: str) -> None:
    assert asked(question) == notion


@given(st.text(max_size=80).map(lambda rest: f"what is {rest}"))
@example("what is ()?")
@example("what is a ?")
def test_any_question_names_a_notion_with_content_or_none(question: str) -> None:
    notion = asked(question)
    assert notion == "" or (terms.content_stems(notion) and len(notion.split()) <= notions.WORDS)


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("We sample prompt injections at night.", True),
        ("The injection of prompts is studied.", True),
        ("A prompt code injection.", True),
        ("Injecting retrieved knowledge into training prompts.", False),
        ("Prompts help. Injection hurts.", False),
    ],
)
def test_a_paper_speaks_of_a_notion_where_its_words_stand_together(text: str, spoken: bool) -> None:
    assert notions.spoken_of("prompt injection", read(paper("Nights", text))) is spoken


@given(st.lists(st.sampled_from("abcd"), min_size=1, max_size=3, unique=True), st.lists(st.sampled_from("abcdx")))
def test_words_in_a_row_are_found_wherever_the_row_stands(words: list[str], around: list[str]) -> None:
    from assistant.evidence.notions import _together  # pyright: ignore[reportPrivateUsage]

    assert _together(words, [*around, *words, *around])
    assert not _together([*words, "y"], [*around, *words])


@pytest.mark.parametrize(
    "text",
    [
        "Tide pooling is a way to average.",
        "Recently, tide pooling aims to average.",
        "In calm water, tide pooling uses waves.",
        "Waves are averaged, known as tide pooling.",
        "They use tide pooling, where waves are averaged.",
    ],
)
def test_a_sentence_explains_a_notion_that_it_is_about(text: str) -> None:
    assert notions.explains("tide pooling", read(paper("T", text)).sentences[0]) >= notions.EXPLAINS


@pytest.mark.parametrize(
    "text",
    [
        "However, tide pooling is a slow method.",
        "We show that tide pooling, which helps, is 3 times faster.",
        "Boats gain from tide pooling.",
        "Methods like tide pooling, a granular view shows, are slow.",
    ],
)
def test_a_sentence_that_only_mentions_a_notion_explains_nothing(text: str) -> None:
    assert notions.explains("tide pooling", read(paper("T", text)).sentences[0]) < notions.EXPLAINS


def test_the_explaining_sentence_is_cited_before_one_that_complains(small: Assistant) -> None:
    answer = small.ask("what is tide pooling?")
    assert answer.citations[0].paper.title == "Moon Tables"
    assert answer.citations[0].quote.startswith("Tide pooling (TP) is a way")
    assert not any(citation.quote.startswith("However") for citation in answer.citations)


def test_an_abbreviation_is_told_by_what_it_stands_for(small: Assistant) -> None:
    answer = small.ask("what is TP?")
    assert answer.citations[0].quote.startswith("Tide pooling (TP) is a way")


def test_a_notion_that_is_only_mentioned_is_said_to_be_only_that(small: Assistant) -> None:
    answer = small.ask("what is gradient sharing?")
    assert answer.answered
    assert answer.text.startswith("No abstract explains “gradient sharing”; this is said of it:")
    assert [citation.paper.title for citation in answer.citations] == ["FLEET: Ships"]


def test_words_that_never_stand_together_are_no_notion_of_the_library(small: Assistant) -> None:
    answer = small.ask("what is honey pooling?")
    assert not answer.answered
    assert "No paper here speaks of “honey pooling”." in answer.text
    assert answer.citations == ()


def test_a_real_word_that_the_library_lacks_is_refused_and_a_misspelt_one_is_not(small: Assistant) -> None:
    assert "speaks of “knitting”" in small.ask("what is knitting?").text
    assert small.ask("what is tide poolinng?").answered


def test_how_a_notion_works_is_refused_where_no_paper_speaks_of_it(small: Assistant) -> None:
    assert "speaks of “honey pooling”" in small.ask("how does honey pooling work?").text
    assert "speaks of “honey pooling”" in small.ask("what are the benefits of honey pooling?").text
    assert small.ask("how does tide pooling work?").answered


@pytest.mark.parametrize("question", ["how does it work?", "explain", "what is this?", "why?"])
def test_a_question_that_names_nothing_is_told_so(small: Assistant, question: str) -> None:
    answer = small.ask(question)
    assert not answer.answered
    assert "The question names nothing to look for" in answer.text


def test_a_question_that_names_nothing_goes_on_about_the_paper_before(small: Assistant) -> None:
    first = small.ask("what is FLEET?")
    assert small.ask("how does it work?", history=[("user", "what is FLEET?"), ("assistant", first.text)]).answered


def test_a_papers_own_thing_is_told_by_its_paper(small: Assistant) -> None:
    answer = small.ask("what is FLEET?")
    assert answer.answered
    assert {citation.paper.title for citation in answer.citations} == {"FLEET: Ships"}
    assert "No abstract explains" not in answer.text


def test_the_confidence_for_other_readers_knows_of_unspoken_notions(small: Assistant) -> None:
    question = analyse("what is honey pooling?", today=TODAY)
    passages = small.search("what is honey pooling?")
    assert small.answerer.builtin.confidence(question, passages) < 0.1
