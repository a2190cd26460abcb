"""Messages of files: hidden in covers by `stego embed`, read back by `stego extract`."""

import argparse
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

import embedders
from embedders import Domain
from stegdata import DataError, formats
from workflow.command.inputs import Input

#: Passphrase of messages that are not to be secret: everybody can read them.
PUBLIC = b"stego: no encryption"


def add_key_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare how a message is encrypted."""
    parser.add_argument("--key-file", type=Path, metavar="KEY", help="file whose content is the passphrase")
    parser.add_argument("--no-encryption", action="store_true", help="let everybody who has this command read it")


def passphrase(options: argparse.Namespace) -> bytes:
    """Read the passphrase: the content of the key file without line ends at its end; DataError without one."""
    if options.no_encryption == (options.key_file is not None):
        raise DataError(
            "--key-file: expected a file with the passphrase, or --no-encryption for a message that everybody may "
            f"read, got {'both' if options.no_encryption else 'neither'}"
        )
    if options.no_encryption:
        return PUBLIC
    key = _content(options.key_file).rstrip(b"\r\n")
    if not key:
        raise DataError(f"{options.key_file}: expected a passphrase, got an empty file")
    return key


def messages_of(options: argparse.Namespace, covers: list[Input]) -> dict[str, bytes]:
    """Read the message of each cover: the one of --message, or the file of its name below --messages."""
    if options.message:
        if len(covers) != 1:
            raise DataError(f"--message: expected one cover for one message, got {len(covers)}: use --messages DIR")
        return {covers[0].name: _content(options.message)}
    files: dict[str, list[Path]] = {}
    for path in sorted(Path(options.messages).rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            files.setdefault(path.relative_to(options.messages).with_suffix("").as_posix(), []).append(path)
    wrong = [cover.name for cover in covers if len(files.get(cover.name, [])) != 1]
    if wrong:
        raise DataError(
            f"{options.messages}: expected one message for each cover, named like it, got "
            f"{len(files.get(wrong[0], []))} for {wrong[0]} ({len(wrong)} covers without one of their own)"
        )
    return {cover.name: _content(files[cover.name][0]) for cover in covers}


def embed(name: str, cover: Path, target: Path, message: bytes, key: bytes) -> dict[str, object]:
    """Hide a message in a cover, write the stego, read the message back, and return columns of the manifest."""
    from embedders import coding

    image, *arrays = read(cover)
    coded = coding.embed_message(name, *arrays, message=message, passphrase=key)
    if image is None:
        from stegdata.formats import grey

        grey.write(target, coded.stego, cover)
    else:
        from stegdata.formats import jpeg

        jpeg.write(target, image, [coded.stego, *image.coefficients[1:]])
    if extract(target, key) != message:
        raise DataError(f"{target}: expected the message to be read back, got another: this is a fault of stego")
    domain = embedders.EMBEDDERS[name].domain
    bits = sum(coded.code.lengths)
    return {
        "payload": f"{bits / domain.elements(arrays[0]):.6f}",
        "unit": domain.unit,
        "message_bits": bits,
        "change_rate": f"{coded.changes / arrays[0].size:.6f}",
    }


def extract(stego: Path, key: bytes) -> bytes:
    """Read the message of a stego file; EmbedderError under another passphrase."""
    from embedders import coding

    return coding.extract_message(read(stego)[1], passphrase=key)


def read(path: Path) -> tuple[Any, NDArray[Any], *tuple[NDArray[Any], ...]]:
    """Read a cover or stego: its JPEG or None, then the arrays that are embedded in."""
    from stegdata.formats import grey, jpeg

    if path.suffix.lower() in formats.JPEG:
        image = jpeg.read(path)
        return image, image.coefficients[0], image.quantization_tables[0]
    return None, grey.read(path)


def check_domain(name: str, path: Path) -> None:
    """Raise DataError where a file is not a cover of an embedder's domain."""
    domain = embedders.EMBEDDERS[name].domain
    if (domain is Domain.JPEG) != (path.suffix.lower() in formats.JPEG):
        raise DataError(f"{path}: expected a cover of the {domain} domain for {name}, got another format")


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: expected to read this file, got {error.strerror}: check the path") from error
