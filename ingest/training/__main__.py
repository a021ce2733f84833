"""``python -m ingest.training PAIRS… --general FILE --out DIR``: from text to a model folder."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path

from tokenizers import Tokenizer

from ingest.training.corpus import TrainingTextError, read_pairs, read_papers, without
from ingest.training.encoding import encode_pairs, encode_papers
from ingest.training.export import write_model
from ingest.training.learning import Schedule, learn
from ingest.training.pairs import Drawer, Mixture
from ingest.training.vocabulary import count_words, learn_tokenizer

#: Everyday words are fewer in the training text than those of papers and count this much more.
EVERYDAY_WEIGHT = 3

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
    unwanted = read_papers([options.leave_out] if options.leave_out else [])
    papers = encode_papers(tokenizer, without(read_papers(options.papers), unwanted))
    everyday = encode_pairs(tokenizer, read_pairs(options.general)) if options.general else None
    logger.info("%d papers, %d everyday pairs", len(papers), 0 if everyday is None else len(everyday))
    mixture = Mixture().scaled(options.batch)
    schedule = Schedule(options.steps, _dimensions(options.dimension), options.rate, options.scale)
    drawer = Drawer(papers, everyday, tokenizer.get_vocab_size(), mixture, options.seed)
    vectors = learn(drawer.draw, tokenizer.get_vocab_size(), schedule, options.seed, _reporter(options.steps))
    write_model(options.out, vectors, tokenizer)
    logger.info("model in %s", options.out)


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
    parser.add_argument("--leave-out", type=Path, help="papers to be judged on and so not trained on, in the same form")
    parser.add_argument("--out", type=Path, required=True, help="folder for the model")
    parser.add_argument("--steps", type=int, default=4000)
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
