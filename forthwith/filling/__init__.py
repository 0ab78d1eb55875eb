"""An approved wording and one recipient's fields become the bytes that leave: escaping and joining alone."""
