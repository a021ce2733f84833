"""The command line on every kind of terminal, pipe and locale, and its manual."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import select
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.cli import cli, run, terminal
from assistant.cli.manual import EXAMPLES

BARE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
PROGRAM = [sys.executable, "-m", "assistant"]


@pytest.fixture
def on(bundled_library: Path) -> list[str]:
    return ["--library", str(bundled_library)]


def _environment(**more: str) -> dict[str, str]:
    plain = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "PAGER")}
    return {**plain, "TERM": "xterm-256color", **more}


def _piped(*arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    done = subprocess.run([*PROGRAM, *arguments], capture_output=True, env=_environment(**environment), timeout=120)
    assert b"Traceback" not in done.stderr
    return done


def _on_a_terminal(*arguments: str, **environment: str) -> str:
    """What a person would see on a terminal of 20 lines."""
    ours, theirs = pty.openpty()
    environ = _environment(LINES="20", COLUMNS="100", **environment)
    with subprocess.Popen([*PROGRAM, *arguments], stdin=theirs, stdout=theirs, stderr=theirs, env=environ) as running:
        os.close(theirs)
        seen = b""
        while select.select([ours], [], [], 60)[0]:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # the other end has been closed
                break
            if not piece:
                break
            seen += piece
        running.wait(timeout=60)
    os.close(ours)
    return seen.decode()


def test_a_terminal_gets_colours_and_the_persons_pager(on: list[str], tmp_path: Path) -> None:
    pager = tmp_path / "pager"
    pager.write_text("#!/bin/sh\necho BEFORE\ncat\necho AFTER\n")
    pager.chmod(0o700)
    paged = _on_a_terminal("papers", *on, PAGER=str(pager))
    assert (paged.splitlines()[0], paged.splitlines()[-1]) == ("BEFORE", "AFTER")
    assert len(paged.splitlines()) == 385 + 2
    answered = _on_a_terminal("ask", "what does AMPO do?", *on, PAGER="cat")
    assert "\x1b[" in answered


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [({}, False), ({"FORCE_COLOR": "1"}, True), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False)],
    ids=["piped", "forced", "refused"],
)
def test_colours_in_a_pipe_are_the_persons_choice(
    environment: dict[str, str],
    coloured: bool,
    on: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "xterm-256color")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert run(["ask", "what does AMPO do?", *on]) == 0
    assert ("\x1b[" in capsys.readouterr().out) is coloured


def test_a_title_cannot_steer_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from assistant.answers import Answer, Citation
    from assistant.rendering import shown
    from ingest.papers import Paper

    steering = "\x1b]0;owned\x07 \x1b[2J\x9b31m"
    paper = Paper("1", steering, steering)
    answer = Answer("q", f"{steering} [1].", True, 0.5, (Citation(1, paper, steering, 0, 1),), notes=(steering,))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", shown(answer, terminal.console()))
    terminal.show([steering], pager=False)
    assert "\x1b" not in capsys.readouterr().out


def test_in_a_c_locale_a_question_is_understood_and_the_answer_plain(on: list[str]) -> None:
    done = _piped("ask", "¿Qué es RLGF?", *on, **BARE)
    assert done.returncode in (0, 3)
    assert b"RLGF" in done.stdout
    assert done.stdout.isascii()
    assert b'"' in done.stdout, "quotation marks become the plain ones"


def test_on_a_bare_stream_json_and_exports_lose_nothing(on: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def printed(*arguments: str, encoding: str) -> bytes:
        stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        monkeypatch.setattr(sys, "stdout", stream)
        assert run([*arguments, *on]) == 0
        return stream.buffer.getvalue()  # type: ignore[attr-defined]

    whole = printed("papers", "--json", encoding="utf-8")
    bare = printed("papers", "--json", encoding="ascii")
    assert bare.isascii()
    assert not whole.isascii()
    assert [json.loads(line) for line in bare.splitlines()] == [json.loads(line) for line in whole.splitlines()]
    assert printed("papers", "--export", "jsonl", encoding="ascii") == whole


def test_in_a_c_locale_help_is_plain() -> None:
    assert _piped("--help", **BARE).stdout.isascii()


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("“Café” – naïve…", '"Cafe" - naive...'),
        ("½ × Straße → ﬁn", "1/2 x Strasse -> fin"),
        ("τ-bench 李", "?-bench ?"),
        ("\udce9", "?"),
    ],
)
def test_a_bare_stream_shows_the_nearest_likeness(text: str, plain: str) -> None:
    terminal.prepare()
    assert text.encode("ascii", terminal.HANDLER).decode() == plain


@given(st.text(alphabet=st.characters()))
def test_every_text_can_be_shown_and_recovered(text: str) -> None:
    terminal.prepare()
    assert text.encode("ascii", terminal.HANDLER).isascii()
    terminal.recovered(text).encode("utf-8")


def test_an_argument_of_undecoded_bytes_is_what_was_typed() -> None:
    assert terminal.recovered("¿Qué?".encode().decode("ascii", "surrogateescape")) == "¿Qué?"


@pytest.mark.parametrize("redirection", [">&-", "2>&-", ">&- 2>&-", "<&-", "> /dev/full"])
def test_closed_and_full_streams_are_no_tracebacks(redirection: str) -> None:
    command = f"{shlex.join([*PROGRAM, 'config'])} {redirection}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=120, env=_environment())
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert done.returncode == (1 if "full" in redirection else 0)
    assert len(done.stderr.splitlines()) <= 1


def test_an_interrupt_is_one_line_and_130(on: list[str]) -> None:
    with subprocess.Popen(
        [*PROGRAM, "chat", *on],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_environment(),
        text=True,
        # A shell that runs the tests in the background has them, and all they start, ignore the signal.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as running:
        assert running.stderr is not None
        assert "385 papers" in running.stderr.readline()
        time.sleep(0.5)  # Python hears a signal late that comes in the moment before it begins to wait for input
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=60) == 130
        assert running.stderr.read().strip() == "paper-assistant: Interrupted."


def test_every_command_has_examples_and_they_are_valid(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [line for examples in EXAMPLES.values() for line in examples]
    lines += re.findall(r"^ +(?:echo .*\| )?(paper-assistant .*)$", cli.epilog or "", re.M)
    assert len(lines) > 25
    for line in lines:
        program = re.search(r"paper-assistant (.*)", line)
        assert program
        words = shlex.split(re.sub(r'\)".*', "", program.group(1)), comments=True)
        words = words[: next((n for n, word in enumerate(words) if word in (">", "|")), len(words))]
        cli.commands[words[0]].make_context(words[0], words[1:], parent=click.Context(cli)).close()


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_help_of_every_command_is_whole(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([name, "--help"]) == 0
    said = capsys.readouterr().out
    assert f"paper-assistant {name}" in said
    assert "--verbose" in said
    assert max(map(len, said.splitlines())) <= 125


def test_the_manual_names_every_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    said = capsys.readouterr().out
    assert all(re.search(rf"^ +{code}  \w", said, re.M) for code in (0, 1, 2, 3, 130))


def test_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    from assistant import __version__

    assert run(["--version"]) == 0
    assert __version__ in capsys.readouterr().out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script_calls_the_program_back(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell]) == 0
    assert f"_PAPER_ASSISTANT_COMPLETE={shell}_complete" in capsys.readouterr().out


def test_bash_completes_commands_options_and_values(tmp_path: Path) -> None:
    (tmp_path / "paper-assistant").write_text(f'#!/bin/sh\nexec {shlex.join(PROGRAM)} "$@"\n')
    (tmp_path / "paper-assistant").chmod(0o700)
    script = (
        'eval "$(paper-assistant completion bash)"\n'
        'complete() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()\n'
        '  _paper_assistant_completion paper-assistant; echo "${COMPREPLY[*]}"; }\n'
        "complete paper-assistant di\n"
        "complete paper-assistant papers --exp\n"
        "complete paper-assistant papers --export c\n"
        "complete paper-assistant ask --reader b\n"
    )
    environ = _environment(PATH=f"{tmp_path}:{os.environ['PATH']}", PYTHONPATH=str(Path(__file__).parents[3]))
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=environ, timeout=120)
    assert done.stdout.splitlines() == ["digest", "--export", "csl-json csv", "builtin"], done.stderr


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    def broken() -> object:
        yield "first"
        raise OSError(28, "No space left on device")

    out = tmp_path / "out.ris"
    with pytest.raises(Exception, match="No space left on device"):
        terminal.write(broken(), out)  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


def test_where_a_c_locale_reads_stdin_it_reads_utf_8(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO("¿Qué?".encode()), encoding="ascii")
    monkeypatch.setattr(sys, "stdin", stream)
    terminal.prepare()
    assert stream.read() == "¿Qué?"
