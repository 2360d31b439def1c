"""Contact files for `benchmarks/importing.py`: the file, the limit of the database, and the usual ways."""
