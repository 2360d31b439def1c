"""A file is a room that is read in one sitting, and its name says what is in it."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LONGEST = 400  # lines
LONGEST_TEST = 500
SAYS_NOTHING = ("util", "utils", "helper", "helpers", "common", "misc", "manager", "managers", "service", "services")
SAYS_NOTHING += ("handler", "handlers")
# Asset folders hold what others wrote; migrations are written by Django.
NOT_OURS = ("static/vendor/", "/migrations/")


def files(*endings: str) -> list[Path]:
    """The project's files with one of these endings, committed or about to be, without what others wrote."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    ours = [name for name in listed if name.endswith(endings) and not any(part in f"/{name}" for part in NOT_OURS)]
    return [ROOT / name for name in ours if (ROOT / name).exists()]


def too_long(paths: list[Path], longest: int) -> dict[str, int]:
    lines = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in paths}
    return {name: count for name, count in lines.items() if count > longest}


def test_no_source_file_is_longer_than_one_sitting():
    sources = [path for path in files(".py", ".html", ".js", ".css") if path.relative_to(ROOT).parts[0] != "tests"]
    assert too_long(sources, LONGEST) == {}


def test_no_test_file_is_longer_than_its_own_limit():
    tests = [path for path in files(".py") if path.relative_to(ROOT).parts[0] == "tests"]
    assert too_long(tests, LONGEST_TEST) == {}


def test_no_name_of_a_file_or_folder_says_nothing():
    parts = {part for path in files(".py", ".html", ".js", ".css") for part in path.relative_to(ROOT).parts}
    words = {part for part in parts for word in part.split(".")[0].split("_") if word in SAYS_NOTHING}
    assert words == set()


def test_no_page_and_no_style_asks_another_host_for_anything():
    asking = [
        str(path.relative_to(ROOT))
        for path in files(".html", ".css", ".js")
        for text in (path.read_text(),)
        if any(f'{word}"{scheme}' in text for word in ("src=", 'rel="stylesheet" href=') for scheme in ("http", "//"))
        or "@import url(http" in text
    ]
    assert asking == []
