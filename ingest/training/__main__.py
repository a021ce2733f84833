"""``python -m ingest.training PAIRS… --general FILE --out DIR``: from text to a model folder."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path

from tokenizers import Tokenizer

from ingest.training.corpus import (
    Paper,
    TrainingTextError,
    read_glossary,
    read_pairs,
    read_papers,
    read_questions,
    without,
)
from ingest.training.encoding import EncodedPairs, EncodedPapers, encode_pairs, encode_papers
from ingest.training.export import write_model
from ingest.training.learning import Schedule, learn
from ingest.training.pairs import Drawer, Mixture
from ingest.training.refining import Material, Portions, Refiner, refine, token_rarity
from ingest.training.vocabulary import count_words, learn_tokenizer
from ingest.training.wording import encode_glossary, encode_questions

#: Everyday words are fewer in the training text than those of papers and count this much more.
EVERYDAY_WEIGHT = 3

#: The second part moves the vectors more gently, by smaller steps for the mean; the match takes most of their time.
REFINING_RATE = 0.01
REFINING_PART = 8
#: Pairs of a step that the match learns from, beside questions and glossary.
MATCHED = Mixture(titles=48, sentences=16, everyday=32, dictionary_share=0.05)

logger = logging.getLogger("ingest.training")


def main(arguments: Sequence[str] | None = None) -> int:
    """Trains and writes a model; the exit code is 0, 1 where the text can't be used, 2 for wrong usage."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S", stream=sys.stderr)
    options = _parser().parse_args(arguments)
    try:
        _train(options)
    except (TrainingTextError, OSError, ValueError) as error:
        logger.error("%s", error)
        return 1
    return 0


def _train(options: argparse.Namespace) -> None:
    tokenizer = _tokenizer(options.papers, options.general, options.vocabulary, options.pieces)
    logger.info("vocabulary of %d tokens", tokenizer.get_vocab_size())
    papers = encode_papers(tokenizer, _papers(options))
    everyday = encode_pairs(tokenizer, read_pairs(options.general)) if options.general else None
    logger.info("%d papers, %d everyday pairs", len(papers), 0 if everyday is None else len(everyday))
    size, dimensions = tokenizer.get_vocab_size(), _dimensions(options.dimension)
    drawer = Drawer(papers, everyday, size, Mixture().scaled(options.batch), options.seed)
    schedule = Schedule(options.steps, dimensions, options.rate, options.scale)
    vectors = learn(drawer.draw, size, schedule, options.seed, _reporter(options.steps))
    if options.questions and options.refining:
        draw = _refiner(options, tokenizer, papers, everyday).draw
        schedule = Schedule(options.refining, dimensions, REFINING_RATE, options.scale)
        vectors = refine(vectors, draw, schedule, _reporter(options.refining))
    write_model(options.out, vectors, tokenizer, dimensions[1:])
    logger.info("model in %s", options.out)


def _papers(options: argparse.Namespace) -> Iterator[Paper]:
    return without(read_papers(options.papers), read_papers([options.leave_out] if options.leave_out else []))


def _refiner(
    options: argparse.Namespace, tokenizer: Tokenizer, papers: EncodedPapers, everyday: EncodedPairs | None
) -> Refiner:
    size = tokenizer.get_vocab_size()
    asked = encode_questions(tokenizer, read_questions(options.questions), _papers(options))
    terms = list(read_glossary(options.glossary)) if options.glossary else []
    glossed = encode_glossary(tokenizer, terms, _papers(options), options.seed) if terms else None
    logger.info("%d papers asked for, %d pairs from the glossary", len(asked), 0 if glossed is None else len(glossed))
    share = options.batch / Mixture().titles
    pooled = Drawer(papers, everyday, size, Mixture().scaled(options.batch // REFINING_PART), options.seed + 1)
    matched = Drawer(papers, everyday, size, MATCHED.scaled(max(1, round(MATCHED.titles * share))), options.seed + 2)
    material = Material(pooled, matched, asked, glossed, token_rarity(papers, asked, size))
    return Refiner(material, Portions(), options.seed + 3)


def _tokenizer(papers: Sequence[Path], general: Path | None, size: int, pieces: int) -> Tokenizer:
    counts = count_words(text for paper in read_papers(papers) for text in (paper.title, paper.abstract))
    if general is not None:
        everyday = count_words(chain.from_iterable((pair.anchor, pair.positive) for pair in read_pairs(general)))
        counts += Counter({word: count * EVERYDAY_WEIGHT for word, count in everyday.items()})
    return learn_tokenizer(counts, size, pieces)


def _dimensions(largest: int) -> tuple[int, ...]:
    return (largest, *(size for size in (128, 64) if size < largest))


def _reporter(steps: int) -> Callable[[int, float], None]:
    began, losses = time.monotonic(), []

    def report(step: int, loss: float) -> None:
        losses.append(loss)
        if step == steps or step % 100 == 0:
            seconds = time.monotonic() - began
            logger.info("step %d of %d, loss %.3f, %.0f s", step, steps, sum(losses) / len(losses), seconds)
            losses.clear()

    return report


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ingest.training",
        description="Trains a static embedding model from nothing but text. The defaults made the shipped model.",
    )
    parser.add_argument("papers", nargs="+", type=Path, metavar="PAIRS", help='JSON lines of {"title", "abstract"}')
    parser.add_argument("--general", type=Path, help='JSON lines of {"anchor", "positive", "kind", "source"}')
    parser.add_argument("--questions", type=Path, help='JSON lines of {"title", "question"}, for the second part')
    parser.add_argument("--glossary", type=Path, help='JSON lines of {"term", "plain": […]}, for the second part')
    parser.add_argument("--leave-out", type=Path, help="papers to be judged on and so not trained on, in the same form")
    parser.add_argument("--out", type=Path, required=True, help="folder for the model")
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--refining", type=int, default=600, help="steps of the second part")
    parser.add_argument("--vocabulary", type=int, default=58_000, help="tokens in all")
    parser.add_argument("--pieces", type=int, default=14_000, help="tokens learnt as parts of words")
    parser.add_argument("--dimension", type=int, default=256)
    parser.add_argument("--batch", type=int, default=2048, help="titles a step; other pairs in proportion")
    parser.add_argument("--rate", type=float, default=0.02)
    parser.add_argument("--scale", type=float, default=20.0, help="inverse temperature of the softmax")
    parser.add_argument("--seed", type=int, default=0)
    return parser


if __name__ == "__main__":
    sys.exit(main())
