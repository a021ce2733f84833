"""A question's kind, slots, parts and language, from its words alone."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.language import courtesy, wishes
from assistant.questions import Kind, Wants, analyse, clauses

TODAY = date(2026, 11, 21)


def understood(text: str):
    return analyse(text, today=TODAY)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("What does ReLIFT do?", Kind.POINT),
        ("Is there a paper that trains tutors to hold back?", Kind.POINT),
        ("Which work uses a latent skill space?", Kind.POINT),
        ("Which benchmarks was SwinLSTM evaluated on?", Kind.POINT),
        ("How many papers does the survey by Chen review?", Kind.POINT),
        ("Which attack works best on diffusion models?", Kind.POINT),
        ("which methods does GRPO beat?", Kind.POINT),
        ("which methods outperform DAPO?", Kind.POINT),
        ("which models benefit most from it?", Kind.POINT),
        ("list the benchmarks used by ASTRO", Kind.POINT),
        ("name the benchmarks on which RECAP improves", Kind.POINT),
        ("Who uses the verifier in ASTRO?", Kind.POINT),
        ("what is new in DAPO?", Kind.POINT),
        ("Does how far the weights have turned say anything about unseen data?", Kind.POINT),
        ("How many languages are there, and how many of them had never been served?", Kind.POINT),
        ("How many models polished the articles?", Kind.POINT),
        ("Which papers use world models?", Kind.SURVEY),
        ("list all papers about pruning", Kind.SURVEY),
        ("papers on federated learning", Kind.SURVEY),
        ("Are there any papers on sign language?", Kind.SURVEY),
        ("what's new since June?", Kind.SURVEY),
        ("what do you have on world models", Kind.SURVEY),
        ("Is there anything about mixture of experts?", Kind.SURVEY),
        ("anything using EEG data?", Kind.SURVEY),
        ("List systems where several agents share one task", Kind.SURVEY),
        ("which methods reduce hallucination without retraining?", Kind.SURVEY),
        ("which benchmarks measure tool use by agents?", Kind.SURVEY),
        ("who is working on telling fake news from true?", Kind.SURVEY),
        ("What research exists on reward hacking?", Kind.SURVEY),
        ("text generation by diffusion: what do we have?", Kind.SURVEY),
        ("image captioning: what's in the library?", Kind.SURVEY),
        ("contamination of benchmarks: who looks at that?", Kind.SURVEY),
        ("some good papers about federated learning", Kind.SURVEY),
        ("humanoid robots: list the papers", Kind.SURVEY),
        ("Have there been any studies of sycophancy?", Kind.SURVEY),
        ("qué artículos tratan de robots", Kind.SURVEY),
        ("quels articles parlent de robots", Kind.SURVEY),
        ("welche Arbeiten handeln von Robotern", Kind.SURVEY),
        ("哪些论文研究机器人?", Kind.SURVEY),
        ("how many papers are about robots?", Kind.COUNT),
        ("number of papers on pruning", Kind.COUNT),
        ("LazyDiT vs DiffClass: which is faster?", Kind.COMPARE),
        ("What is the difference between PERL and CorDA?", Kind.COMPARE),
        ("Contrast OVOR with TPL.", Kind.COMPARE),
        ("How do PACS and MR-RLVR differ in their training signal?", Kind.COMPARE),
        ("What do CLASSP and UPGD have in common?", Kind.COMPARE),
        ("What sets RLBFF apart from Rubric Anchors?", Kind.COMPARE),
        ("hi", Kind.SMALLTALK),
        ("Thanks a lot, that helps!", Kind.SMALLTALK),
        ("谢谢", Kind.SMALLTALK),
        ("who are you?", Kind.SMALLTALK),
    ],
)
def test_kind(text: str, kind: Kind) -> None:
    assert understood(text).kind is kind


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("How much does it gain?", Wants.FIGURE),
        ("What accuracy does OVOR reach?", Wants.FIGURE),
        ("cuántos parámetros tiene", Wants.FIGURE),
        ("多少样本?", Wants.FIGURE),
        ("What is TPL?", Wants.DEFINITION),
        ("what does SER stand for", Wants.DEFINITION),
        ("How does BiP prune?", Wants.MECHANISM),
        ("what happens to the shared updates?", Wants.MECHANISM),
        ("Why does replay help?", Wants.REASON),
        ("Where is the code of SwinLSTM?", Wants.CODE),
        ("is the code available?", Wants.CODE),
        ("When was DRIVE listed?", Wants.DATE),
        ("who wrote HEMM?", Wants.AUTHORS),
        ("how many authors does EVLP have?", Wants.AUTHORS),
        ("which organization is behind DRIVE?", Wants.ORGANIZATION),
        ("how many comments does DRIVE have?", Wants.COMMENTS),
        ("Tell it in your own words, would you.", Wants.ANYTHING),
    ],
)
def test_the_slot_asked_for(text: str, wanted: Wants) -> None:
    assert wanted in understood(text).wants


@pytest.mark.parametrize(
    "text",
    [
        "When does the warm-up phase begin?",
        "Which model did the authors of PERL use?",
        "when in training does the data mix come in",
    ],
)
def test_the_listing_is_not_asked_for_by_a_stray_word(text: str) -> None:
    assert not {Wants.DATE, Wants.AUTHORS, Wants.ORGANIZATION} & set(understood(text).wants)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("LazyDiT vs DiffClass: which is faster?", ("LazyDiT", "DiffClass")),
        ("What is the difference between PERL and CorDA?", ("PERL", "CorDA")),
        ("CorDA and PERL both use adapters. What for?", ("CorDA", "PERL")),
        ("Compare ReWiND with RoboFuME", ("ReWiND", "RoboFuME")),
        (
            'How do "Class Incremental Learning" and "Prompt Tuning at Scale" differ?',
            ("Class Incremental Learning", "Prompt Tuning at Scale"),
        ),
        ("how does OVOR differ from TPL?", ("OVOR", "TPL")),
        ("In what way do PACS and MR-RLVR differ in their signal?", ("PACS", "MR-RLVR")),
        ("What sets RLBFF apart from Rubric Anchors as a reward?", ("RLBFF", "Rubric Anchors")),
    ],
)
def test_the_sides_of_a_comparison(text: str, parts: tuple[str, str]) -> None:
    assert understood(text).parts == parts


def test_a_question_of_two_parts_has_two_clauses() -> None:
    assert clauses("What is MinD, and by how much does it cut the tokens?") == [
        "What is MinD",
        "by how much does it cut the tokens?",
    ]
    assert clauses("what is MinD?") == ["what is MinD?"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How does it learn?", "en"),
        ("¿Cómo aprende el modelo?", "es"),
        ("Comment le modèle apprend-il ?", "fr"),
        ("Wie lernt das Modell?", "de"),
        ("这个模型如何学习?", "zh"),
        ("GRPO", "en"),
    ],
)
def test_language(text: str, language: str) -> None:
    assert understood(text).language == language


def test_a_foreign_question_is_glossed_with_its_names() -> None:
    question = understood("¿Qué tasa de éxito logra ReWiND con objetos nuevos?")
    assert question.gloss.split() == ["ReWiND", "rate", "success", "objects", "new"]
    assert understood("What success rate does ReWiND reach?").gloss == ""


def test_time_and_code_become_filters() -> None:
    question = understood("Which papers since June 2025 release code?")
    assert question.filters.since == date(2025, 6, 1)
    assert question.filters.has_code is True
    assert "June" not in question.subject


@pytest.mark.parametrize(
    ("text", "searched"),
    [
        ("recommend papers on continual learning", "Which papers are about continual learning"),
        ("Can you suggest me a paper about ships?", "a paper about ships?"),
        ("papers that recommend films", "papers that recommend films"),
        ("recommend", "recommend"),
    ],
)
def test_who_wishes_for_papers_does_not_ask_about_recommending(text: str, searched: str) -> None:
    assert understood(text).sought == searched
    assert understood(text).subject == searched


def test_papers_of_a_time_are_found_by_their_subject_alone() -> None:
    assert understood("Which papers published in 2025 build on GRPO?").sought == "Which papers are about GRPO?"
    assert understood("What did GRPO gain in 2025?").sought == "What did GRPO gain in 2025?"


@given(st.text(max_size=300))
def test_any_text_is_understood(text: str) -> None:
    question = analyse(text, today=TODAY)
    asked = " ".join(text.split())
    assert question.wants
    assert question.text == wishes.wanted(courtesy.stripped(asked))
    words = iter(re.findall(r"\w+", asked.casefold()))
    assert all(word in words for word in re.findall(r"\w+", question.text.casefold())), "a part of it, in its order"
    assert any(map(str.isalnum, question.text)) == any(map(str.isalnum, text))
