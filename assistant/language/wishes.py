"""What a question about many papers wishes for, without the words that only ask for it.

"Which papers build on GRPO?", "list the works that propose variants of GRPO" and "recommend papers about GRPO: analyses
of it, training with it" wish for the same papers; but "build", "variants" and "training" stand in hundreds of abstracts
that have nothing to do with GRPO, and a search by them would find those. English only.
"""

from __future__ import annotations

import re

#: "Recommend papers on …" has nothing to do with recommendation.
_WISH = re.compile(
    r"^\W*(?:please\s+)?(?:(?:can|could|would|will)\s+you\s+(?:please\s+)?)?"
    r"(?:recommend|suggest)\s+(?:(?:to\s+)?me\s+)?(?=\w)",
    re.IGNORECASE,
)
_PAPERS = r"(?:papers|works|studies|articles|publications|preprints|methods|approaches)"
#: What papers do with any subject; what they do with some only, such as "evaluate" and "improve", says what is sought.
_DO = "|".join(
    (
        r"(?:(?:buil(?:d|ds|ding|t)|expand(?:s|ing)?|focus(?:es|ing)?|rel(?:y|ies|ying)|report(?:s|ing)?|work(?:s|ing)?|"
        r"touch(?:es|ing)?|cent(?:er|re)(?:s|ing)?|concentrat(?:es?|ing)|draw(?:s|ing)?) (?:up)?on)",
        r"(?:(?:are|is) (?:\w+ly )?)?(?:(?:based|built|focus+ed|cent(?:er|re)d) (?:up)?on|(?:devoted|dedicated) to)",
        r"(?:(?:are|is) (?:\w+ly )?)?concerned with|(?:deal(?:s|ing)?|cop(?:es?|ing)|work(?:s|ing)?)(?: \w+ly)? with",
        r"(?:look(?:s|ing)?|dig(?:s|ging)?|delv(?:es?|ing)) (?:at|into)|contribut(?:es?|ing) to",
        r"mak(?:es?|ing)(?: \w+)? use of|us(?:es?|ing)|utili[sz](?:es?|ing)|leverag(?:es?|ing)|exploit(?:s|ing)?",
        r"employ(?:s|ing)?|adopt(?:s|ing)?|appl(?:y|ies|ying)|extend(?:s|ing)?|revisit(?:s|ing)?|involv(?:es?|ing)",
        r"introduc(?:es?|ing)|propos(?:es?|ing)|present(?:s|ing)?|develop(?:s|ing)?|offer(?:s|ing)?|provid(?:es?|ing)",
        r"giv(?:es?|ing)|report(?:s|ing)?|stud(?:y|ies|ying)|investigat(?:es?|ing)|examin(?:es?|ing)|explor(?:es?|ing)",
        r"address(?:es|ing)?|tackl(?:es?|ing)|consider(?:s|ing)?|discuss(?:es|ing)?|describ(?:es?|ing)",
        r"analy[sz](?:es?|ing)|cover(?:s|ing)?|concern(?:s|ing)?",
    )
)
#: "a new way of", "improvements to": every paper has one of something.
_WAY = (
    r"(?:(?: an?| the| some| any)?(?: \w+){0,2} (?:ways?|methods?|approach(?:es)?|techniques?|solutions?|improvements?|"
    r"results?|changes?|modifications?|variants?|versions?|extensions?|alternatives?)"
    r" (?:of|for|to|on|that|which)(?= \w))?"
)
_FRAME = re.compile(
    rf"\b({_PAPERS})(?: (?:that|which|published|released|listed|added|here|in (?:the|this) (?:library|collection)))*"
    rf" (?:(?:also|only|\w+ly) )?(?:{_DO})\b{_WAY}(?: (?:the|an?|how|why)\b)?(?= [^\s,.;:?!])",
    re.IGNORECASE,
)
#: Words that ask for papers, up to the one that leads to what they are about.
_OPENING = re.compile(
    r"^\W*(?:(?:how|many|which|what(?:['’]s)?|who|list|show|give|find|name|me|all|any|anything|something|everything|the|"
    r"are|is|there|has|have|been|papers?|works?|working|studies|articles|research|literature|of|in|this|library|"
    r"collection|you|we|i|i['’]?m|i['’]?d|like|want|need|to|see|hold|got|do|please|can|could|should|read|looking|for|"
    r"new|newest|latest|oldest|recent|most|discussed|published|written|done)\W+)*"
    r"(?:about|on|concerning|regarding|related to|(?:deal(?:s|ing)?|do) with)\s+(?=\w)",
    re.IGNORECASE,
)
#: ": variants of it, analyses, training with it" tells what papers may do with what stands before.
_NOUN = re.compile(rf"\b{_PAPERS}\b", re.IGNORECASE)
_BREAK = re.compile(r"(?<=\w)(?: ?[:;]| [–—-]) ")
_PRONOUN = re.compile(r"\b(?:it|its|itself|them|their|themselves)\b", re.IGNORECASE)
#: ", and what do they find?" asks for what each paper is shown by anyway.
_OF_EACH = re.compile(
    r"(?<=\w),? and (?:what for|(?:what|how|which|why|where|when)(?: \w+)? (?:do|does|did|is|are|was|were|have|has) "
    r"(?:they|each)\b[^.?!:;]{0,80}|(?:what|how) each(?: \w+){1,2})(?=\W{0,5}$)",
    re.IGNORECASE,
)
#: "for my thesis", "should I cite in my talk": where the papers are to go says nothing of what they are about.
_MY = (
    r"(?:for|in) my (?:\w+[- ])?(?:thesis|dissertation|talk|presentation|paper|report|essay|review|related[- ]work|"
    r"section|project|proposal|homework|assignment|class|course|lecture|slides|post|article|seminar|exam|interview|"
    r"meeting|phd|research)(?: section)?"
)
_FOR_ME = re.compile(
    r"(?<=\w),?(?: (?:that |which )?(?:i (?:should|could|can|must|ought to)|(?:should|could|can|must) i)"
    rf" (?:read|cite|know|mention|include|look at|start with|begin with)(?: \w+)?)?(?: {_MY})?(?=\W{{0,5}}$)",
    re.IGNORECASE,
)
#: How a question about many papers is put, whatever its words.
_PLAIN = "Which papers are about "


def about(topic: str) -> str:
    """The plainest question for the papers about ``topic``."""
    return _PLAIN + _OPENING.sub("", topic)


def wanted(text: str) -> str:
    """``text`` without "recommend me"."""
    return _WISH.sub("", text)


def sought(text: str) -> str:
    """A question about many papers, in the words by which such papers are found."""
    plain = _without_more(_FOR_ME.sub("", _OF_EACH.sub("", wanted(text)), count=1))
    return _OPENING.sub(_PLAIN, _FRAME.sub(r"\1 are about", plain, count=1))


def _without_more(text: str) -> str:
    noun = _NOUN.search(text)
    pause = noun and _BREAK.search(text, noun.end())
    return text[: pause.start()] if pause and _PRONOUN.search(text, pause.end()) else text
