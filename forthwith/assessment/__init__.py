"""Facts and laws become obligations, clocks and questions."""
