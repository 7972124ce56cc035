"""Archives stay inside when unpacked, and are the same bytes when packed again."""

from __future__ import annotations

import errno
import io
import os
import tarfile
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.local_aws.jobs.archives import UnsafeArchiveError, extract, pack, regular_files, union

KINDS = [tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE]
PART = st.sampled_from(["a", "b", "c", "..", ".", ""])
PATHS = st.builds(
    lambda root, parts: root + "/".join(parts),
    st.sampled_from(["", "", "", "/", "./"]),
    st.lists(PART, min_size=1, max_size=4),
)
MEMBERS = st.lists(st.tuples(PATHS, st.sampled_from(KINDS), PATHS), max_size=6)


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    """A member without content."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


def archive(path: Path, *members: tarfile.TarInfo) -> Path:
    """Write a tar with the members; files have as many zeros as they say."""
    with tarfile.open(path, "w:gz") as tar:
        for info in members:
            tar.addfile(info, io.BytesIO(bytes(info.size)))
    return path


def leads_nowhere_else(path: Path, root: Path) -> bool:
    """Whether a path ends below the root, or, a loop of links, nowhere."""
    try:
        path.stat()
    except OSError as error:
        if error.errno == errno.ELOOP:
            return True
    return path.resolve().is_relative_to(root)


@settings(max_examples=300, deadline=None)
@given(MEMBERS)
def test_nothing_lands_or_points_outside(members: list[tuple[str, bytes, str]]) -> None:
    """Whatever an archive holds, unpacking changes nothing outside and leaves no way out."""
    with tempfile.TemporaryDirectory() as directory:
        outer = Path(directory).resolve()
        (outer / "canary").write_text("untouched")
        target = outer / "target"
        path = archive(
            outer / "archive.tar.gz", *(member(name, kind, link) for name, kind, link in members)
        )
        try:
            extract(path, target)
        except UnsafeArchiveError:
            """Refusing is fine; what was unpacked before must still be harmless."""
        assert {entry.name for entry in outer.iterdir()} == {"canary", "archive.tar.gz", "target"}
        assert (outer / "canary").read_text() == "untouched"
        assert (outer / "canary").stat().st_nlink == 1
        for place, directories, files in os.walk(target):
            for name in directories + files:
                assert leads_nowhere_else(Path(place) / name, target)


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(
        st.text(alphabet="abcé .", min_size=1, max_size=8).filter(lambda name: name.strip(" .")),
        st.binary(max_size=100),
        max_size=5,
    )
)
def test_what_was_packed_is_unpacked_the_same(files: dict[str, bytes]) -> None:
    """Packing and unpacking keeps names and bytes; packing again gives the same archive."""
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        (root / "in" / "deep").mkdir(parents=True)
        for name, content in files.items():
            (root / "in" / "deep" / name).write_bytes(content)
        found = regular_files(root / "in")
        pack(found, root / "one.tar.gz")
        for path in found.values():
            os.utime(path, (1, 1))
        pack(dict(reversed(found.items())), root / "two.tar.gz")
        extract(root / "one.tar.gz", root / "out")

        unpacked = {n: p.read_bytes() for n, p in regular_files(root / "out").items()}
        assert unpacked == {f"deep/{name}": content for name, content in files.items()}
        assert (root / "one.tar.gz").read_bytes() == (root / "two.tar.gz").read_bytes()


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (member("../evil"), "would lie outside"),
        (member("/etc/evil"), "would lie outside"),
        (member("a/../../evil"), "would lie outside"),
        (member("link", tarfile.SYMTYPE, "/etc"), "links outside"),
        (member("link", tarfile.SYMTYPE, "../up"), "links outside"),
        (member("a/link", tarfile.SYMTYPE, "b/../../.."), "links outside"),
        (member("link", tarfile.LNKTYPE, "../canary"), "would lie outside"),
        (member("link", tarfile.LNKTYPE, "link"), "links to no file"),
        (member("device", tarfile.CHRTYPE), "neither file, directory nor link"),
        (member("pipe", tarfile.FIFOTYPE), "neither file, directory nor link"),
    ],
)
def test_bad_members_are_refused_by_name(tmp_path: Path, bad: tarfile.TarInfo, words: str) -> None:
    """Traversal, absolute names, links out, devices and pipes are refused."""
    with pytest.raises(UnsafeArchiveError, match=words):
        extract(archive(tmp_path / "x.tar.gz", bad), tmp_path / "out")


def test_a_member_below_a_link_is_refused(tmp_path: Path) -> None:
    """A link cannot be used as a directory of later members."""
    bad = archive(
        tmp_path / "x.tar.gz", member("d", tarfile.SYMTYPE, "."), member("d/../x"), member("d/x")
    )
    with pytest.raises(UnsafeArchiveError):
        extract(bad, tmp_path / "out")


def test_a_name_cannot_become_a_link(tmp_path: Path) -> None:
    """A file replaced by a link could be linked to from elsewhere, where it leads outside."""
    bad = archive(
        tmp_path / "x.tar.gz",
        member("x"),
        member("d/e/f"),
        member("d/e/f", tarfile.SYMTYPE, "../../x"),
        member("out", tarfile.LNKTYPE, "d/e/f"),
    )
    with pytest.raises(UnsafeArchiveError, match="something else first"):
        extract(bad, tmp_path / "out")


def test_links_inside_are_kept(tmp_path: Path) -> None:
    """Links that stay inside are unpacked as they are."""
    good = archive(
        tmp_path / "x.tar.gz",
        member("lib/real.py"),
        member("lib/alias.py", tarfile.SYMTYPE, "real.py"),
        member("top.py", tarfile.SYMTYPE, "lib/real.py"),
        member("lib/up.py", tarfile.SYMTYPE, "../top.py"),
    )
    extract(good, tmp_path / "out")

    assert (tmp_path / "out/lib/up.py").resolve() == (tmp_path / "out/lib/real.py").resolve()


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    """An archive that unpacks to more than allowed is refused, by size and by count."""
    large = member("large")
    large.size = 2_000_000
    bomb = archive(tmp_path / "x.tar.gz", large)
    assert bomb.stat().st_size < 10_000
    with pytest.raises(UnsafeArchiveError, match="more than"):
        extract(bomb, tmp_path / "out", largest=1_000_000)
    assert list((tmp_path / "out").iterdir()) == []

    many = archive(tmp_path / "y.tar.gz", *(member(str(number)) for number in range(11)))
    with pytest.raises(UnsafeArchiveError, match="more than"):
        extract(many, tmp_path / "out", most_members=10)


@pytest.mark.parametrize("content", [b"", b"no tar", b"\x1f\x8b\x08 broken"])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    """Files that are no archives, and broken ones, are refused."""
    (tmp_path / "x.tar.gz").write_bytes(content)
    with pytest.raises(UnsafeArchiveError, match=r"x\.tar\.gz cannot be unpacked"):
        extract(tmp_path / "x.tar.gz", tmp_path / "out")


def test_a_truncated_archive_is_refused(tmp_path: Path) -> None:
    """An archive that ends early is refused."""
    whole = member("file")
    whole.size = 100_000
    path = archive(tmp_path / "x.tar.gz", whole)
    path.write_bytes(path.read_bytes()[:-60])
    with pytest.raises(UnsafeArchiveError):
        extract(path, tmp_path / "out")


def test_set_user_id_and_owner_are_not_restored(tmp_path: Path) -> None:
    """Unpacked files belong to whoever unpacks them, without special bits."""
    info = member("tool")
    info.mode, info.uid, info.gid = 0o6755, 12345, 12345
    extract(archive(tmp_path / "x.tar.gz", info), tmp_path / "out")

    status = (tmp_path / "out/tool").stat()
    assert status.st_mode & 0o7777 == 0o755
    assert status.st_uid == os.geteuid()


def test_packed_members_say_nothing_of_this_machine(tmp_path: Path) -> None:
    """Members have no owner, no time, and keep whether they can be run."""
    tool, data = tmp_path / "tool", tmp_path / "data"
    for path, mode in ((tool, 0o700), (data, 0o600)):
        path.write_text("x")
        path.chmod(mode)
    pack({"bin/tool": tool, "data": data}, tmp_path / "x.tar.gz")

    with tarfile.open(tmp_path / "x.tar.gz") as tar:
        told = [(m.name, m.mode, m.uid, m.mtime) for m in tar]
    assert told == [("bin", 0o755, 0, 0), ("bin/tool", 0o755, 0, 0), ("data", 0o644, 0, 0)]


def test_files_outside_are_not_found_through_links(tmp_path: Path) -> None:
    """Links out, pipes and dangling links are left out; links to files inside count as files."""
    root = tmp_path / "root"
    (root / "deep").mkdir(parents=True)
    (tmp_path / "secret").write_text("s")
    (root / "deep" / "real").write_text("r")
    (root / "inside").symlink_to("deep/real")
    (root / "outside").symlink_to("../secret")
    (root / "dangling").symlink_to("nowhere")
    (root / "directory").symlink_to("deep")
    (root / "loop").symlink_to("loop")
    os.mkfifo(root / "pipe")

    assert set(regular_files(root)) == {"inside", "deep/real"}
    assert regular_files(tmp_path / "nothing") == {}


def test_the_first_directory_wins_in_a_union(tmp_path: Path) -> None:
    """Directories are merged; of files with the same name the first directory's is taken."""
    for host, names in (("one", ("both", "a")), ("two", ("both", "b"))):
        (tmp_path / host).mkdir()
        for name in names:
            (tmp_path / host / name).write_text(host)

    merged = union([tmp_path / "one", tmp_path / "two"])
    assert {name: path.read_text() for name, path in merged.items()} == {
        "a": "one",
        "b": "two",
        "both": "one",
    }
