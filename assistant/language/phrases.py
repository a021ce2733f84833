"""The words by which questions give themselves away, in English and, more thinly, in four other languages.

Only tables: what they mean is decided in :mod:`assistant.questions`.
"""

from __future__ import annotations

import re


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_PAPERS = r"(?:papers|works|studies|articles|abstracts|publications|preprints|surveys)"
_THINGS = (
    r"(?:methods|approaches|techniques|algorithms|frameworks|benchmarks|datasets|models|systems|evaluations|reviews|"
    r"tutorials)"
)
_ONE_OR_MORE = r"(?:papers?|works?|stud(?:y|ies)|articles?|abstracts?|publications?|preprints?)"

#: Nothing to look for: the whole message must match.
SMALLTALK = re.compile(
    r"(?:(?:hi|hello|hey|hiya|yo|good (?:morning|afternoon|evening|day|night)|greetings|thanks?(?: you)?|thank u|thx|"
    r"ty|"
    r"cheers|bye|goodbye|see (?:you|ya)(?: later)?|ok(?:ay)?|cool|great|nice|perfect|awesome|wow|got it|i see|sure|"
    r"no problem|you're welcome|how are you(?: doing)?(?: today)?|how(?:'s| is) it going|what's up|who are you|what "
    r"are you|what(?:'s| is) your name|tell me about yourself|"
    r"what can you do|can you help(?: me)?|help(?: me)?|test(?:ing)?|hola|gracias|muchas gracias|buenos días|adiós|"
    r"bonjour|"
    r"salut|merci|merci beaucoup|au revoir|hallo|danke|vielen dank|tschüss|guten (?:tag|morgen)|"
    r"你好|您好|谢谢|谢谢你|再见|"
    r"there|everyone|all|so much|very much|a lot|again|that helps|that helped|that's (?:great|good|all|helpful)|"
    r"good|very|well done|please|for your help|for that|for the help|my friend|assistant|and|no|"
    r"yes)[\s,.!?！？。，:)(-]*)+",
    re.IGNORECASE,
)

COUNT = _any(
    r"\bhow many (?!(?:authors|people|comments|replies|words)\b)(?:of (?:the|your|our|my) )?"
    r"(?:(?!(?:do|does|did|has|have|had|the)\b)\S+ ){0,4}?"
    rf"{_ONE_OR_MORE}\b(?!'|’)"
    r"(?! (?:does|did|do they|were (?:reviewed|surveyed)|are (?:reviewed|cited)))",
    r"^\W*(?:(?:and|so|but) )?how many of (?:them|these|those)\b",
    rf"\b(?:number|count) of {_ONE_OR_MORE}\b",
    rf"\bcount (?:the |all )?{_ONE_OR_MORE}\b",
    r"\bcuántos (?:artículos|trabajos|papers|estudios)\b",
    r"\bcombien d(?:e |['’])(?:articles|papiers|travaux|études|papers)\b",
    r"\bwie ?viele (?:arbeiten|papers?|artikel|studien|veröffentlichungen)\b",
    r"(?:有多少|多少)(?:篇|个)?(?:论文|文章|研究)?(?=.*(?:论文|文章))",
)
#: Papers like one that is named: "papers similar to AMPO", "related work of AMPO".
ALIKE = _any(
    r"\b(?:papers?|works?|articles?|stud(?:y|ies)|anything|something|others?|more|methods|approaches) (?:\w+ ){0,2}?"
    r"(?:(?:similar|related|close|akin|comparable) to|like)\b|\b(?:related|similar) (?:papers?|works?)\b",
)
#: Papers of which something does not hold: "which papers do not use labels?".
LEFT_OUT = _any(
    rf"\b{_PAPERS} (?:that |which )?(?:(?:do|does|did|have|has|are|is|were) not|don['’]t|doesn['’]t|didn['’]t|"
    r"haven['’]t|aren['’]t|never|lack)\b"
)
#: What is wanted is the whole of a paper in short.
OVERVIEW = _any(
    r"\bsummar(?:y|ies|i[sz]e)\b|\btl;?dr\b|\boverview\b|\bgist\b|\brecap\b|\bin (?:short|brief|a nutshell)\b|"
    r"\bwhat(?:['’]s| is| are)\b[^?]* about\W*$|^\W*(?:please )?(?:tell me (?:more )?about|explain|describe|outline)\b",
)
#: For whom, or in how many words: it says nothing of what is asked.
MANNER = _any(
    r",? *\b(?:to|for) an? (?:\w+[- ]years?[- ]old|lay ?(?:man|person)|beginner|non-?expert)(?= *[?.!]*$)",
    r",? *\b(?:like|as if|as though) i(?:['’]?m| am| were| was) (?:an? )?\w+(?:[- ]years?[- ]old)?(?= *[?.!]*$)",
    r",? *\bin (?:very )?(?:simple|plain|easy|layman['’]?s|everyday|short) (?:terms|words|english|language)\b",
    r",? *\bin (?:an?|one|two|three|a few|\d) (?:single )?(?:sentences?|lines?|words|bullet points|bullets)\b(?! of)",
    r",? *\bbriefly\b",
)
#: Nouns for papers, where "works" and "studies" are no verbs: "which attack works best".
_READ = rf"(?!works (?:best|better|well|worst|worse|only|even|for|in|on|as|at|when|with|without)\b){_PAPERS}"
_ABOUT = r"(?:on|about|concerning|regarding|around|covering|related to|dealing with|to do with)"
#: What can stand behind "papers" where the question opens with them.
_OF = (
    rf"(?:that|which|whose|using|where|listed|published|devoted|{_ABOUT}|with|from|in|by|since|of|for|to|discussing|"
    r"mentioning)"
)
_HERE = r"in (?:here|the (?:library|collection))"
_HELD = rf"(?:(?:do|have) (?:you|we) (?:have|hold|got)|(?:is|are) (?:there|here|{_HERE}))"
_IS_THERE = r"(?:(?:is|are) there|do (?:you|we) have|have (?:you|we)(?: got)?)"
#: A name such as "UER" or "R1-Searcher": who asks for the methods that one paper has wants no list of papers.
_NAME = r"(?-i:\S*[A-Z]\S*[A-Z\d])"
#: Words after "which methods" by which these are methods of a single paper, and are told apart in it.
_OF_ONE = (
    rf"(?:{_NAME}|[^?]*{_NAME}\W*$|[^?]*\b(?:it|its|them|they|their|this|these|most|least|more|best|worst|better|largest|"
    r"biggest|highest|lowest)\b)"
)
_NO_VERB = r"(?:was|were|is|are|does|did|do|has|have|had|can|could|would|should|will|used|make|makes)"
SURVEY = _any(
    # Which papers …, list the papers …, papers on …
    rf"\b(?:which|what)(?: \S+){{0,4}}? {_READ}\b(?! (?:does|did|do the authors))",
    r"(?:^|[:;,] )\W*(?:please )?(?:can you |could you )?(?:list|show|give|name|find|enumerate|collect|summari[sz]e)\b"
    rf"[^:]*\b{_READ}\b",
    r"^\W*(?!for\b)(?:(?:all|any|other|more|recent|new|newest|latest|oldest|the|most[- ]\w+)(?:,? (?:the|about|\w+))? "
    rf")*(?:\S+ )?{_READ}\b {_OF}\b",
    rf"^\W*(?:\S+ ){{0,3}}{_READ}\W*$",
    rf"^\W*(?!(?:how|why|when|does|do|is|for)\b)(?:\S+ ){{0,4}}?papers {_ABOUT}\b",
    rf"\b(?:(?:are|were) there|have there been) (?:any |other |more )?(?:\S+ ){{0,3}}?{_READ}\b",
    rf"\b(?:(?:looking|searching) for|i['’]?a?m after) (?:\S+ ){{0,2}}?{_READ}\b",
    # Which methods reduce …, list the systems that …
    rf"^\W*(?:which|what) (?:\w+ )?{_THINGS} (?:(?:that|which|to|for) )?(?!{_NO_VERB}\b)[a-z]{{2,}}(?<!ed) "
    rf"(?!{_OF_ONE})",
    r"^\W*(?:please )?(?:list|name|enumerate|collect|find|show me|give me) (?:(?:all|the|any|some|other) )*(?:\w+ )?"
    rf"(?:work|research|{_THINGS}) (?:that|which|where|with|for|using|{_ABOUT})\b(?! which)"
    rf"(?! {_NAME}|[^?]*{_NAME}\W*$)",
    # Anything on …, everything about …, what do you have on …, …: what is here?
    rf"(?:^|[:;,.?!] )\W*(?:(?:(?:show|give|find|list)(?: me)?|{_IS_THERE}) )?(?:everything|anything|something|all) "
    rf"(?:(?:that )?(?:you have|there is|we have) )?{_ABOUT}\b",
    rf"^\W*(?:{_IS_THERE} )?(?:anything|something) (?:that )?(?:us(?:ing|es)|with|from|by)\b",
    rf"\bwhat {_HELD}(?: {_ABOUT}|\W*$)|\bwhat(?:['’]s|\s+is) (?:there {_ABOUT}\b|here\W*$|{_HERE}\b)",
    # Any work on …, who works on …, …: who looks at that?
    rf"\bwhat (?:has|have|was|were) (?:been )?(?:published|written|done) {_ABOUT}\b",
    rf"\bwhat (?:work|research|literature|else)(?: is there| do (?:you|we) have| exists| there is)? {_ABOUT}\b",
    rf"^\W*(?:(?:is|was) there )?any (?:\w+ )?(?:work|research) {_ABOUT}\b|^\W*has any(?:one|body) (?:worked|looked) ",
    r"^\W*who (?:else )?(?:is |are )?(?:working|works?|looking|looks?) (?:on|at|into)\b|\bwho else\b",
    rf"^\W*who (?:uses|studies) (?![^?]*\b(?:in|by|of) {_NAME})",
    r"[:;] (?:which|who)(?: (?:looks?|works?) (?:at|on) (?:it|that|this))?\W*$",
    # What is new, what should I read, an overview of the work.
    rf"\bwhat(?:['’]s|\s+is|\s+has|\s+was)\s+new\b(?! (?:in|about) {_NAME})|^\W*anything\s+new\b",
    rf"\b(?:what|where) (?:should|can|could) i (?:read|look)(?: \w+)? {_ABOUT}\b|^\W*reading list\b",
    rf"\boverview of (?:the )?(?:work|research|literature|{_PAPERS})\b",
    r"\b(?:qué|cuáles|lista de|enumera) (?:\S+ ){0,2}(?:artículos|trabajos|estudios|papers)\b",
    r"\b(?:quels|quelles|liste des?|listez) (?:\S+ ){0,2}(?:articles|travaux|études|papiers|papers)\b",
    r"\b(?:welche|liste) (?:\S+ ){0,2}(?:arbeiten|papers?|artikel|studien|veröffentlichungen)\b",
    r"(?:哪些|有什么|列出|所有)(?:[^？?]{0,12})?(?:论文|文章|研究|工作)",
)
COMPARE = _any(
    r"\bcompar(?:e|ed|ing|ison)\b(?! (?:to|with) (?:prior|previous|earlier|other|existing|ordinary|the others?|"
    r"baselines?))",
    r"\bcontrast\b(?!ive)",
    r"\bversus\b|\bvs\.?(?=\s)",
    r"\bdifferen(?:ce|ces) between\b|\bdiffer\b(?=\W*$)|\band \S+(?: \S+){0,5} both\b",
    r"\b(?:do|does|did) [^?.;]{1,60} and [^?.;]{1,60} (?:differ|have in common|share)\b",
    r"\bwhat (?:sets?|tells?) [^?]+ apart from\b",
    r"\bdiffer(?:s)? from\b|\bdo(?:es)? (?:they|each|the two|these two|both)\b[^?]*\bdiffer\b|\bdifferent from\b",
    r"\b(?:each of (?:them|the two|these)|each (?:one|paper)|(?:do|does|did|paper|papers) each|both papers|the two "
    r"papers)\b",
    r"\b(?:and|,) (?:what|how|why) (?:according to|in|does|do|did|is|for) (?:the )?(?:other|second)\b",
    r"\baccording to\b.*\band (?:what |how )?according to\b",
    r"\bdiferencias? entre\b|\bcompara\w*\b|\bfrente a\b",
    r"\bdifférences? entre\b|\bcompare[rz]?\b|\bpar rapport à\b",
    r"\bunterschiede?\b|\bvergleich\w*\b|\bgegenüber\b",
    r"区别|比较|对比|相比|差异|不同之处",
)
#: What a comparison names, as pairs of groups; the first that matches wins.
SIDES = (
    re.compile(r"\bbetween (?P<a>.+?) and (?P<b>.+?)(?=[?.,:;]|$)", re.I),
    re.compile(r"\baccording to (?P<a>.+?),? and (?:what |how |why )?according to (?P<b>.+?)(?=[?.:;]|$)", re.I),
    re.compile(
        r"(?:^|[.?!:,;]\s+)(?P<a>[^.?!:;]+?) (?:versus|vs\.?) (?P<b>.+?)(?=[?:;,]|\.\s| - | – | on | in terms |$)", re.I
    ),
    re.compile(
        r"\b(?:compare|contrast|comparing|contrasting) (?P<a>.+?) (?:with|to|against|versus|vs\.?) (?!respect|regard)"
        r"(?P<b>.+?)(?=[?:;]|\.(?:\s|$)|$)",
        re.I,
    ),
    re.compile(r"\b(?:compare|contrast|comparing|contrasting) (?P<a>.+?) and (?P<b>.+?)(?=[?:;]|\.(?:\s|$)|$)", re.I),
    re.compile(
        r"\b(?:how|where|in what) (?:do|does|is|are) (?P<a>.+?) (?:differ(?:s|ent)? from|compared? (?:to|with)) "
        r"(?P<b>.+?)(?=[?:;,]|\.(?:\s|$)|$)",
        re.I,
    ),
    re.compile(
        r"\b(?:sets?|tells?) (?P<a>.+?) apart from (?P<b>.+?)(?=[?:;,]| as a?\b| in terms |\.(?:\s|$)|$)",
        re.I,
    ),
    re.compile(r"(?:^|[.?!:]\s+)(?P<a>[^.?!:]+?) and (?P<b>[^.?!:,]+?) (?:both|each|are both|have both)\b", re.I),
    re.compile(
        r"\b(?:do|does|did|in) (?P<a>[^.?!:]+?) and (?P<b>[^.?!:]+?) "
        r"(?:each|both|differ|compare|share|have in common)\b",
        re.I,
    ),
    re.compile(
        r"(?:diferencias? entre|différences? entre|zwischen) (?P<a>.+?) (?:y|et|und) (?P<b>.+?)(?=[?.,:;]|$)", re.I
    ),
    re.compile(r"(?P<a>[\w+*. -]+?)\s*(?:和|与|跟|同)\s*(?P<b>[\w+*. -]+?)\s*(?:的|有|之间|相比|在)"),
)
_MEASURE = (
    r"(?:accuracy|precision|recall|score|rate|error|loss|number|percentage|percent|share|fraction|proportion|ratio|"
    r"gain|"
    r"gains|improvement|improvements|reduction|speed-?up|factor|size|length|cost|amount|margin|increase|decrease|"
    r"drop|gap|"
    r"correlation|pass@\w+|m?AP|F1|AUROC|AUC|BLEU|ROUGE|FID|PSNR|perplexity|success rate|win rate|latency|throughput|"
    r"dimension|dimensions|temperature|batch size|learning rate|budget|threshold|value|values)"
)
#: A word after which "which … value" asks for no value: "which metric picks the scaling factor".
_DOES = (
    r"(?:makes?|causes?|drives?|explains?|limits?|sets?|picks?|governs?|affects?|\w+ly|\w+ed|does|do|did|can|to|that)"
)
FIGURE = _any(
    r"\bhow (?:much|many|large|big|accurate|few)\b",
    r"(?:^|[,:;.?!—–-] |\b(?:and|but|so|then|exactly|about|by|to|with|in|for|at) )how "
    r"(?:small|far|long|accurately|fast|quickly|often|high|low|deep|strong|close|old)\b",
    rf"\bby how\b|\bby what (?:\S+ )?{_MEASURE}\b|\bfrom what to what\b|%|\bhow (?:\w+ )?(?:fewer|less|more)\b",
    rf"\b(?:what|which)(?:['’]s| is| are| was| were)(?: \S+){{0,4}}? {_MEASURE}\b|"
    rf"\b(?:what|which)(?: (?!{_DOES}\b)\S+){{0,3}}? {_MEASURE}\b",
    r"\bwhat (?:do|does|did) (?:\S+ ){1,3}?score\b",
    rf"^\W*(?!(?:as|when|if|with|given|since|for) )(?:\S+ ){{0,3}}{_MEASURE}\b"
    r"(?=[^?]{0,60}\b(?:before and after|of)\b)|\bgains?\b(?= (?:in|on|of|from|over|at|by)\b|\W|$)",
    r"\bcu[áa]nt[oa]s?\b|\bqué (?:tasa|porcentaje|proporción|precisión|exactitud)",
    r"\bcombien\b|\bquel(?:le)? (?:taux|pourcentage|proportion|précision|part)",
    r"\bwie ?(?:viele?|hoch|gro(?:ß|ss)|weit|lange?)\b|\bwelche[rn]? (?:anteil|rate|genauigkeit)",
    r"多少|几[个倍次层]|百分|多大|多高|多长",
)
DEFINITION = _any(
    r"\bwhat(?:['’]s| is| are| was| were)\b|\bstands? for\b|\bdefin(?:e|ed|es|ition)\b|\bmeaning of\b|\bwhat kind "
    r"of\b|\bexplain\b",
    r"^\W*what \S+(?: \S+){0,4} (?:is|are|means?)\W*$|\bwhat (?:does|do) \S+ mean\b|\bdescribe\b|\btell me about\b",
    r"\bqué (?:es|son|significa)\b|\bqu['’]est-ce que?\b|\bc['’]est quoi\b|"
    r"\bwas (?:ist|sind|bedeutet)\b|是什么|什么是|定义",
)
MECHANISM = _any(
    r"\bhow\b(?! (?:much|many|large|big|small|far|long|accurate|fast|often|high|low|few|well|old))|\bwork(?:s|ing)?\?",
    r"\bin (?:which|what) (?:way|order|steps?)\b|\bmechanism\b|\bby what means\b",
    r"\bwhat (?:does|do|did) .{1,80}\bdo\b|\bwhat happens\b|\bwhat is (?:then )?done\b|\bwhat (?:does|do|did) \S+(?: "
    r"\S+){0,3} (?:add|use|learn|put|keep|"
    r"change|replace|train|select|choose|combine|contain|bring)\b|\b(?:which|what) \S+(?: \S+){0,3} (?:does|do|did) "
    r".{1,60} use\b",
    r"\bcómo\b|\bcomment\b|\bwie\b(?! ?(?:viel|hoch|gro|weit|lang))|如何|怎么|怎样",
)
REASON = _any(
    r"\bwhy\b|\b(?:what|which|for what) reasons?\b|\bhow come\b|\bwhat (?:causes?|goes wrong|is going wrong)\b|"
    r"\bwhat for\b(?=\W*$)",
    r"\bpor qué\b|\bpourquoi\b|\bwarum\b|\bwieso\b|为什么|为何|原因",
)
CODE = _any(
    r"\b(?:source )?code\b(?=.*\b(?:available|released?|public|find|where|open|link|url|repo)|\W*$)|\b(?:repo|"
    r"repository|github|gitlab)\b",
    r"\bwhere(?:['’]s| is| are| can| do| could| to)\b[^?]*\b(?:code|implementation|weights|checkpoints|dataset|data|"
    r"demo|project page|website|models?)\b",
    r"\b(?:is|are) there\b[^?]*\b(?:code|implementation|weights|checkpoints)\b|"
    r"\b(?:do|does|did|have|has)\b[^?]*\b(?:releas|open-?sourc|publish|shar)\w*[^?]*\b(?:code|weights|checkpoints)\b|"
    r"\b(?:link|url|website|web ?page|project page)\b|\b(?:is|are) (?:the |its |their )?(?:code|implementation|"
    r"weights|data(?:set)?) (?:\S+ )?(?:available|public|released|open)",
    r"\bdónde\b[^?]*\bcódigo\b|\boù\b[^?]*\bcode\b|\bwo\b[^?]*\b(?:code|quelltext)\b|代码|源码|开源",
)
_SHOWN = (
    r"(?:list(?:ed)?|publish(?:ed)?|releas(?:e|ed)|submit(?:ted)?|post(?:ed)?|appear(?:ed)?|com(?:e|ing) out|"
    r"came out|out|written|dated?|announced?)"
)
DATE = _any(
    rf"\bwhen\b[^?,;]*\b{_SHOWN}\b(?! (?:for|with|of|to))|\b(?:listing|publication|release|listed) date\b",
    r"\b(?:what|which) (?:is the )?(?:date|day|year|month)\b(?! (?:set|range))|\bdate (?:is|was|given|of)\b|\bhow "
    r"old is (?:the|this) paper\b",
    r"\bcuándo\b|\bquand\b|\bwann\b|什么时候|何时|哪一?年|日期|\bfecha\b|\bdatum\b",
)
AUTHORS = _any(
    r"\bwho (?:wrote|authored|published|(?:are|were|is|was) (?:the|its) (?:\w+ )?authors?|made (?:it|this paper))\b",
    r"(?<!did the )(?<!does the )(?<!do the )(?<!have the )(?<!by the )\bauthors? of\b(?! (?:the )?\S+ (?:use|"
    r"propose|run|find|show)\b)",
    r"\b(?:how many|number of|list (?:of )?(?:the )?|names? of (?:the )?)(?:co-?)?authors\b",
    r"\b(?:its|their) (?:co-?)?authors\b(?=\W*$)|\bauthor(?:s| count| list)\b(?= (?:does|are there|has|have|were "
    r"there))",
    r"\bhow many people wrote\b|\bautores\b|\bauteurs\b|\bautoren\b|作者",
)
ORGANIZATION = _any(
    r"\b(?:which|what) (?:\w+ )?(?:organi[sz]ation|institution|institute|lab|laboratory|company|university|"
    r"affiliation|team|group)s?\b",
    r"\b(?:affiliat(?:ed|ion)|organi[sz]ation)\b|\bwho (?:is|was|are) behind\b|\bwhere (?:do|does|did) (?:the|this|"
    r"its) (?:authors?|paper) (?:work|come)",
    r"\b(?:qué|cuál) (?:organización|universidad|empresa)|\bquelle (?:organisation|université|entreprise)|\bwelche "
    r"(?:organisation|universität|firma)|机构|单位",
)
COMMENTS = _any(
    r"\bhow (?:much|many)\b[^?]*\b(?:comments?|discussions?|replies)\b|\bhow (?:much|often|widely) (?:was|is|"
    r"were)[^?]*\bdiscussed\b",
    r"\bcomments?\b(?= (?:does|did|has))|\bdiscussion count\b|"
    r"\bcomentarios\b|\bcommentaires\b|\bkommentare\b|评论|讨论数",
)
#: Things that have names of their own.
_NAMED = (
    r"(?:models?|llms?|vlms?|mllms?|lmms?|networks?|languages?|data ?sets?|benchmarks?|corpus|corpora|suites?|"
    r"teachers?|baselines?|methods?|algorithms?|optimi[sz]ers?|simulat(?:ors?|ions?)|robots?|games?|"
    r"compan(?:y|ies)|firms?|cit(?:y|ies)|countr(?:y|ies)|universit(?:y|ies)|hospitals?|frameworks?|librar(?:y|ies)|tools?|encoders?|"
    r"backbones?|architectures?|competitors?|rivals?|gpus?|chips?|platforms?|systems?|tests?|attacks?|environments?|"
    r"tasks?|domains?|agents?)"
)
#: "Which of the 55 LLMs", "what base model", "names of the teachers", "best model on GENFIG1".
NAME = _any(
    rf"\b(?:which|what)(?: of the)?(?: [\w.-]+){{0,4}}? {_NAMED}\b",
    r"\bnames? of\b|\bcalled\b|^(?:best|top|worst)\b",
)
#: Asks what a thing was tried on.
TRIAL = _any(
    r"\b(?:test(?:ed|s)?|tri(?:al|als|ed)|evaluat\w+|validat\w+|experiments?|assess\w*|benchmarked|benchmarks?|"
    r"data ?sets?|demonstrated|shown) on\b",
    r"\bon (?:what|which)\b|\b(?:which|what) (?:\w+ ){0,2}(?:tasks|benchmarks|data ?sets|domains|environments)\b",
)
