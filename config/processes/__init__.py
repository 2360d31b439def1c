"""The programs that make up a running Outdial, and the one process that keeps them running."""
