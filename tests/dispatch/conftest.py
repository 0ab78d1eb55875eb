"""The fixtures of sending: a house that is ready to send, and a provider on loopback."""

from fakes.outgoing import house, live, own_law, provider, shared
from fakes.typing_commands import typed

__all__ = ["house", "live", "own_law", "provider", "shared", "typed"]
