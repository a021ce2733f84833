"""A question without what is around it: who asks, what for, please and thanks; marks of lists and mails; shouting.

"Hi! I'm writing a related-work section. Could you tell me what AMPO gains? Thanks!" asks what AMPO gains. Left in, the
other words are words that the abstracts lack, and a question that has an answer is refused. What may tell something of
the matter ("We only have API access to the model.") stays. English only.
"""

from __future__ import annotations

import re

#: What courtesies, and sentences about the asker, are made of; one other word, and a sentence stays.
_WORDS = frozenset(
    """
    hi hello hey there dear assistant everyone all good morning afternoon evening greetings hope hoping well fine doing
    thanks thank thx cheers please sorry kindly appreciate appreciated advance much very really so lot many great any
    help helps helping helpful i i'm im i've i'd am me my myself mine we we're we've our us you your you're he she
    student students phd ph.d msc masters master's bachelor bachelor's undergraduate graduate postdoc researcher
    engineer developer professor teacher journalist scientist beginner newbie novice expert newcomer new field area
    topic subject domain basic stupid silly dumb naive curious interested wondering wonder ask asks asked asking
    q question questions following quick short simple small one two three need needs want wants try trying write writing
    written prepare preparing work working study studying read reading heard saw learn understand understanding see look
    looking know tell told let explain present presenting give giving hold holding finish finishing start starting
    thesis dissertation homework assignment essay report review literature related related-work section chapter paper
    papers article blog post talk presentation slides slide lecture class course seminar meeting exam interview project
    proposal grant deadline tomorrow today tonight now soon week month year next urgent urgently quickly asap journal
    club conference workshop supervisor advisor boss colleague colleagues friend team lab group background somewhere
    cite citing citation citations source sources reference references link links answer answers answering reply respond
    include keep be brief briefly concise concisely precise clear clearly sentence sentences words line lines too here
    a an the this that it it's is are was for of in on to with from and or but about at as just only also if can could
    would do don't have has some not no
    """.split()  # noqa: SIM905
)
#: Without one of these, or a bidding in front, a sentence of such words is a topic: "related work", "a new project".
_PERSONS = frozenset(
    """
    i i'm im i've i'd me my we we're we've our us you your please thanks thank thx cheers hi hello hey greetings dear
    sorry kindly appreciated morning question q
    """.split()  # noqa: SIM905
)
_BIDDINGS = frozenset({"answer", "reply", "respond", "explain", "be", "keep", "cite", "give", "include"})
_INTRODUCED = re.compile(r"\b(?:i am|i['’]?m|hi|hello|hey|greetings)\b", re.IGNORECASE)
_OFFER = re.compile(r"\W*(?:can|could|would|will) you help\b", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?;])\s+")
_WORD = re.compile(r"[\w.-]*\w(?:['’]\w+)?")
#: What may stand in front of the question, up to a comma or colon: "For my thesis, …", "Here is my question: …".
_CLAUSE = re.compile(r"\W*([^,:;.!?–—]{1,80})(?:\s*[,:]|\s[–—-])\s+(?:(?:but|and|so)\s+)?")
_KNOW = r"(?:know|understand|learn|hear|find out|figure out|see)"
_ASKS = r"(?:what|which|how|why|when|where|who|whose|whether|if)"
#: What leads to a question that begins behind it.
_LEAD = re.compile(
    r"\W*(?:"
    r"(?:(?:if|whether) you (?:can|could|would) |(?:please )?(?:can|could|would|will) you )"
    rf"(?:please |kindly |perhaps |maybe )?(?:tell me|let me know|help me(?: to)? {_KNOW})(?=[:,]| {_ASKS}\b)|"
    rf"(?:please )?(?:tell me|let me know)(?=[:,]| {_ASKS}\b)|"
    rf"(?:(?:if|whether) you|(?:do|would) you(?: happen to)?) know(?=[:,]| {_ASKS}\b)|"
    r"i(?: am|['’]?m| was|['’]ve been)(?: just| also)? (?:wondering|curious|asking myself)\b(?: about)?|"
    rf"i(?:['’]d| would) (?:really |also )?(?:like|love) to {_KNOW}\b|i (?:really |just )?(?:want|need) to {_KNOW}\b|"
    r"(?:please|sorry|okay|ok|well)(?=,)|my question is\b|as an? [^,:;.!?]{1,40}, (?=i\b)|"
    r"(?:based on|according to|given|using|from) (?:only |all )?(?:the|your|my|our) (?:papers|abstracts|library|"
    r"documents|collection|articles|literature|context)(?: (?:that |which )?(?:you|we|i) (?:have|know|hold|loaded))?"
    r"(?: (?:above|here|provided))?(?=[:,])"
    r")[\s,:!.–—-]*",
    re.IGNORECASE,
)
_TRAIL = re.compile(
    r"(?:\b(?:please|many thanks|thanks?(?: you)?(?: (?:so|very) much| a lot| in advance)?|thx|cheers|answer:)"
    r"(?=[\s,.!?]|$)[\s,.!]*)+(?P<asked>\??)[\s.!?]*$",
    re.IGNORECASE,
)
_PAUSES = " \t,;–—-"
#: "> ", "- ", "1. " and "/ask " in front of a line.
_MARKS = re.compile(r"\s*(?:(?:>+|[-*•–—]|#{1,6}|\d{1,2}[.)]|/[a-z]+)\s+)+(?=\S)")
_AROUND = re.compile(r"(?:\*\*|[\"'`“‘«*_])(?P<inside>[^\"`“”«»*_]+\?)(?:\*\*|[\"'`”’»*_])[.!]?")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_QUOTED = re.compile(r"[\"“”‘«»]")
_CAPITALISED = re.compile(r"\b[A-Z][a-z]+\b")
#: Words from which on a question that is all capitals is taken to be shouted; words of more letters than :data:`_SHORT`
#: from which on one that has a capital on each is written like a headline: capitals mark no names there.
_MANY, _HEADLINE, _SHORT = 5, 4, 3


def stripped(text: str) -> str:
    """``text`` without its courtesies; all of it, where it is nothing else."""
    sentences = _SENTENCE.split(_calmed(_bare(text.strip())))
    told = [sentence for sentence in sentences if not _idle(sentence)] or sentences
    plain = _without_trail(" ".join(told))
    while (end := _lead(plain)) and re.search(r"\w", plain[end:]):
        plain = plain[end:]
    return plain if re.search(r"\w", plain) else text


def idle(text: str) -> bool:
    """Whether ``text`` introduces the asker, and asks nothing: "Hi, I'm a student and need help with my thesis."."""
    return bool(_INTRODUCED.search(text)) and all(map(_idle, _SENTENCE.split(text.strip())))


def _bare(text: str) -> str:
    if marks := _MARKS.match(text):
        text = text[marks.end() :]
    around = _AROUND.fullmatch(text)
    return around["inside"] if around else text


def _calmed(text: str) -> str:
    words = _LETTERS.findall(text)
    if len(words) < _MANY:
        return text
    if all(map(str.isupper, words)):
        return text.lower()
    long = [word for word in words if len(word) > _SHORT]
    asks = text.endswith("?") and not _QUOTED.search(text)
    if asks and len(long) >= _HEADLINE and all(word[0].isupper() for word in long):
        return _CAPITALISED.sub(lambda word: word[0].lower(), text)
    return text


def _without_trail(text: str) -> str:
    trail = _TRAIL.search(text)
    if trail is None:
        return text
    before = text[: trail.start()].rstrip(_PAUSES)
    return before + ("" if before.endswith((".", "!", "?")) else trail["asked"])


def _lead(text: str) -> int:
    """Where what leads to the question ends; 0 where nothing does."""
    if found := _LEAD.match(text):
        return found.end()
    clause = _CLAUSE.match(text)
    return clause.end() if clause and _of_the_asker(clause[1]) else 0


def _idle(sentence: str) -> bool:
    return (not sentence.endswith("?") or bool(_OFFER.match(sentence))) and _of_the_asker(sentence)


def _of_the_asker(text: str) -> bool:
    words = [word.casefold().replace("’", "'") for word in _WORD.findall(text)]
    return _WORDS.issuperset(words) and not (_PERSONS.isdisjoint(words) and _BIDDINGS.isdisjoint(words[:1]))
