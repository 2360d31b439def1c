import pytest
from django.conf import settings

from config.processes.static_files import collect_if_changed


@pytest.fixture
def sources(tmp_path, settings):
    folder = tmp_path / "static"
    folder.mkdir()
    (folder / "page.css").write_text("body { color: teal }")
    settings.STATICFILES_DIRS = [folder]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT = tmp_path / "var" / "static"
    settings.STATIC_ROOT.parent.mkdir()
    return folder


def test_files_are_collected_the_first_time_and_when_one_has_changed(sources):
    assert [collect_if_changed(), collect_if_changed()] == [True, False]
    (sources / "page.css").write_text("body { color: darkslategray }")
    assert [collect_if_changed(), collect_if_changed()] == [True, False]


def test_a_file_that_is_gone_is_not_served_any_more(sources):
    (sources / "old.css").write_text("")
    collect_if_changed()
    (sources / "old.css").unlink()
    collect_if_changed()
    assert [path.name for path in settings.STATIC_ROOT.iterdir()] == ["page.css"]
