"""The history of contact files: what became of each, for whom, from whom."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from accounts import ids
from accounts.paging import page as page_of
from accounts.paging import total
from accounts.roles import Permission
from accounts.tenancy import WorkspaceRequest, page
from campaigns.models import Campaign
from contacts.models import Upload, UploadStatus
from contacts.views.tabs import tabs

NOBODYS = "none"  # files for no campaign in particular
WIDE = ("preview", "mapping", "columns", "asked", "warnings", "first_rejections")


@page(Permission.READ)
def files(request: WorkspaceRequest) -> HttpResponse:
    asked = {name: request.GET.get(name, "") for name in ("campaign", "status")}
    rows = _rows(request, asked)
    found = page_of(rows.select_related("created_by", "campaign_upload__campaign"), ("-id",), request.GET.get("at", ""))
    context = {
        "page": found,
        "total": total(rows, shown=found),
        "filters": _filters(request, asked),
        "filtered": any(asked.values()),
        "tabs": tabs("contacts:uploads"),
    }
    return render(request, "contacts/upload/list.html", context)


def _rows(request: WorkspaceRequest, asked: dict[str, str]) -> Any:
    rows = Upload.objects.filter(workspace=request.workspace).defer(*WIDE)
    if asked["campaign"] == NOBODYS:
        rows = rows.filter(campaign_upload=None)
    elif asked["campaign"]:
        rows = rows.filter(campaign_upload__campaign=ids.one(asked["campaign"]) or 0)
    return rows.filter(status=asked["status"]) if asked["status"] else rows


def _filters(request: WorkspaceRequest, asked: dict[str, str]) -> list[dict[str, Any]]:
    campaigns = Campaign.objects.filter(workspace=request.workspace, uploads__isnull=False).distinct()
    names = [(str(pk), name) for pk, name in campaigns.order_by("name").values_list("pk", "name")]
    return [
        {
            "name": "campaign",
            "label": "Campaign",
            "value": asked["campaign"],
            "options": [(NOBODYS, "No campaign"), *names],
        },
        {"name": "status", "label": "Status", "value": asked["status"], "options": UploadStatus.choices},
    ]
