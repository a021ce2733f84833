"""The rest of the manual, which --help prints after the options: examples, exit codes, environment and files."""

from __future__ import annotations

from collections.abc import Mapping

import click

EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "ask": (
        'paper-assistant ask "what does AMPO do?"',
        'paper-assistant ask "which papers replay old data?" --since 2025-06 --limit 20',
        'echo "which papers use LoRA?" | paper-assistant ask - --json',
        'paper-assistant ask "what is GRPO?" --out answer.md',
        'paper-assistant ask "what is GRPO?" --export bibtex > refs.bib',
        "paper-assistant ask --batch questions.jsonl > answers.jsonl",
    ),
    "chat": (
        "paper-assistant chat",
        "paper-assistant chat --reader hf:Qwen/Qwen2.5-0.5B-Instruct --since 2025",
    ),
    "search": (
        'paper-assistant search "continual learning with replay"',
        'paper-assistant search "sparse attention" --json --limit 50',
        'paper-assistant search "sparse attention" --out found.ris',
    ),
    "papers": (
        "paper-assistant papers",
        "paper-assistant papers distillation --organization nvidia",
        "paper-assistant papers --since 2025-06 --export csv > papers.csv",
        "paper-assistant papers --out library.ris",
    ),
    "replay": (
        'paper-assistant ask "what does AMPO do?" --save receipt.json',
        "paper-assistant replay receipt.json",
    ),
    "ingest": (
        "paper-assistant ingest page.txt another.txt",
        "paper-assistant ingest arxiv-metadata-oai-snapshot.json.gz refs.bib papers.parquet",
        "paper-assistant ingest --expand --reader openai:gpt-4o-mini",
        "paper-assistant ingest --rebuild --embedder hf:BAAI/bge-small-en-v1.5",
    ),
    "fetch": (
        "paper-assistant fetch --days 7",
        "paper-assistant fetch --from 2025-06 --to 2025-08",
        "0 6 * * *  paper-assistant fetch --days 3   # a crontab line: every morning",
    ),
    "copy": (
        "paper-assistant copy http://127.0.0.1:8000",
        "paper-assistant copy http://127.0.0.1:8000 ~/papers",
    ),
    "eval": (
        "paper-assistant eval questions.jsonl --reader builtin",
        "paper-assistant eval --beir scifact --json",
    ),
    "serve": (
        "paper-assistant serve",
        "paper-assistant serve --host 0.0.0.0 --port 8080 --login ada",
    ),
    "doctor": ("paper-assistant doctor", "paper-assistant doctor --repair"),
    "digest": (
        'paper-assistant digest --since 2025-10 --topic "reinforcement learning for reasoning"',
        'paper-assistant digest --since last --topic "data selection" --topic agents --format md --out new.md',
        "0 7 * * 1  paper-assistant digest --since last --topic agents --quiet   # a crontab line: Mondays at seven",
    ),
    "config": (
        "paper-assistant config",
        "paper-assistant config --init",
        "paper-assistant config --path",
        "paper-assistant config --limit 20 --json",
    ),
    "completion": (
        'eval "$(paper-assistant completion bash)"        # in ~/.bashrc',
        'eval "$(paper-assistant completion zsh)"         # in ~/.zshrc',
        "paper-assistant completion fish > ~/.config/fish/completions/paper-assistant.fish",
    ),
}
EXITS: Mapping[str, tuple[str, ...]] = {
    "ask": ("0 answered, 3 the abstracts don't say, 2 usage, 1 failure (of any question, with --batch).",),
    "search": ("0 found, 3 no paper fits, 2 usage, 1 failure.",),
    "replay": ("0 the same answer, 1 another one or a failure, 2 usage.",),
    "ingest": ("0 everything was read, 1 a file could not be read at all, 2 usage.",),
    "fetch": ("0 everything was fetched, 1 a day or the whole could not be, 2 usage.",),
    "copy": ("0 copied, or the same there already, 1 failure: run it again to go on, 2 usage.",),
    "doctor": ("0 sound, 1 something is broken, 2 usage.",),
    "digest": ("0 written or nothing new, 2 usage, 1 failure; with --exit-code 3 where nothing is new.",),
}
PROGRAM = """\b
Examples:
  paper-assistant ask "what does AMPO do?"
  echo "which papers use LoRA?" | paper-assistant ask - --json
  paper-assistant papers --out library.ris
  paper-assistant digest --since last --topic agents
  paper-assistant ingest page.txt
  paper-assistant serve

\b
Exit codes:
  0  answered, or done
  1  failure
  2  usage: a wrong option, question or setting
  3  the abstracts don't say, or nothing was found
  130  interrupted

\b
Environment:
  PAPER_ASSISTANT_…          every setting: PAPER_ASSISTANT_LIBRARY and so on; see 'config'
  PAPER_ASSISTANT_CONFIG     another config file        PAPER_ASSISTANT_HOME  another data folder
  PAPER_ASSISTANT_PASSWORD   the password of 'serve --login'
  OPENAI_API_KEY, OPENAI_BASE_URL, OPENAI_MODEL         an API model
  NO_COLOR, FORCE_COLOR, PAGER, LESS, COLUMNS           how a terminal shows it

\b
Files:
  'paper-assistant config' says where the settings and the library are.
"""


def describe(command: click.Command) -> None:
    """Give a command its examples and exit codes as the end of its --help."""
    name = command.name or ""
    parts = [
        _block(title, table[name]) for title, table in (("Examples", EXAMPLES), ("Exit codes", EXITS)) if name in table
    ]
    if parts and not command.epilog:
        command.epilog = "\n\n".join(parts)


def _block(title: str, lines: tuple[str, ...]) -> str:
    # \b keeps click from filling the lines into one paragraph.
    return "\n".join(["\b", f"{title}:", *(f"  {line}" for line in lines)])
