"""TeX residue becomes readable Unicode; prose, prices, code and links stay as they are."""

from __future__ import annotations

import re
import string
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.abstracts import links, readable
from ingest.pages import bundled, read_page


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        (r"accuracy by 3.2\% to 6.1\%", "accuracy by 3.2% to 6.1%"),
        ("Large Language Models~(LLMs)", "Large Language Models (LLMs)"),
        ("works ``backwards'' here", "works “backwards” here"),
        ('term ``RTG Independence". BR', "term “RTG Independence”. BR"),
        ("a better `stability' and `plasticity'", "a better ‘stability’ and ‘plasticity’"),
        ("the ''un-learning\" of skills", "the “un-learning” of skills"),
        (r"tokens\textemdash discrete units", "tokens—discrete units"),
        (r"H$^{\mathbf{3}}$DP: Policy", "H³DP: Policy"),
        (r"Policy~(H^{\mathbf{3}DP}), a", "Policy (H³DP), a"),
        ("that H^{3}DP yields", "that H³DP yields"),
        (r"T\"ULU 3", "TÜLU 3"),
        (r'call "\`a-la-carte learning"', 'call "à-la-carte learning"'),
        (r"vis-\`a-vis", "vis-à-vis"),
        ("being 2times smaller, 10times-1000times", "being 2× smaller, 10×-1000×"),
        ("up to 2--5times gains", "up to 2–5× gains"),
        ("66.3 %rightarrow73.4 %", "66.3 %→73.4 %"),
        ("pre-training rightarrow adaptation", "pre-training → adaptation"),
        ("(leq100 examples)", "(≤100 examples)"),
        ("AD^varepsilon, a", "AD^ε, a"),
        (r"metric, {\Delta}knowledge", "metric, Δknowledge"),
        ("7T T_{2}^*-weighted and T_2-weighted", "7T T₂*-weighted and T₂-weighted"),
        ("MATH, HumanEval^{+}, and", "MATH, HumanEval⁺, and"),
        ("R^3 and c^* and g/cm^3", "R³ and c* and g/cm³"),
        (r"values of k (\eg, k=1), \etc. However", "values of k (e.g., k=1), etc. However"),
        (r"Knights \& Knaves (K\&K)", "Knights & Knaves (K&K)"),
        ("future researchhttps://github.com/a/b.", "future research https://github.com/a/b."),
        ("the models.We show (DRL).These", "the models. We show (DRL). These"),
        ("frontier -- a path", "frontier – a path"),
        ("to--or below---R1", "to–or below—R1"),
        (r"Erd\H{o}s, Fran\c cois, na\"{\i}ve, \v{S}, Garc\'ia", "Erdős, François, naïve, Š, García"),
        (r"S\o rensen, \O, stra\ss e, \L ojasiewicz", "Sørensen, Ø, straße, Łojasiewicz"),
        (r"$O(n\log n)$ steps, $x^{n+1}$, $\frac{a}{2b}$", "O(n log n) steps, xⁿ⁺¹, a/(2b)"),
        (r"$\ell_1$, $\mathbb{R}^d$, $\mathbb R$, \(y_2\)", "ℓ₁, ℝ^d, ℝ, y₂"),
        (r"$\sim$70\%, $\pm$3, 90$^\circ$C, 36.0pm0.5", "~70%, ±3, 90°C, 36.0±0.5"),
        (r"\textbf{Bold} and \emph{so {\it on}}", "Bold and so on"),
        ("mathcal{O}(n) and textbf{bold}", "O(n) and bold"),
        (r"\url{https://a.example/c\_d}", "https://a.example/c_d"),
        (r"\href{https://a.example/~x}{here}", "here (https://a.example/~x)"),
        (r"see \cite{smith20}", "see [smith20]"),
        ("Q&amp;A &lt; 3", "Q&A < 3"),
        ("zero\u200bwidth soft\u00adhyphen\ufeff", "zerowidth softhyphen"),
        ("two\n lines\tand   spaces ", "two lines and spaces"),
        ("e\u0301", "é"),
        ("a lone \ud800 half", "a lone \ufffd half"),
    ],
)  # fmt: skip
def test_residue_becomes_readable(raw: str, clean: str) -> None:
    assert readable(raw) == clean
    assert readable(clean) == clean


@pytest.mark.parametrize(
    "prose",
    [
        "between $5 and $10 a month, or $0.08/h against $0.10/h",
        "improves by 36.0% (1.5x, 2x2) over 100% of runs; 50 % are left",
        "set my_var_name, __init__ and x_train in config_file.py",
        'the label c in {True, False} or {"a": 1} or {[REASON]}',
        "write to first_last@some_host.org or see https://a.example/~user/x_y^z?q=1#top",
        "run it with --flag=3 and -v",
        "10 times more often, at 3pm 5 people, sometimes",
        "about ~70% and ~1,000, 5 ~ 6, 5~10",
        "ReST^EM, n_2x, C:\\Users\\foo",
        "call `foo_bar` twice; it's John's and the dogs' turn; rock 'n' roll",
        "a sim-to-real gap, approx 3, the leading edge",
        "torch.Tensor and Node.js, e.g. v1.2.The-end",
        "中文摘要。没有任何残留。",
        "naïve Größe – “quoted” — …",
    ],
)
def test_prose_stays_as_it_is(prose: str) -> None:
    assert readable(prose) == prose


def test_links_are_found_once_without_what_surrounds_them() -> None:
    text = (
        r"(see https://a.example/x). Code:https://a.example/x, researchhttps://b.example/y_z/; \url{https://c.example/d\_e}"
        " https://d.example/wiki/F_(g). www.e.example, “https://f.example/~u”."
    )
    assert links(text) == (
        "https://a.example/x",
        "https://b.example/y_z/",
        "https://c.example/d_e",
        "https://d.example/wiki/F_(g)",
        "www.e.example",
        "https://f.example/~u",
    )


def test_no_residue_is_left_on_the_bundled_pages() -> None:
    for path in bundled():
        for paper in read_page(path).papers:
            text = f"{paper.title} {paper.abstract}"
            assert not any(mark in text for mark in ("\\", "``", "''", "$", "  ", "rightarrow", "~("))
            assert not re.search(r"\dtimes|[a-z]https?:", text)
            assert readable(paper.abstract) == paper.abstract
            assert all(link in paper.abstract for link in paper.links)


plain = st.text(
    st.characters(categories=["L", "N", "Zs"], max_codepoint=0x2FF) | st.sampled_from(",;:()!?%@#&*+=/<>\"'")
)


@settings(max_examples=400, deadline=None)
@given(st.text(st.sampled_from(string.printable + "éß×中“”") | st.characters()))
def test_any_text_gives_one_line_without_raising(text: str) -> None:
    clean = readable(text)
    assert "\n" not in clean
    assert clean == clean.strip()
    clean.encode("utf-8")
    links(text)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from([*"\\{}$^_~`'-%ab1 \"(),.", "\\alpha", "\\frac{a}{b}", "\\textbf", "\\'", "\\href"])))
def test_any_tex_keeps_its_digits(pieces: list[str]) -> None:
    text = "".join(pieces)
    folded = readable(text).translate(str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉", "01234567890123456789"))
    assert folded.count("1") == text.count("1")


@settings(max_examples=300, deadline=None)
@given(plain.filter(lambda text: not any(lost in text for lost in ("times", "pm", "http", "www.", "arrow", "&"))))
def test_text_without_tex_loses_and_gains_nothing(text: str) -> None:
    import unicodedata

    # A soft hyphen is a format character, no letter, so that it is not among these.
    assert readable(text) == " ".join(unicodedata.normalize("NFC", text).split())


@pytest.mark.parametrize(
    "hostile",
    [
        *("{" * 50_000, "\\(" * 50_000, "$" * 50_000, "$a " * 30_000, "``" * 30_000, "`a" * 30_000),
        *("https://" * 10_000, "\\frac" * 20_000, "1times" * 20_000, "a~" * 40_000, "( " * 40_000, "“" * 40_000),
        *("a--" * 30_000, "^{" * 30_000 + "}" * 30_000, "''a " * 20_000, "a@" * 30_000),
    ],
    ids=lambda text: text[:8],
)  # fmt: skip
def test_hostile_text_takes_no_more_than_linear_time(hostile: str) -> None:
    began = time.process_time()
    readable(hostile)
    links(hostile)
    assert time.process_time() - began < 3
