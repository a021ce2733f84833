"""Everything the assistant can say no to, as one tree.

::

    AssistantError               base; its text is one sentence for a person: what is wrong, what to do
    ├── UsageError               the question, an option or a setting is wrong (exit code 2)
    ├── PromptError              a prompt file is missing or its variables are not the ones supplied
    └── ReaderError              the model that should write the answer can't
        ├── ReaderUnavailable    weights, package, key or server are missing
        └── ReaderFailed         it broke off in mid-answer, or the server refused
            └── ContextTooLong   question and passages together are more than the model takes

Errors of finding and reading the library come from :mod:`ingest.errors`; the command line maps both
trees to one line and an exit code.
"""


class AssistantError(Exception):
    """Base of all errors of this package; ``str(error)`` is fit to be shown to a person."""


class UsageError(AssistantError):
    """The question, an option or a setting can't be used as given."""


class PromptError(AssistantError):
    """A prompt file is missing or doesn't fit its variables."""


class ReaderError(AssistantError):
    """The model that should write the answer can't."""


class ReaderUnavailable(ReaderError):
    """Weights, package, key or server are missing."""


class ReaderFailed(ReaderError):
    """The model broke off in mid-answer, or its server refused."""


class ContextTooLong(ReaderFailed):
    """The messages are longer than the model's context window; fewer passages may fit."""
