from django.contrib.auth.views import LogoutView
from django.urls import path

from accounts.views import person, workspace

app_name = "accounts"
urlpatterns = [
    path("", person.home, name="home"),
    path("sign-in/", person.SignIn.as_view(), name="sign_in"),
    path("sign-out/", LogoutView.as_view(next_page="accounts:sign_in"), name="sign_out"),
    path("profile/", person.profile, name="profile"),
    path("profile/password/", person.ChangePassword.as_view(), name="password"),
    path("workspaces/", person.pick_workspace, name="pick_workspace"),
    path("workspaces/<int:pk>/switch/", person.switch_workspace, name="switch_workspace"),
    path("workspace/", workspace.settings, name="workspace"),
    path("workspace/members/", workspace.member_list, name="members"),
    path("workspace/members/new/", workspace.member_add, name="member_add"),
    path("workspace/members/<int:pk>/role/", workspace.member_role, name="member_role"),
    path("workspace/members/<int:pk>/remove/", workspace.member_remove, name="member_remove"),
    path("workspace/tokens/", workspace.token_list, name="tokens"),
    path("workspace/tokens/new/", workspace.token_add, name="token_add"),
    path("workspace/tokens/<int:pk>/revoke/", workspace.token_revoke, name="token_revoke"),
]
