"""The one exception that people are meant to see."""


class Refusal(Exception):
    """Something was refused: one clear line, and what to do. Never holds personal data.

    The command line prints both and exits with 1; the web answers 4xx with them.
    """

    def __init__(self, what: str, do: str) -> None:
        super().__init__(f"{what} {do}")
        self.what = what
        self.do = do
