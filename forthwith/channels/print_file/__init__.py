"""The print file: one merged PDF and a manifest for a mailing house, as a folder that appears whole or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from forthwith.channels.answers import Silent
from forthwith.channels.files import failed, write_folder
from forthwith.channels.print_file.manifest import Letter, keys_of, laid_out, manifest, merged, places
from forthwith.channels.print_file.returns import read
from forthwith.settings import settings
from models import Accepted, Medium, Message, Outcome, ProviderEvent, Refused

PDF, MANIFEST = "letters.pdf", "manifest.csv"


@dataclass(slots=True)
class PrintFile(Silent):
    """Writes batches, sorted by country and postcode. Knows for sure what it has and what it hasn't."""

    folder: Path
    name: str = "print_file"
    media: frozenset[str] = frozenset((Medium.LETTER,))
    unit: int = 500
    binds: bool = True  # takes many letters in one PDF, each told by `place` in its message

    def send(self, message: Message) -> Outcome:
        """Write a batch of one letter."""
        return self.send_many([message])[0]

    def send_many(self, messages: Sequence[Message]) -> list[Outcome]:
        """Write one batch: all of its letters are accepted together, or none is."""
        known = {pdf: places(pdf) for pdf in {message.attachment for message in messages}}
        letters = [letter for message in messages if (letter := _letter(message, known[message.attachment]))]
        taken = self._write(sorted(letters, key=lambda letter: letter.order)) if letters else {}
        unreadable = Refused("there is no letter that can be printed", permanent=True)
        return [taken.get(message.key, unreadable) for message in messages]

    def _write(self, letters: list[Letter]) -> dict[str, Outcome]:
        """Write the folder of a batch, named by what is in it: the same letters are the same batch."""
        name = "letters-" + sha256("".join(letter.key for letter in letters).encode()).hexdigest()[:16]
        pdf, hashes = merged(letters)
        sheets = laid_out(letters, hashes)
        try:
            write_folder(self.folder / name, {PDF: pdf, MANIFEST: manifest(sheets, pdf)})
        except OSError as failure:
            return dict.fromkeys((letter.key for letter in letters), failed(self.folder / name, failure))
        return {sheet.key: Accepted(f"{name}#{sheet.seq}") for sheet in sheets}

    def look_up(self, key: str) -> Outcome | None:
        """Return the batch that holds a letter. The folder always knows."""
        for path in self._manifests():
            text = path.read_text()
            if key in text and (seq := keys_of(text).get(key)):
                return Accepted(f"{path.parent.name}#{seq}")
        return Refused("the letter is in no print file", permanent=False)

    def returned(self, body: bytes) -> list[ProviderEvent]:
        """Read the mailing house's return file."""
        places = {
            f"{path.parent.name}#{seq}": key
            for path in self._manifests()
            for key, seq in keys_of(path.read_text()).items()
        }
        return read(body, places)

    def _manifests(self) -> list[Path]:
        """Return the manifests of all finished batches."""
        return sorted(self.folder.glob(f"letters-*/{MANIFEST}"))


def _letter(message: Message, known: list[tuple[int, int]]) -> Letter | None:
    """Return a message as a letter of the batch, None where its PDF can't be read."""
    place = int(message.extra.get("place", 0))
    if place >= len(known):
        return None
    first, pages = known[place] if "place" in message.extra else (0, sum(n for _, n in known))
    postcode, country = message.extra.get("postcode", ""), message.extra.get("country", "")
    return Letter(message.key, postcode, country, message.attachment, first, pages)


def channel() -> PrintFile:
    """Return the print file of this data folder."""
    return PrintFile(settings().outbox / "print")
