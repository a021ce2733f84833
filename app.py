"""``python app.py``: the default library, the chat page, and a line that says where to open it."""

import sys


def main() -> int:
    """Serve the page until Ctrl-C; 1 after an error, which is said in one sentence."""
    from assistant.web import launch, resources

    resources.restrain()
    from assistant import Assistant, AssistantError, IngestError

    try:
        with Assistant.open() as assistant:
            launch(assistant, port=None)
    except (AssistantError, IngestError) as error:
        print(error, file=sys.stderr)  # noqa: T201 - this is a roof
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
