"""Every address of the project and who may come in. An address without a row fails test_every_url.py.

The back office (admin:) and the API (api:) go by one rule each, and need no rows.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from accounts.models import Workspace
from accounts.roles import Permission
from campaigns import intake
from campaigns.models import CampaignAction, Intake
from tests.factories import (
    AgentFactory,
    ApiTokenFactory,
    BulkActionFactory,
    CallFactory,
    CampaignContactFactory,
    CampaignFactory,
    CampaignUploadFactory,
    CarrierFactory,
    ContactFactory,
    ExportFactory,
    GoalFactory,
    MembershipFactory,
    NumberFactory,
    PoolNumberFactory,
    ScheduleFactory,
    UploadFactory,
)

ANYBODY = "anybody"
PERSON = "person"  # signed in, in whatever workspace


def nothing(workspace: Workspace) -> dict[str, Any]:
    return {}


Kwargs = Callable[[Workspace], dict[str, Any]]


@dataclass(frozen=True)
class Row:
    """`needs`: ANYBODY, PERSON, or the Permission that a role must have.

    `kwargs` makes what the address names in the given workspace; if it makes anything, a stranger gets 404.
    `method` and `data`: how it is asked; data that the page refuses will do, being refused means being let in.
    `answers`: what somebody gets instead of what the rule says.
    """

    needs: str
    kwargs: Kwargs = nothing
    method: str = "get"
    data: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, int | str] = field(default_factory=dict)

    @property
    def owned(self) -> bool:
        return self.kwargs is not nothing


def made_by(factory: Any) -> Kwargs:
    return lambda workspace: {"pk": factory(workspace=workspace).pk}


def of_campaign(factory: Any = None, key: str = "", **words: str) -> Kwargs:
    """A campaign's address, and of something in it under `key`."""

    def make(workspace: Workspace) -> dict[str, Any]:
        made = CampaignFactory(workspace=workspace)
        return {"pk": made.pk, **({key: factory(campaign=made).pk} if factory else {}), **words}

    return make


def intake_of(workspace: Workspace) -> Intake:
    return intake.make(CampaignFactory(workspace=workspace), actor=None)


def with_intake(**words: str) -> Kwargs:
    return lambda workspace: {"pk": intake_of(workspace).campaign_id, **words}


READ, RUN, CONTACTS = Permission.READ, Permission.RUN, Permission.CONTACTS
EXPORT = Permission.EXPORT
SETUP, DELETE, OWNER = Permission.SETUP, Permission.DELETE, Permission.ADMINISTER
IN: dict[str, int | str] = {"stranger": "in"}  # everybody has this in a workspace of their own
agent, carrier, number = made_by(AgentFactory), made_by(CarrierFactory), made_by(NumberFactory)
membership, token = made_by(MembershipFactory), made_by(ApiTokenFactory)
contact, upload, campaign = made_by(ContactFactory), made_by(UploadFactory), of_campaign()
schedule = made_by(ScheduleFactory)


def act_on_a_list(workspace: Workspace) -> dict[str, Any]:
    made = CampaignAction.objects.create(
        campaign=CampaignFactory(workspace=workspace), bulk=BulkActionFactory(workspace=workspace, action="retry")
    )
    return {"pk": made.campaign_id, "act_pk": made.bulk_id}


removal = made_by(partial(BulkActionFactory, action="unsuppress"))

ADDRESSES: dict[str, Row] = {
    # accounts
    "healthz": Row(ANYBODY),
    "readyz": Row(ANYBODY, answers=dict.fromkeys(("nobody", "viewer", "operator", "stranger"), 503)),  # no dialer here
    "accounts:sign_in": Row(ANYBODY),
    "accounts:sign_out": Row(ANYBODY, method="post"),
    "accounts:home": Row(PERSON),
    "accounts:profile": Row(PERSON),
    "accounts:password": Row(PERSON),
    "accounts:pick_workspace": Row(PERSON),
    "accounts:switch_workspace": Row(PERSON, lambda workspace: {"pk": workspace.pk}, "post"),
    "accounts:workspace": Row(READ),
    "accounts:members": Row(READ),
    "accounts:member_add": Row(OWNER),
    "accounts:member_role": Row(OWNER, membership, "post"),
    "accounts:member_remove": Row(OWNER, membership, "post"),
    "accounts:tokens": Row(OWNER),
    "accounts:token_add": Row(OWNER),
    "accounts:token_revoke": Row(OWNER, token, "post"),
    # telephony
    "telephony:agents": Row(READ),
    "telephony:agent": Row(READ, agent),
    "telephony:agent_calls": Row(READ, agent),
    "telephony:agent_test": Row(RUN, agent, "post"),
    "telephony:agent_add": Row(SETUP),
    "telephony:agent_edit": Row(SETUP, agent),
    "telephony:agent_delete": Row(DELETE, agent, "post"),
    "telephony:carriers": Row(READ),
    "telephony:carrier_add": Row(SETUP),
    "telephony:carrier_edit": Row(SETUP, carrier),
    "telephony:carrier_enable": Row(SETUP, carrier, "post"),
    "telephony:carrier_disable": Row(SETUP, carrier, "post"),
    "telephony:carrier_delete": Row(DELETE, carrier, "post"),
    "telephony:numbers": Row(READ),
    "telephony:number": Row(READ, number),
    "telephony:number_add": Row(SETUP),
    "telephony:number_edit": Row(SETUP, number),
    "telephony:number_spam": Row(SETUP, number, "post"),
    "telephony:number_delete": Row(DELETE, number, "post"),
    "telephony:hook": Row(
        ANYBODY,
        lambda workspace: {"provider_name": "http", "hook_key": CarrierFactory(workspace=workspace).hook_key},
        "post",
        answers=dict.fromkeys(("nobody", "viewer", "operator", "stranger"), 401),  # nobody here signs like a carrier
    ),
    # contacts
    "contacts:list": Row(READ),
    "contacts:add": Row(CONTACTS),
    "contacts:bulk": Row(CONTACTS, method="post"),
    "contacts:acts": Row(READ),
    "contacts:acts_strip": Row(READ),
    "contacts:act_cancel": Row(CONTACTS, made_by(BulkActionFactory), "post"),
    "contacts:detail": Row(READ, contact),
    "contacts:edit": Row(CONTACTS, contact),
    "contacts:merge": Row(CONTACTS, contact),
    "contacts:hold": Row(CONTACTS, contact, "post"),
    "contacts:unhold": Row(CONTACTS, contact, "post"),
    "contacts:compliance": Row(READ),
    "contacts:safe_hours_add": Row(Permission.COMPLIANCE),
    "contacts:safe_hours_edit": Row(Permission.COMPLIANCE, lambda workspace: {"country": "US"}, answers=IN),
    "contacts:safe_hours_reset": Row(Permission.COMPLIANCE, lambda workspace: {"country": "US"}, "post", answers=IN),
    "contacts:safe_hours_switch": Row(OWNER, lambda workspace: {"word": "on"}, "post", answers=IN),
    "contacts:uploads": Row(READ),
    "contacts:upload_new": Row(CONTACTS),
    "contacts:upload": Row(READ, upload),
    "contacts:upload_part": Row(READ, upload),
    "contacts:upload_choose": Row(CONTACTS, upload, "post"),
    "contacts:upload_undo": Row(CONTACTS, upload, "post"),
    "contacts:upload_load": Row(CONTACTS, upload, "post"),
    "contacts:upload_cancel": Row(CONTACTS, upload, "post"),
    "contacts:upload_rejected": Row(CONTACTS, upload),
    "contacts:suppression": Row(READ),
    "contacts:suppress": Row(Permission.SUPPRESS),
    "contacts:suppress_file": Row(Permission.SUPPRESS),
    "contacts:unsuppress": Row(Permission.UNSUPPRESS, method="post"),
    "contacts:removal": Row(READ, removal),
    "contacts:removal_cancel": Row(Permission.UNSUPPRESS, removal, "post"),
    # campaigns
    "campaigns:list": Row(READ),
    "campaigns:rows": Row(READ),
    "campaigns:bulk": Row(RUN, method="post"),
    "campaigns:schedules": Row(READ),
    "campaigns:schedule": Row(READ, schedule),
    "campaigns:schedule_add": Row(SETUP),
    "campaigns:schedule_edit": Row(SETUP, schedule),
    "campaigns:schedule_delete": Row(SETUP, schedule, "post"),
    "campaigns:new_start": Row(RUN),
    "campaigns:new": Row(RUN, lambda workspace: {"step": "basics"}, answers={"stranger": "in"}),
    "campaigns:edit_start": Row(RUN, campaign),
    "campaigns:edit": Row(RUN, of_campaign(step="basics")),
    "campaigns:settings": Row(READ, campaign),
    "campaigns:intake": Row(RUN, with_intake()),
    "campaigns:intake_mapping": Row(RUN, with_intake()),
    "campaigns:intake_test": Row(RUN, with_intake(), "post"),
    "campaigns:intake_act": Row(RUN, with_intake(action="disable"), "post"),
    "campaigns:intake_hook": Row(
        ANYBODY,
        lambda workspace: {"secret": intake_of(workspace).secret},
        "post",
        data={"phone_number": "+12125550123"},
        answers=dict.fromkeys(("nobody", "viewer", "operator", "stranger"), 201),
    ),
    "campaigns:detail": Row(READ, campaign),
    "campaigns:report": Row(READ, campaign),
    "campaigns:analytics": Row(READ, campaign),
    "campaigns:check_again": Row(RUN, campaign, "post"),
    "campaigns:clone": Row(RUN, campaign, "post"),
    "campaigns:act": Row(RUN, of_campaign(action="cancel"), "post"),
    "campaigns:audience": Row(READ, campaign),
    "campaigns:forecast": Row(READ, campaign),
    "campaigns:ask_forecast": Row(RUN, campaign, "post"),
    "campaigns:uploads": Row(READ, campaign),
    "campaigns:part": Row(READ, of_campaign(name="kpis")),
    "campaigns:switch_number": Row(RUN, of_campaign(PoolNumberFactory, "entry_pk", status="disabled"), "post"),
    "campaigns:contacts": Row(READ, campaign),
    "campaigns:tasks": Row(READ, campaign),
    "campaigns:add_contacts": Row(RUN, campaign),
    "campaigns:import_contacts": Row(RUN, campaign),
    "campaigns:add_contact": Row(CONTACTS, campaign),
    "campaigns:upload_act": Row(RUN, of_campaign(CampaignUploadFactory, "link_pk", action="cancel"), "post"),
    "campaigns:move_contacts": Row(RUN, campaign, "post"),
    "campaigns:acts": Row(READ, campaign),
    "campaigns:cancel_act": Row(RUN, act_on_a_list, "post"),
    "campaigns:person": Row(READ, of_campaign(CampaignContactFactory, "person_pk")),
    "campaigns:conversations": Row(READ),
    "campaigns:call": Row(READ, made_by(CallFactory)),
    # goals
    "goals:add": Row(RUN, campaign),
    "goals:edit": Row(RUN, of_campaign(GoalFactory, "goal_pk")),
    "goals:act": Row(RUN, of_campaign(GoalFactory, "goal_pk", action="archive"), "post"),
    # analytics
    "analytics:exports": Row(EXPORT),
    "analytics:exports_part": Row(EXPORT),
    "analytics:export_new": Row(EXPORT),
    "analytics:history": Row(EXPORT),
    "analytics:download": Row(EXPORT, made_by(ExportFactory)),  # still being made: 409
    "analytics:cancel": Row(EXPORT, made_by(ExportFactory), "post"),
    "analytics:discard": Row(EXPORT, made_by(ExportFactory), "post"),
}
