"""The vendored front-end files are those that VERSIONS.md names, unchanged, each with its licence."""

import hashlib
import re
from pathlib import Path

VENDOR = Path(__file__).resolve().parent.parent.parent / "static" / "vendor"


def named() -> dict[str, str]:
    rows = re.findall(r"^\| (\S+) \|.*\| (\S+) \| `([0-9a-f]{64})` \|$", (VENDOR / "VERSIONS.md").read_text(), re.M)
    return {f"{folder}/{name}": digest for folder, name, digest in rows}


def there() -> dict[str, str]:
    return {
        str(path.relative_to(VENDOR)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.glob("*/*")
        if path.name != "LICENSE"
    }


def test_every_file_is_the_one_that_was_published():
    assert there() == named()


def test_every_folder_has_its_licence():
    assert [folder.name for folder in VENDOR.iterdir() if folder.is_dir() and not (folder / "LICENSE").exists()] == []


def test_no_file_asks_for_a_source_map_that_is_not_there():
    texts = [path for path in VENDOR.glob("*/*") if path.suffix in {".js", ".css"}]
    assert [path.name for path in texts if "sourceMappingURL" in path.read_text()] == []


def test_every_icon_that_a_page_shows_is_in_the_sprite():
    sprite = set(re.findall(r'<symbol id="([^"]+)"', (VENDOR / "tabler-icons/sprite.svg").read_text()))
    pages = (VENDOR.parent.parent / "templates").rglob("*.html")
    shown = {name for page in pages for name in re.findall(r"sprite\.svg['\"} %]*#([a-z0-9-]+)", page.read_text())}
    assert shown - sprite == set()
