"""For `benchmarks/lists.py`: what a page asks the database, and what that costs."""
