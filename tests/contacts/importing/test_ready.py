"""The ready file holds one line per row of the file, in its order, and may be read from the middle."""

import pytest

from contacts.importing import ready, staging
from contacts.models import Upload
from tests.contacts.files import many, staged
from tests.factories import SuppressionFactory

pytestmark = pytest.mark.django_db

FILE = """phone,name,country,tags,priority,primary_phone_number,plan
+12125551000,Ana,,vip;b2b,high,+1 212 555 1001,gold
x,Ben,,,,,
(212) 555-1000,Ana again,,,,,
+12125551001,Zoë,DE,,,,
"""


def read(upload: Upload, at: int = 0) -> list[tuple[list, int]]:
    with upload.ready.open("rb") as file:
        return list(ready.rows(file.file, at))


def test_each_row_is_a_line_as_it_will_be_loaded(workspace) -> None:
    rows = [row for row, _ in read(staged(workspace, FILE))]
    given = {"name": "Ana", "tags": ["vip", "b2b"], "priority": 0}
    where = ["US", "NY", "America/New_York", "number"]
    assert rows[0] == [2, "+12125551000", *where, given, {"plan": "gold"}, "+12125551001", None]
    assert rows[1] == [3, "invalid", "“x” is not a phone number.", ["x", "Ben", "", "", "", "", ""]]
    assert rows[2][:3] == [4, "duplicate", "The same number as in line 2: +12125551000."]
    assert rows[3][:6] == [5, "+12125551001", "DE", "", "America/New_York Europe/Berlin Europe/Busingen", "unknown"]
    assert [ready.is_person(row) for row in rows] == [True, False, False, True]


def test_reading_goes_on_wherever_it_stopped(workspace) -> None:
    upload = staged(workspace, many(5))
    rows = read(upload)
    for number, (_, after) in enumerate(rows):
        assert read(upload, after) == rows[number + 1 :]
    assert rows[-1][1] == upload.ready.size


def test_people_on_the_suppression_list_keep_their_cells(workspace) -> None:
    SuppressionFactory(workspace=workspace, phone_number="+12125550001")
    rows = [row for row, _ in read(staged(workspace, many(3)))]
    assert [row[ready.CELLS] for row in rows] == [None, ["+12125550001", "Person 1", "1"], None]


def test_one_ready_file_is_left_beside_a_staged_file_and_none_beside_a_failed_one(workspace) -> None:
    upload = staged(workspace, many(3))
    folder = ready.path_of(upload, upload.ready.name).parent
    stray = ready.path_of(upload, ready.fresh_name(upload))
    stray.write_text("left by a worker that was killed")
    Upload.objects.filter(pk=upload.pk).update(status="staging")
    staging.stage(upload.pk, upload.turn)
    upload.refresh_from_db()
    own = upload.file.name.rsplit("/", 1)[1].removesuffix(".file")
    assert [path.name for path in folder.glob(f"{own}.*.ready")] == [upload.ready.name.rsplit("/", 1)[1]]
    failed = staged(workspace, "phone\nx\n")
    assert not failed.ready and not failed.file
