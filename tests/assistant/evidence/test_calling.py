"""Names in questions: spelled with a possessive, joined to other words, or abbreviated where the paper spells out."""

from __future__ import annotations

import pytest

from assistant.evidence import calling
from assistant.language import terms

TEXT = (
    "We present AraS2P for automatic speech recognition. ROME leaves traces in modified weights. The SAHSD corpus has "
    "an F1 of 0.8. Players enjoy every game, and 24 of them won."
)


@pytest.mark.parametrize("name", ["AraS2P", "ASR-recognition", "ROME-modified", "SAHSD F1", "ASR"])
def test_a_name_is_mentioned_whole_in_parts_or_spelled_out(name: str) -> None:
    assert calling.mentioned(name, TEXT)


@pytest.mark.parametrize("name", ["Game of 24", "AraS3P", "SAHSD AUC", "ASL", "MEMIT-modified"])
def test_a_name_is_not_made_up_of_words_that_stand_elsewhere(name: str) -> None:
    assert not calling.mentioned(name, TEXT)


@pytest.mark.parametrize("question", ["What are AraS2P's stages?", "What are AraS2P’s stages?"])
def test_a_name_is_read_without_its_possessive(question: str) -> None:
    assert terms.proper_names(question) == ["AraS2P"]
