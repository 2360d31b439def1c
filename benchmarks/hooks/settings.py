"""The installation's settings, with the benchmark's views beside the product's."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.hooks.urls"
