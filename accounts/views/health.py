"""What a supervisor or load balancer asks. No session, no person."""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

from campaigns.lease import clock
from campaigns.models import Lease

_migrated = False  # migrations are never taken back while we run: one good answer is enough


def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok", content_type="text/plain")


def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database answers, its migrations are applied and a dial runner is alive; else 503. Says which."""
    checks = {"database": False, "migrations": False, "dialing": False}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        checks["database"] = True
        checks["migrations"] = migrations_applied()
        if checks["migrations"]:
            checks["dialing"] = Lease.objects.filter(name__startswith="slot:", until__gt=clock()).exists()
    except DatabaseError:
        pass
    return JsonResponse(checks, status=200 if all(checks.values()) else 503)


def migrations_applied() -> bool:
    global _migrated
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated
