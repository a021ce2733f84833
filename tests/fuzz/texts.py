"""Texts to fuzz with: pieces that the parsers look for, put together in any order, among any characters."""

from __future__ import annotations

from hypothesis import strategies as st

PROSE = "We show that glowworms keep time in the dark, and that clocks which copy them lose a minute a year at most. "
LINES = [
    "Subscribe", "SubscribeA Title That Was Glued", "Daily Papers", "Dec 8", "Dec 8, 2025", "Feb 29", "Feb 31, 2024",
    "Oct 24 1 2", "·", "• 4 authors", "4 authors", "· Nov 16, 2020", "organisation Of Moles", "Get trending papers",
    "A Title", "a title in small letters", "Title: With Colon", PROSE, PROSE * 3, PROSE * 30, "", "   ", "\t",
    "Code is available at https://github.com/example/x.", "#", "*" * 50, "0", "\u2028", "\ufeff",
    '{"title": "A", "abstract": "b"}', "[", "{", '{"a": [', "title,abstract", '"x","y', "@article{a, title = {A},",
    "abstract = {B}}", "<html>", '<h3><a href="/papers/2502.08946">T</a></h3>', "<p>", "</p>", "PAR1", "\x1f\x8b",
]  # fmt: skip
MARKS = [
    "[1]", "[2]", "[3]", "[0]", "[99]", "[1, 2]", "[1-2]", "[1–9]", "[1", "1]", "[[1]]", "【1†L3】", "[source 1]",
    "[1][2][1]", "![x](https://evil.example/?q=", "](", ")", "https://evil.example", "www.evil.example",
    "https://github.com/example/glowsync", "<img src=", "<a href='https://evil.example'>", "</a>", "<!--", "-->",
    "GlowSync gains 15.6% over clocks on LampBench", "MossNet reads cores of moss", ". ", ", ", "\n\n", "\n- ", "# ",
    "The abstracts don't say.", "`", "**", "$", "\\", '"', "“", "[a]: https://evil.example", "|",
]  # fmt: skip
QUERY = [
    "AND",
    "OR",
    "NOT",
    "+",
    "-",
    "*",
    "?",
    "~2",
    "^9",
    ":",
    "title:",
    "[a TO b]",
    "{",
    "}",
    '"',
    "\\",
    "/a.*/",
    "(",
]


def texts(pieces: list[str], between: str) -> st.SearchStrategy[str]:
    some = st.one_of(st.sampled_from(pieces), st.text(max_size=40), st.text(alphabet="ab1[]().,·\n ", max_size=30))
    return st.lists(some, max_size=25).map(between.join)


TEXTS = {
    "pages": texts(LINES, "\n"),
    "dated": texts(LINES, "\n\n"),
    "files": texts(LINES, "\n"),
    "marks": texts(MARKS, ""),
    "citations": texts(MARKS, " "),
    "query": texts([*QUERY, "glowworms", "MossNet"], " "),
}
