"""Addresses of people, their files and the suppression list."""

from django.urls import path

from contacts.views import acts, barring, compliance, drop, files, holds, merging, people, suppression, uploads

app_name = "contacts"
urlpatterns = [
    path("contacts/", people.people, name="list"),
    path("contacts/add/", people.add, name="add"),
    path("contacts/bulk/", acts.begin, name="bulk"),
    path("contacts/acts/", acts.history, name="acts"),
    path("contacts/acts/strip/", acts.strip, name="acts_strip"),
    path("contacts/acts/<int:pk>/cancel/", acts.cancel, name="act_cancel"),
    path("contacts/<int:pk>/", people.detail, name="detail"),
    path("contacts/<int:pk>/edit/", people.edit, name="edit"),
    path("contacts/<int:pk>/merge/", merging.merge, name="merge"),
    path("contacts/<int:pk>/hold/", holds.hold, name="hold"),
    path("contacts/<int:pk>/unhold/", holds.unhold, name="unhold"),
    path("contacts/uploads/", files.files, name="uploads"),
    path("contacts/uploads/new/", drop.new, name="upload_new"),
    path("contacts/uploads/<int:pk>/", uploads.one, name="upload"),
    path("contacts/uploads/<int:pk>/part/", uploads.part, name="upload_part"),
    path("contacts/uploads/<int:pk>/choose/", uploads.choose, name="upload_choose"),
    path("contacts/uploads/<int:pk>/undo/", uploads.undo, name="upload_undo"),
    path("contacts/uploads/<int:pk>/load/", uploads.start, name="upload_load"),
    path("contacts/uploads/<int:pk>/cancel/", uploads.cancel, name="upload_cancel"),
    path("contacts/uploads/<int:pk>/rejected/", uploads.rejected_rows, name="upload_rejected"),
    path("compliance/", compliance.compliance, name="compliance"),
    path("compliance/hours/add/", compliance.add, name="safe_hours_add"),
    path("compliance/hours/<slug:country>/", compliance.edit, name="safe_hours_edit"),
    path("compliance/hours/<slug:country>/reset/", compliance.reset, name="safe_hours_reset"),
    path("compliance/hours/<slug:country>/<slug:region>/", compliance.edit, name="safe_hours_edit"),
    path("compliance/hours/<slug:country>/<slug:region>/reset/", compliance.reset, name="safe_hours_reset"),
    path("compliance/safe-hours/<slug:word>/", compliance.switch, name="safe_hours_switch"),
    path("contacts/suppression/", suppression.suppressed, name="suppression"),
    path("contacts/suppression/add/", suppression.suppress, name="suppress"),
    path("contacts/suppression/import/", barring.import_file, name="suppress_file"),
    path("contacts/suppression/remove/", suppression.unsuppress, name="unsuppress"),
    path("contacts/suppression/removals/<int:pk>/", suppression.removal, name="removal"),
    path("contacts/suppression/removals/<int:pk>/cancel/", suppression.cancel_removal, name="removal_cancel"),
]
