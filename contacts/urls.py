"""Addresses of people, their files and the suppression list."""

from django.urls import path

from contacts.views import people, suppression, uploads

app_name = "contacts"
urlpatterns = [
    path("contacts/", people.people, name="list"),
    path("contacts/add/", people.add, name="add"),
    path("contacts/bulk/", people.bulk, name="bulk"),
    path("contacts/<int:pk>/", people.detail, name="detail"),
    path("contacts/<int:pk>/edit/", people.edit, name="edit"),
    path("contacts/uploads/", uploads.files, name="uploads"),
    path("contacts/uploads/new/", uploads.new, name="upload_new"),
    path("contacts/uploads/<int:pk>/", uploads.one, name="upload"),
    path("contacts/uploads/<int:pk>/part/", uploads.part, name="upload_part"),
    path("contacts/uploads/<int:pk>/load/", uploads.start, name="upload_load"),
    path("contacts/uploads/<int:pk>/cancel/", uploads.cancel, name="upload_cancel"),
    path("contacts/uploads/<int:pk>/rejected/", uploads.rejected_rows, name="upload_rejected"),
    path("contacts/suppression/", suppression.suppressed, name="suppression"),
    path("contacts/suppression/add/", suppression.suppress, name="suppress"),
    path("contacts/suppression/remove/", suppression.unsuppress, name="unsuppress"),
]
