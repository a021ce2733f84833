"""Sentences about the bundled papers, true ones and ones spoilt on purpose, for measuring the verifier.

Everything is drawn from the abstracts by rules with a seed of its own for each paper, so that two runs see the same
sentences. True kinds: a sentence as it stands, and the light rewordings that a writer makes. Spoilt kinds: each
changes one thing that makes the sentence false of the paper it cites.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from assistant.language.terms import spelled_names
from ingest.chunking import sentences
from ingest.papers import Paper

SYNONYMS = {
    "propose": "present", "proposes": "presents", "introduce": "present", "show": "demonstrate",
    "shows": "reveals", "demonstrate": "show", "demonstrates": "shows", "achieves": "reaches", "achieve": "reach",
    "significantly": "markedly", "novel": "new", "approach": "method", "method": "approach",
    "framework": "system", "utilize": "use", "leverage": "use", "leverages": "uses", "leveraging": "using",
    "improves": "enhances", "improve": "enhance", "existing": "current", "previous": "earlier",
    "outperforms": "surpasses", "outperform": "surpass", "across": "over", "various": "several",
    "comprehensive": "thorough", "crucial": "essential", "enable": "allow", "enables": "allows", "large": "big",
    "challenging": "difficult", "often": "frequently", "obtain": "get", "tackle": "address",
    "investigate": "study", "however": "yet", "remains": "is still", "develop": "build", "typically": "usually",
    "due to": "because of",
}  # fmt: skip
OPENERS = (
    (r"^In this (?:paper|work|study), we ", "The authors "),
    (r"^In this (?:paper|work|study), ", ""),
    (r"^We (\w+)", r"The authors \1"),
    (r"^Our (\w+)", r"Their \1"),
    (r"^To (?:address|tackle) (?:this|these) [\w -]{3,30}, we ", "Therefore the authors "),
    (r"^(?:Moreover|Furthermore|Additionally|However|Specifically|Notably|In addition|Besides),? ", ""),
    (r"^(?:Extensive e|E)xperiments( on [\w ,-]+)? (?:show|demonstrate)s? that ", r"It is shown\1 that "),
    (r"^(?:Experimental r|R)esults( on [\w ,-]+)? (?:show|demonstrate)s? that ", r"It is shown\1 that "),
)
#: An adverb under a negation can't be dropped: "not merely", "did not reliably improve".
ADVERB = re.compile(
    r"(?<!not )(?<!n't )(?<!neither )(?<!without )(?<!cannot )(?<!never )(?<!fails )"
    r"\b(?!only|early|family|daily|reply|apply|rely|supply|likely|friendly|anomaly|assembly|poly)[a-z]{4,}ly\b[ ,]*"
)
INVENTED = (
    "The system was deployed in several hospitals, where nurses preferred it to their former software.",
    "The authors collected the recordings in rural schools and paid each pupil for taking part.",
    "A survey among farmers found that most of them would buy the device again.",
    "The code was written in an old dialect and runs on a cluster of game consoles.",
    "Several users complained about the colour of the buttons and the noise of the fan.",
    "The training corpus consists of court rulings and parliamentary speeches from the nineteenth century.",
    "The model predicts earthquakes from satellite images of coastlines.",
    "According to the paper the electricity came from a nearby wind farm.",
    "The learning rate was warmed up and then decayed with a cosine schedule.",
    "The authors rent their accelerators from a cloud provider and report the carbon footprint of each run.",
    "All annotators were paid above the minimum wage and could withdraw at any time.",
    "The reviewers criticised the small number of participants in the user study.",
)  # fmt: skip
TAILS = (
    ", and it was tested with patients in three hospitals",
    ", which the authors attribute to cheaper electricity",
    ", while some users complained about the delay",
    ", and the code was written in an old dialect for game consoles",
    ", and the learning rate follows a cosine schedule with warm-up",
    ", which reviewers at the conference doubted",
)
ANTONYMS = (
    ("improves", "worsens"), ("improve", "worsen"), ("improving", "worsening"), ("outperforms", "falls behind"),
    ("outperform", "fall behind"), ("outperforming", "falling behind"), ("reduces", "increases"),
    ("reduce", "increase"), ("reducing", "increasing"), ("increases", "reduces"), ("increase", "decrease"),
    ("higher", "lower"), ("lower", "higher"), ("better", "worse"), ("superior", "inferior"), ("faster", "slower"),
    ("fewer", "more"), ("enhances", "degrades"), ("enhancing", "degrading"), ("enhance", "degrade"),
    ("exceeds", "trails"), ("surpasses", "trails"), ("surpassing", "trailing"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence that cites ``paper``. ``faithful`` is what a fair judge would say; ``home`` is where it came from."""

    kind: str
    sentence: str
    paper: Paper
    home: Paper
    faithful: bool


Maker = Callable[[str, Paper, "Pool", random.Random], str | None]


class Pool:
    """The whole corpus, from which wrong names, numbers and papers are drawn."""

    def __init__(self, papers: Sequence[Paper]) -> None:
        self.papers = list(papers)
        self.names = sorted({name for paper in papers for name in spelled_names(paper.abstract) if len(name) > 3})

    def foreign_name(self, paper: Paper, rng: random.Random) -> str:
        text = (paper.abstract + paper.title).casefold()
        while True:
            name = rng.choice(self.names)
            if name.casefold() not in text:
                return name

    def other(self, paper: Paper, rng: random.Random) -> Paper:
        while True:
            other = rng.choice(self.papers)
            if other.id != paper.id:
                return other


def _verbatim(sentence: str, paper: Paper, pool: Pool, rng: random.Random) -> str | None:
    return sentence


def _without_adverbs(sentence: str, paper: Paper, pool: Pool, rng: random.Random) -> str | None:
    changed = ADVERB.sub("", sentence)
    return changed[:1].upper() + changed[1:] if changed != sentence else None


def _other_opener(sentence: str, paper: Paper, pool: Pool, rng: random.Random) -> str | None:
    for pattern, to in OPENERS:
        changed, n = re.subn(pattern, to, sentence)
        if n:
            return changed[:1].upper() + changed[1:]
    return None


def _synonyms(sentence: str, paper: Paper, pool: Pool, rng: random.Random) -> str | None:
    present = [w for w in SYNONYMS if re.search(rf"\b{w}\b", sentence)]
    for word in rng.sample(present, min(3, len(present))):
        sentence = re.sub(rf"\b{word}\b", SYNONYMS[word], sentence)
    return sentence if present else None


def _joined(sentence: str, paper: Paper, pool: Pool, rng: random.Random) -> str | None:
    texts = [paper.abstract[a:b] for a, b in sentences(paper.abstract)]
    at = texts.index(sentence) if sentence in texts else len(texts)
    if at + 1 >= len(texts) or len(sentence) + len(texts[at + 1]) > 420:
        return None
    following = texts[at + 1]
    opens_with_name = spelled_names(following.split()[0]) or following.split()[0][:-1].isupper()
    return sentence.rstrip(".") + ", and " + (following if opens_with_name else following[0].lower() + following[1:])


def _first_clause(sentence: str, paper: Paper, pool: Pool, rng: random.Random) -> str | None:
    found = re.search(
        r"(?:, (?:which|while|where|enabling|allowing|achieving|leading|resulting|demonstrating)\b|;)", sentence
    )
    return sentence[: found.start()] + "." if found and found.start() > 50 else None


def _number_format(sentence: str, paper: Paper, pool: Pool, rng: random.Random) -> str | None:
    changed = re.sub(r"(\d)%", r"\1 percent", sentence)
    changed = re.sub(r"\b(\d{1,3}),(\d{3})\b", r"\1\2", changed)
    words = {"2": "two", "3": "three", "4": "four", "5": "five", "6": "six", "8": "eight", "10": "ten"}
    changed = re.sub(r"(?<![\w.,/-])(10|[234568])(?= [a-z])", lambda m: words[m[1]], changed)
    return changed if changed != sentence else None


_FREE_NUMBER = re.compile(r"(?<![\w.,$@/^-])\d+(?:,\d{3})*(?:\.\d+)?(?=[\s%x×KMB.,;:)-])(?!\.\d)(?!-[A-Z])")


def _number_swapped(sentence: str, paper: Paper, pool: Pool, rng: random.Random) -> str | None:
    found = list(_FREE_NUMBER.finditer(sentence))
    if not found:
        return None
    match = rng.choice(found)
    old = match.group()
    for _ in range(50):
        new = _another_number(old, rng)
        if new not in paper.abstract + paper.title:
            return sentence[: match.start()] + new + sentence[match.end() :]
    return None


def _another_number(old: str, rng: random.Random) -> str:
    digits = [at for at, c in enumerate(old) if c.isdigit()]
    at = rng.choice(digits)
    first = at == digits[0]
    new = rng.choice([d for d in ("123456789" if first else "0123456789") if d != old[at]])
    return old[:at] + new + old[at + 1 :]


def _numbers_exchanged(sentence: str, paper: Paper, pool: Pool, rng: random.Random) -> str | None:
    found = list(_FREE_NUMBER.finditer(sentence))
    for first in found:
        for second in found:
            if second.start() > first.end() and first.group() != second.group() and second.start() - first.end() > 3:
                middle = sentence[first.end() : second.start()]
                return sentence[: first.start()] + second.group() + middle + first.group() + sentence[second.end() :]
    return None


def _method_swapped(sentence: str, paper: Paper, pool: Pool, rng: random.Random) -> str | None:
    names = [n for n in spelled_names(sentence) if len(n) > 3]
    return sentence.replace(rng.choice(names), pool.foreign_name(paper, rng)) if names else None


def _negated(sentence: str, paper: Paper, pool: Pool, rng: random.Random) -> str | None:
    if re.search(r"\b(?:not|no|without|cannot|fails?|lacks?|rather|un\w+)\b", sentence):
        changed, n = re.subn(r"\b(do|does|did|is|are|can|could|has|have|will) not\b", r"\1", sentence, count=1)
        return changed if n else None
    changed, n = re.subn(r"\b(is|are|can|could|has|have|will)\b(?! not)", r"\1 not", sentence, count=1)
    if n:
        return changed
    verbs = r"(improve|achieve|outperform|reduce|enhance|enable|require|provide|exceed|surpas)(?:e?s)\b"
    changed, n = re.subn(rf"\b{verbs}", lambda m: f"does not {m[1]}", sentence, count=1)
    return changed if n else None


def _antonym(sentence: str, paper: Paper, pool: Pool, rng: random.Random) -> str | None:
    for word, opposite in ANTONYMS:
        if re.search(rf"\b{word}\b", sentence) and not re.search(rf"\b{opposite}\b", paper.abstract):
            return re.sub(rf"\b{word}\b", opposite, sentence, count=1)
    return None


def _invented(sentence: str, paper: Paper, pool: Pool, rng: random.Random) -> str | None:
    return rng.choice(INVENTED)


def _invented_tail(sentence: str, paper: Paper, pool: Pool, rng: random.Random) -> str | None:
    return sentence.rstrip(".") + rng.choice(TAILS) + "."


FAITHFUL: dict[str, Maker] = {
    "verbatim": _verbatim,
    "adverbs dropped": _without_adverbs,
    "other opener": _other_opener,
    "synonyms": _synonyms,
    "sentences joined": _joined,
    "first clause": _first_clause,
    "number reformatted": _number_format,
}
SPOILT: dict[str, Maker] = {
    "number swapped": _number_swapped,
    "numbers exchanged": _numbers_exchanged,
    "method swapped": _method_swapped,
    "negated": _negated,
    "antonym": _antonym,
    "invented": _invented,
    "invented tail": _invented_tail,
}


def cases(papers: Sequence[Paper], corpus: Sequence[Paper], per_paper: int = 2) -> Iterator[Case]:
    """Cases of every kind from ``papers``, at most ``per_paper`` of a kind and paper.

    Wrong names and wrong papers come from ``corpus``.
    """
    pool = Pool(corpus)
    for paper in papers:
        rng = random.Random(paper.id)
        texts = [paper.abstract[a:b] for a, b in sentences(paper.abstract)]
        texts = [t for t in texts if len(t.split()) >= 8]
        rng.shuffle(texts)
        for faithful, makers in ((True, FAITHFUL), (False, SPOILT)):
            for kind, make in makers.items():
                made = 0
                for text in texts:
                    changed = make(text, paper, pool, rng)
                    if changed and made < per_paper:
                        made += 1
                        yield Case(kind, changed, paper, paper, faithful)
        for text in texts[:per_paper]:
            yield Case("citation swapped", text, pool.other(paper, rng), paper, False)
