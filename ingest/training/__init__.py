"""Trains the shipped embedder from nothing but text: ``python -m ingest.training PAIRS… --general FILE --out DIR``.

Nothing imports this package at run time. From the bottom up: ``corpus`` reads, ``vocabulary`` learns the tokens,
``ragged`` and ``encoding`` hold text as arrays of token numbers, ``pairs`` draws what should lie close together,
``learning`` moves the vectors, ``export`` writes what model2vec loads. README.md has the recipe and what it scored.
"""
