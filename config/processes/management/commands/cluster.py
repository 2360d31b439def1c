from typing import Any

import django_q.cluster
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connections
from django.utils.module_loading import import_string
from django_q.conf import Conf

from config.processes.sentinel import MortalSentinel


class Command(BaseCommand):
    help = "Runs the django-q2 cluster named by Q_CLUSTER_NAME. It ends when one of its processes was killed."

    def handle(self, *args: Any, **options: Any) -> None:
        for dotted in settings.ON_CLUSTER_START:
            import_string(dotted)(Conf.CLUSTER_NAME)
        connections.close_all()  # none of them may be shared with the processes that are forked now
        # The cluster takes its sentinel from its module: there is no other place to put one's own in.
        django_q.cluster.Sentinel = MortalSentinel
        cluster = django_q.cluster.Cluster()
        cluster.start()
        cluster.sentinel.join()
        raise SystemExit(cluster.sentinel.exitcode)
