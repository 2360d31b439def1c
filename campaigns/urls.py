"""Addresses of campaigns, their people, conversations and calls."""

from django.urls import path

from campaigns.views import (
    acting,
    add_file,
    add_one,
    adding,
    analytics,
    calls,
    detail,
    forecast,
    intake,
    intake_hook,
    listing,
    moving,
    parts,
    people,
    pool,
    schedules,
    settings,
    wizard,
)

app_name = "campaigns"
urlpatterns = [
    path("campaigns/", listing.campaign_list, name="list"),
    path("campaigns/rows/", listing.campaign_rows, name="rows"),
    path("campaigns/bulk/", listing.bulk, name="bulk"),
    # shared call windows
    path("schedules/", schedules.schedule_list, name="schedules"),
    path("schedules/add/", schedules.schedule_add, name="schedule_add"),
    path("schedules/<int:pk>/", schedules.schedule, name="schedule"),
    path("schedules/<int:pk>/edit/", schedules.schedule_edit, name="schedule_edit"),
    path("schedules/<int:pk>/delete/", schedules.schedule_delete, name="schedule_delete"),
    # the wizard and settings
    path("campaigns/new/", wizard.new_start, name="new_start"),
    path("campaigns/new/<slug:step>/", wizard.new, name="new"),
    path("campaigns/<int:pk>/edit/", wizard.edit_start, name="edit_start"),
    path("campaigns/<int:pk>/edit/<slug:step>/", wizard.edit, name="edit"),
    path("campaigns/<int:pk>/settings/", settings.settings, name="settings"),
    path("campaigns/<int:pk>/intake/", intake.one, name="intake"),
    path("campaigns/<int:pk>/intake/mapping/", intake.mapping, name="intake_mapping"),
    path("campaigns/<int:pk>/intake/test/", intake.test, name="intake_test"),
    path("campaigns/<int:pk>/intake/do/<slug:action>/", intake.act, name="intake_act"),
    path("intake/<slug:secret>/", intake_hook.receive, name="intake_hook"),
    # one campaign
    path("campaigns/<int:pk>/", detail.overview, name="detail"),
    path("campaigns/<int:pk>/report/", detail.report, name="report"),
    path("campaigns/<int:pk>/analytics/", analytics.analytics, name="analytics"),
    path("campaigns/<int:pk>/clone/", acting.clone, name="clone"),
    path("campaigns/<int:pk>/audit/", acting.check_again, name="check_again"),
    path("campaigns/<int:pk>/do/<slug:action>/", acting.act, name="act"),
    path("campaigns/<int:pk>/parts/audience/", detail.audience, name="audience"),
    path("campaigns/<int:pk>/parts/forecast/", forecast.forecast, name="forecast"),
    path("campaigns/<int:pk>/forecast/", forecast.ask_forecast, name="ask_forecast"),
    path("campaigns/<int:pk>/parts/uploads/", detail.uploads, name="uploads"),
    path("campaigns/<int:pk>/parts/<slug:name>/", parts.part, name="part"),
    path("campaigns/<int:pk>/numbers/<int:entry_pk>/<slug:status>/", pool.switch, name="switch_number"),
    # its people
    path("campaigns/<int:pk>/contacts/", people.contacts, name="contacts"),
    path("campaigns/<int:pk>/tasks/", people.contacts, name="tasks"),
    path("campaigns/<int:pk>/contacts/add/", adding.add, name="add_contacts"),
    path("campaigns/<int:pk>/contacts/new/", add_one.add_one, name="add_contact"),
    path("campaigns/<int:pk>/contacts/import/", add_file.import_file, name="import_contacts"),
    path("campaigns/<int:pk>/uploads/<int:link_pk>/<slug:action>/", add_file.upload_act, name="upload_act"),
    path("campaigns/<int:pk>/contacts/move/", moving.move, name="move_contacts"),
    path("campaigns/<int:pk>/contacts/acts/", moving.strip, name="acts"),
    path("campaigns/<int:pk>/contacts/acts/<int:act_pk>/cancel/", moving.cancel, name="cancel_act"),
    path("campaigns/<int:pk>/contacts/<int:person_pk>/", people.person, name="person"),
    # calls
    path("conversations/", calls.conversation_list, name="conversations"),
    path("calls/<int:pk>/", calls.call, name="call"),
]
