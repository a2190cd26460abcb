"""Archives of every kind, and the two data bases as if five covers of 8x8 pixels had been published."""

import dataclasses
import io
import tarfile
import zipfile
from pathlib import Path
from types import MappingProxyType

from pictures import pgm

from stegdata import sources


def tar_info(name, kind=tarfile.REGTYPE, link="", size=0):
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, link, size
    return info


def packed(ending, files, extra=()):
    """Content of an archive; a name that ends with / is a folder, `extra` are ready TarInfo's."""
    stream = io.BytesIO()
    if ending == ".zip":
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return stream.getvalue()
    packing = {".bz2": "w:bz2", ".tgz": "w:gz", ".xz": "w:xz", ".tar": "w"}[ending]
    with tarfile.open(fileobj=stream, mode=packing) as archive:
        for name, content in files.items():
            if name.endswith("/"):
                archive.addfile(tar_info(name, tarfile.DIRTYPE))
            else:
                archive.addfile(tar_info(name, size=len(content)), io.BytesIO(content))
        for info in extra:
            archive.addfile(info)
    return stream.getvalue()


def pack(path, files, extra=()):
    """Write an archive of the kind its ending says."""
    path.write_bytes(packed(path.suffix, files, extra))
    return path


def five(top="", **more):
    names = {f"{top}{number}.pgm": pgm(number) for number in (10, 2, 3, 1, 11)}
    return ({top: b""} if top.endswith("/") else {}) | names | more


def publish(monkeypatch, kind, **changes):
    """Let another archive be the published one."""
    archive = dataclasses.replace(sources.KINDS[kind].archive, **changes)
    changed = dict(sources.KINDS) | {kind: dataclasses.replace(sources.KINDS[kind], archive=archive)}
    monkeypatch.setattr(sources, "KINDS", MappingProxyType(changed))


def shrink(monkeypatch):
    """Both data bases as if five covers of 8x8 pixels had been published."""
    for kind in ("bossbase", "bows2"):
        publish(monkeypatch, kind, count=5, side=8, pixels=MappingProxyType({}))


def opened(kind, path, **more):
    """A source; an archive is unpacked beside it."""
    return sources.opened(kind, path, unpack_to=Path(path).parent / "unpacked", **more)


def groups_of(kind, path, **more):
    """Cover name -> group."""
    return opened(kind, path, **more).listing().groups


def read(kind, path, names):
    return opened(kind, path).read(names)


def everything(kind, path):
    """Cover name -> pixels."""
    return {name: image.tobytes() for name, image in read(kind, path, list(groups_of(kind, path)))}
