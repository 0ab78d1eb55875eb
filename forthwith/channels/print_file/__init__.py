"""The print file: merged PDF, manifest and job ticket for a mailing house, in a folder that appears whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from forthwith.channels.answers import Silent
from forthwith.channels.files import failed, write_folder
from forthwith.channels.print_file.manifest import Letter, keys_of, laid_out, manifest, merged, paper, places
from forthwith.channels.print_file.returns import read
from forthwith.channels.print_file.ticket import Job, as_json, as_text, ticket
from forthwith.settings import settings
from models import Accepted, Medium, Message, Outcome, ProviderEvent, Refused

PDF, MANIFEST, TICKET, TICKET_TEXT = "letters.pdf", "manifest.csv", "job.json", "job.txt"


@dataclass(slots=True)
class PrintFile(Silent):
    """Writes batches, sorted by country and postcode. Knows for sure what it has and what it hasn't."""

    folder: Path
    duplex: bool = True
    colour: bool = False
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
        pdf, hashes = merged(letters, duplex=self.duplex)
        placed = laid_out(letters, hashes, duplex=self.duplex)
        files = {PDF: pdf, MANIFEST: manifest(placed, pdf, duplex=self.duplex)}
        job = ticket(Job(name, self.duplex, self.colour, paper(letters)), placed, files)
        try:
            write_folder(self.folder / name, {**files, TICKET: as_json(job), TICKET_TEXT: as_text(job)})
        except OSError as failure:
            return dict.fromkeys((letter.key for letter in letters), failed(self.folder / name, failure))
        return {one.letter.key: Accepted(f"{name}#{one.seq}") for one in placed}

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
    barcode = message.extra.get("barcode", "")
    return Letter(message.key, postcode, country, message.attachment, first, pages, barcode)


def channel() -> PrintFile:
    """Return the print file of this data folder."""
    return PrintFile(settings().outbox / "print", settings().print_duplex, settings().print_colour)
