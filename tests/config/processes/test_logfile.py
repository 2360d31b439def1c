from config.processes.logfile import keep_small, open_log


def test_a_file_below_the_limit_stays_as_it_is(tmp_path):
    path = tmp_path / "web.log"
    path.write_text("one line\n")
    keep_small(path, limit=100)
    assert (path.read_text(), path.with_name("web.log.1").exists()) == ("one line\n", False)


def test_a_file_above_the_limit_is_moved_away_and_its_writer_goes_on_at_the_beginning(tmp_path):
    path = tmp_path / "logs" / "web.log"
    with open_log(path) as log:
        log.write(b"old " * 50)
        keep_small(path, limit=100)
        log.write(b"new")
    assert path.read_text() == "new"
    assert path.with_name("web.log.1").read_text() == "old " * 50
