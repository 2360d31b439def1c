from django.urls import path

from telephony import webhooks
from telephony.views import agents, carriers, numbers

app_name = "telephony"

urlpatterns = [
    path("hooks/<slug:provider_name>/<uuid:hook_key>/", webhooks.receive, name="hook"),
    path("agents/", agents.agent_list, name="agents"),
    path("agents/new/", agents.agent_add, name="agent_add"),
    path("agents/<int:pk>/", agents.agent, name="agent"),
    path("agents/<int:pk>/edit/", agents.agent_edit, name="agent_edit"),
    path("agents/<int:pk>/test/", agents.agent_test, name="agent_test"),
    path("agents/<int:pk>/calls/", agents.agent_calls, name="agent_calls"),
    path("agents/<int:pk>/delete/", agents.agent_delete, name="agent_delete"),
    path("carriers/", carriers.carrier_list, name="carriers"),
    path("carriers/new/", carriers.carrier_add, name="carrier_add"),
    path("carriers/<int:pk>/edit/", carriers.carrier_edit, name="carrier_edit"),
    path("carriers/<int:pk>/enable/", carriers.carrier_switch, {"word": "enable"}, name="carrier_enable"),
    path("carriers/<int:pk>/disable/", carriers.carrier_switch, {"word": "disable"}, name="carrier_disable"),
    path("carriers/<int:pk>/delete/", carriers.carrier_delete, name="carrier_delete"),
    path("numbers/", numbers.number_list, name="numbers"),
    path("numbers/new/", numbers.number_add, name="number_add"),
    path("numbers/<int:pk>/", numbers.number, name="number"),
    path("numbers/<int:pk>/edit/", numbers.number_edit, name="number_edit"),
    path("numbers/<int:pk>/spam/", numbers.number_spam, name="number_spam"),
    path("numbers/<int:pk>/delete/", numbers.number_delete, name="number_delete"),
]
