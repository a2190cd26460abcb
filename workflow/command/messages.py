"""Messages of files: hidden in covers by `stego embed`, read back by `stego extract`."""

import argparse
from pathlib import Path

import embedders
from stegdata import DataError
from workflow.command import covers
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


def messages_of(options: argparse.Namespace, images: list[Input]) -> dict[str, bytes]:
    """Read the message of each cover: the one of --message, or the file of its name below --messages."""
    if options.message:
        if len(images) != 1:
            raise DataError(f"--message: expected one cover for one message, got {len(images)}: use --messages DIR")
        return {images[0].name: _content(options.message)}
    files: dict[str, list[Path]] = {}
    for path in sorted(Path(options.messages).rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            files.setdefault(path.relative_to(options.messages).with_suffix("").as_posix(), []).append(path)
    wrong = [cover.name for cover in images if len(files.get(cover.name, [])) != 1]
    if wrong:
        raise DataError(
            f"{options.messages}: expected one message for each cover, named like it, got "
            f"{len(files.get(wrong[0], []))} for {wrong[0]} ({len(wrong)} covers without one of their own)"
        )
    return {cover.name: _content(files[cover.name][0]) for cover in images}


def embed(name: str, cover: Path, target: Path, message: bytes, key: bytes) -> dict[str, object]:
    """Hide a message in a cover, write the stego, read the message back, and return columns of the manifest."""
    from embedders import coding

    domain = embedders.EMBEDDERS[name].domain
    file = covers.read(cover, domain)
    plane, *other_planes = file.planes
    coded = coding.embed_message(name, *file.arrays, message=message, passphrase=key)
    file.write(target, [coded.stego, *other_planes])
    if extract(target, key) != message:
        raise DataError(f"{target}: expected the message to be read back, got another: this is a fault of stego")
    bits = sum(coded.code.lengths)
    return {
        "payload": f"{bits / domain.elements(plane):.6f}",
        "unit": domain.unit,
        "message_bits": bits,
        "change_rate": f"{coded.changes / plane.size:.6f}",
    }


def extract(stego: Path, key: bytes) -> bytes:
    """Read the message of a stego file; EmbedderError under another passphrase."""
    from embedders import coding

    return coding.extract_message(covers.read(stego).planes[0], passphrase=key)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: expected to read this file, got {error.strerror}: check the path") from error
