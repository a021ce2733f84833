"""Which sentences of an abstract answer a question, and how surely. Knows no reader and no prompt."""
