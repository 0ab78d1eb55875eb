"""The print file: one merged PDF and a manifest for a mailing house, as a folder that appears whole or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from forthwith.channels.answers import Silent
from forthwith.channels.files import failed, write_folder
from forthwith.channels.print_file.manifest import Letter, keys_of, laid_out, manifest, merged, pages_of
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

    def send(self, message: Message) -> Outcome:
        """Write a batch of one letter."""
        return self.send_many([message])[0]

    def send_many(self, messages: Sequence[Message]) -> list[Outcome]:
        """Write one batch: all of its letters are accepted together, or none is."""
        letters = [
            Letter(m.key, m.extra.get("postcode", ""), m.extra.get("country", ""), m.attachment, pages)
            for m in messages
            if (pages := pages_of(m.attachment))
        ]
        taken = self._write(sorted(letters, key=lambda letter: letter.order)) if letters else {}
        unreadable = Refused("there is no letter that can be printed", permanent=True)
        return [taken.get(message.key, unreadable) for message in messages]

    def _write(self, letters: list[Letter]) -> dict[str, Outcome]:
        """Write the folder of a batch, named by what is in it: the same letters are the same batch."""
        name = "letters-" + sha256("".join(letter.key for letter in letters).encode()).hexdigest()[:16]
        sheets, pdf = laid_out(letters), merged(letters)
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


def channel() -> PrintFile:
    """Return the print file of this data folder."""
    return PrintFile(settings().outbox / "print")
