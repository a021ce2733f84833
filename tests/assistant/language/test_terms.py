"""Numbers and names as questions and abstracts write them."""

from __future__ import annotations

import pytest

from assistant.language import terms


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("reducing 24pp to 7pp", ["24pp", "7pp"]),
        ("in 30ms at 60 fps with 12GB", ["30ms", "60", "12GB"]),
        ("16kHz, 4B, 3x, 88.5%", ["16kHz", "4B", "3x", "88.5%"]),
        ("3D scenes of GPT-4o and R1", []),
    ],
)
def test_a_number_may_have_its_unit_attached(text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in terms.numbers(text)] == found


@pytest.mark.parametrize(
    ("written", "typed"), [("μKE", "muKE"), ("π0.5", "pi0.5"), ("τ-bench", "tau-bench"), ("Ω-QVLA", "Omega-QVLA")]
)
def test_greek_letters_of_a_name_may_be_spelled_out(written: str, typed: str) -> None:
    assert terms.squeezed(written) == terms.squeezed(typed)
