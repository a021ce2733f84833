"""A paper read sentence by sentence: the words, numbers, names and turns of phrase that evidence is judged by.

Everything here is a property of the paper alone, so that it is worked out once however many questions are asked.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from assistant.language import terms
from ingest.chunking import sentences
from ingest.papers import Paper


def _cue(*patterns: str) -> re.Pattern[str]:
    """Any of the patterns, for a text in lower case: to ignore the case takes three times as long."""
    return re.compile(r"\b(?:" + "|".join(patterns) + r")\b")


_CUES = {
    "proposal": _cue(
        r"(?:we|this (?:paper|work|study|article|survey)|our (?:work|paper))(?: \w+){0,3}? (?:propose|introduce|"
        r"present|develop|"
        r"describe|design|devise|study|investigate|examine|explore|provide|offer|formulate|contribute|explain|release|"
        r"construct|build|derive|prove|revisit|review|show|demonstrate|argue|suggest|identify|analy[sz]e|establish)s?",
        r"called|named|dubbed|termed|coined|is proposed|are proposed|is introduced|novel|our (?:key|main|core) "
        r"(?:idea|insight)",
    ),
    "result": _cue(
        r"outperform\w*|surpass\w*|improv\w+|achiev\w+|attain\w*|exceed\w*|reduc\w+|gains?|state-of-the-art|sota|"
        r"results?|experiments?|evaluat\w+|empirical\w*|demonstrat\w+|benchmarks?|show(?:s|n|ed)? that|we (?:find|"
        r"found|show|observe)"
    ),
    "background": _cue(
        r"however|despite|although|while|remains?|challeng\w+|existing|previous|prior|traditional\w*|conventional|"
        r"current(?:ly)?|"
        r"recent(?:ly)?|emerged|widely|struggl\w+|suffer\w*|limit\w+|often|typically|problem|fails?|lack\w*"
    ),
    "mechanism": _cue(
        r"by \w+ing|by (?:means|the)|via|through|using|uses?|leverag\w+|employ\w*|based on|first\w*|then|finally|"
        r"stages?|"
        r"steps?|consists?|comprises?|each|combin\w+|integrat\w+|incorporat\w+|specifically|in particular|which|"
        r"where|treat\w*|"
        r"learns?|trains?|select\w*|assign\w*|comput\w+|estimat\w+|guid\w+"
    ),
    "reason": _cue(
        r"because|due to|since|owing to|as a result|caus\w+|lead(?:s|ing)? to|led to|therefore|thus|hence|stem\w* "
        r"from|arises?|"
        r"attribut\w+|results? (?:in|from)|reason\w*|so that|in order to|to (?:avoid|prevent|overcome|address|"
        r"mitigate)|explain\w*|"
        r"insufficient|lack|sparsity|bias\w*|indicat\w+|suggest\w*|reveal\w*"
    ),
    "finding": _cue(
        r"we (?:\w+ )?(?:show|find|found|observe|discover|prove|reveal|demonstrate|conclude|identify)|(?:results?|"
        r"experiments?|analys[ie]s|"
        r"findings?|evaluations?|studies) (?:\w+ )?(?:show|reveal|suggest|indicate|demonstrate|confirm)s?|reveals? "
        r"that|it turns out|"
        r"surprisingly|interestingly|notably|correlat\w+|not always|does not|do not|doesn't|even"
    ),
    "enumeration": re.compile(
        r"\((?:1|i|a)\)|(?<![\w.])1\)|\b(?:first|second|third|finally|next|lastly|firstly|secondly|one|another|"
        r"other)\b|: \w+[^:;]*[,;][^:;]* and "
    ),
    "value": _cue(
        r"(?:achiev|reach|attain|obtain|scor|yield|improv|increas|reduc|boost|surpass|outperform|exceed|gain|cut|"
        r"lower|rais|elevat)\w*"
        r"(?:\W+[\w@/.-]+){0,12}?\W+[~+−-]?\d[\d,.]*\s?[%×xkmb]?|from \S*\d\S* to \S*\d\S*|by (?:up to |about |over |"
        r"~)?\S*\d\S*|"
        r"(?:contain|compris|consist|span|cover|includ|collect|compil)\w*(?:\W+[\w-]+){0,8}?\W+[\d,.]*\d\w?"
    ),
    "contrast": _cue(
        r"unlike|in contrast|rather than|instead(?: of)?|departing|whereas|compared|contrary|while|as opposed to|"
        r"differ\w*|without"
    ),
}
#: A sentence that spells out the one before: "In the first stage, …", "Specifically, …".
_ELABORATION = re.compile(
    r"^(?:specifically|in particular|concretely|in detail|namely|first(?:ly)?|second(?:ly)?|third(?:ly)?|next|then|"
    r"finally|lastly|"
    r"the (?:first|second|third|key|core|main)|in the (?:first|second|third|final)|(?:our|the|its) (?:key|main|core)|"
    r"by \w+ing|"
    r"it|this|these|they|to (?:this end|achieve this|do so|do this)|at (?:its|the) (?:core|heart)|here|during|that "
    r"is|for (?:this|each)|"
    r"building on|based on (?:this|these)|inspired by|i\.e|on the one hand|moreover|furthermore|additionally|in "
    r"addition|also)\b",
    re.IGNORECASE,
)
#: A sentence that is one of a series: "First, …", "In the second stage, …", "Finally, we present …".
_STEP = re.compile(
    r"^(?:in particular, (?:we )?first|first(?:ly)?|second(?:ly)?|third(?:ly)?|fourth|next|then|finally|lastly|"
    r"subsequently|"
    r"(?:in|at|during) the (?:first|second|third|final|last|next)|the (?:first|second|third|other|latter)|another|"
    r"\(?(?:i{1,3}|\d)\))(?=\W)",
    re.IGNORECASE,
)
#: A sentence that takes leave: what the work means, where its code is, what the authors hope.
_CLOSING = re.compile(
    r"^(?:(?:overall|together|ultimately|in summary|in conclusion|finally|moreover|to support[^,]*|with [^,]*),? )*"
    r"(?:our (?:work|stud(?:y|ies)|findings?|results?|research|code|source|data|insights?)|these (?:findings?|"
    r"results?|insights?)|"
    r"this (?:work|study|research) (?:\w+ )?(?:highlight|pave|open|establish|underscore|offer|provide|contribute|"
    r"lay)s?|"
    r"we (?:\w+ )?(?:hope|release|believe|open-source|make|publish)|(?:the )?(?:code|source|data|project|"
    r"model)s?\b.{0,40}\b(?:available|released|at|page))",
    re.IGNORECASE,
)
#: A sentence that reports a trial rather than what was done.
_TRIAL = re.compile(
    r"^(?:(?:our|extensive|comprehensive|empirical|experimental|the|through|in|across|further|we|notably|finally|"
    r"moreover)[ ,]+)*"
    r"(?:experiments?|evaluations?|empirical\w*|results?|evaluate|validate|demonstrate|experimental\w*|benchmark\w*|"
    r"compare)\b",
    re.IGNORECASE,
)
#: A name as it is introduced: "we propose GAIN-RL, a …", "Warm-start RL (WSRL)".
_INTRODUCED = re.compile(
    r"\b(?:propose|introduce|present|call(?:ed)?|named?|dubbed|termed|develop)\s+(?:it\s+|this\s+\w+\s+|the\s+)?"
    r"([\w*+@-]+(?:\s[A-Z][\w*+-]*)?)(?=[\s,.;:(])|\(([A-Z][\w*+-]{1,14})\)"
)
#: A sentence that leans on the one before it.
BACKWARD = re.compile(
    r"^(?:it|its|this|these|that|those|they|their|such|both|he|she|here|the (?:former|latter|method|approach|model|"
    r"framework|"
    r"resulting|proposed|algorithm|system|two|three)|our (?:method|approach|model|framework|algorithm|system|"
    r"technique)|"
    r"(?:in|to|by|for|with|under|from|on|through) (?:this|these|that|such|doing so)|(?:this|these) \w+)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence: ``paper.abstract[start:end]``, its stems in order, and what else can be seen in it."""

    ordinal: int
    start: int
    end: int
    text: str
    folded: str
    words: tuple[str, ...]
    stems: tuple[str, ...]
    vocabulary: frozenset[str]
    numbers: tuple[int, ...]
    percent: bool
    url: bool
    cues: frozenset[str]
    backward: bool
    elaborates: bool
    trial: bool
    closing: bool
    step: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """A paper's sentences; ``frequency`` counts in how many of them a stem stands, ``names`` are squeezed names."""

    paper: Paper
    sentences: tuple[Sentence, ...]
    frequency: Counter[str]
    title: frozenset[str]
    title_stems: tuple[str, ...]
    names: frozenset[str]
    short_name: str

    @property
    def vocabulary(self) -> frozenset[str]:
        """Stems of title and abstract."""
        return self.title.union(self.frequency)


#: Papers of which it is kept what was read.
KEPT = 2048


@lru_cache(maxsize=KEPT)
def read(paper: Paper) -> Reading:
    """The paper read; cached, since questions come back to the same papers."""
    content = [t for t in terms.tokens(paper.abstract) if t.content]
    places = [t.start for t in content]
    found = []
    for ordinal, (start, end) in enumerate(sentences(paper.abstract)):
        inside = content[bisect_left(places, start) : bisect_left(places, end)]
        found.append(_sentence(paper.abstract, ordinal, (start, end), inside))
    frequency = Counter(stem for sentence in found for stem in sentence.vocabulary)
    title_stems = tuple(t.stem for t in terms.tokens(paper.title) if t.content)
    return Reading(paper, tuple(found), frequency, frozenset(title_stems), title_stems, names(paper), short_name(paper))


def _sentence(abstract: str, ordinal: int, span: tuple[int, int], content: Sequence[terms.Token]) -> Sentence:
    start, end = span
    text = abstract[start:end]
    folded = text.casefold()
    # Papers share most of their words: each is kept once.
    stems = tuple(sys.intern(t.stem) for t in content)
    starts = [t.start - start for t in content]
    url = "/" in text and bool(terms.URL.search(text))
    without_links = terms.URL.sub(lambda m: " " * len(m.group()), text) if url else text
    numbers = sorted({bisect_left(starts, a) for a, _ in terms.numbers(without_links)})
    return Sentence(
        ordinal=ordinal,
        start=start,
        end=end,
        text=text,
        folded=folded,
        words=tuple(sys.intern(t.text.lower()) for t in content),
        stems=stems,
        vocabulary=frozenset(stems),
        numbers=tuple(numbers),
        percent=bool(re.search(r"\d\s?%|percent", text)),
        url=url,
        cues=frozenset(name for name, pattern in _CUES.items() if pattern.search(folded)),
        backward=bool(BACKWARD.match(text)),
        elaborates=bool(_ELABORATION.match(text)),
        trial=bool(_TRIAL.match(text)),
        closing=bool(_CLOSING.match(text)),
        step=bool(_STEP.match(text)),
    )


@lru_cache(maxsize=KEPT)
def names(paper: Paper) -> frozenset[str]:
    """The names that a paper uses, squeezed; a tenth of the work of reading it."""
    text = f"{paper.title}. {paper.abstract}"
    found = terms.spelled_names(text) + terms.capitalised_names(text)
    before_colon = paper.title.partition(":")[0] if ":" in paper.title else ""
    return frozenset(terms.squeezed(name) for name in [*found, before_colon] if name)


def short_name(paper: Paper) -> str:
    """What the paper calls its own thing: the title before its colon, or the name it introduces; empty if none."""
    before, colon, _ = paper.title.partition(":")
    if colon and len(before.split()) <= 3:
        return before.strip()
    best, most = "", 1
    for match in _INTRODUCED.finditer(paper.abstract):
        name = next(filter(None, match.groups())).strip(" ,.;:")
        if not terms.proper_names(name):
            continue
        # Its own name comes up again and again; an abbreviation spelled out in passing doesn't.
        uses = paper.abstract.count(name) + 2 * (name in paper.title) + (match.group(1) is not None)
        if uses > most:
            best, most = name, uses
    return best
