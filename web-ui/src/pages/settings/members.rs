//! Who may do what in the project.

use crate::components::show::Show;
use leptos::prelude::*;
use serin_api::session::{Member, Role, User};

use super::{Work, can_manage, users::Users};
use crate::{
    client,
    components::{
        badge::Tone,
        button::{Button, SubmitButton},
        confirm::ConfirmDialog,
        empty::Empty,
        error_view::ErrorNotice,
        icon::Glyph,
        loaded::loaded,
        select::Select,
        skeleton::SkeletonRows,
        toast::Toasts,
    },
    place::Place,
    query::Query,
    session::CurrentSession,
    shell::account::Avatar,
};

/// The roles, with what each may do.
const ROLES: [(Role, &str, &str); 3] = [
    (
        Role::Viewer,
        "viewer",
        "Viewer: sees everything but secrets",
    ),
    (
        Role::Editor,
        "editor",
        "Editor: changes flags, segments and releases",
    ),
    (
        Role::Admin,
        "admin",
        "Admin: also environments, keys and members",
    ),
];

fn role_name(role: Role) -> String {
    ROLES
        .iter()
        .find(|(known, ..)| *known == role)
        .map_or("", |(_, name, _)| name)
        .to_owned()
}

fn role_of(name: &str) -> Option<Role> {
    ROLES
        .iter()
        .find(|(_, known, _)| *known == name)
        .map(|(role, ..)| *role)
}

fn role_choices() -> Vec<(String, String)> {
    ROLES
        .iter()
        .map(|(_, name, words)| ((*name).to_owned(), (*words).to_owned()))
        .collect()
}

/// `…/settings/members`
#[component]
pub(crate) fn Members() -> impl IntoView {
    let place = Place::current();
    let session = expect_context::<CurrentSession>();
    let members = Query::new(
        move || Some(place.project.get()),
        |project| async move { client::members(&project).await },
    );
    // Only those who run the installation may see who else is in it.
    let is_admin = move || session.user().is_some_and(|user| user.admin);
    let users = Query::new(move || is_admin().then_some(()), |()| client::users());
    let removing = RwSignal::new(None::<Member>);
    let ready = move |data: RwSignal<Vec<Member>>| {
        let table = move || table(place, data, members, removing);
        view! { {table} <AddMember data members users /> }.into_any()
    };
    view! {
        <section class="card" aria-labelledby="members-title">
            <header class="card-head"><h2 id="members-title">"Members of this project"</h2></header>
            {loaded(members, || view! { <SkeletonRows count=3 /> }.into_any(), ready)}
        </section>
        <Show when=move || !can_manage(place)>
            <p class="small muted">"Changing members takes the role admin in this project."</p>
        </Show>
        <RemoveDialog member=removing members />
        <Show when=is_admin><Users users /></Show>
    }
}

fn table(
    place: Place,
    data: RwSignal<Vec<Member>>,
    members: Query<Vec<Member>>,
    removing: RwSignal<Option<Member>>,
) -> AnyView {
    let toasts = Toasts::current();
    let all = data.get();
    if all.is_empty() {
        return view! {
            <Empty glyph=Glyph::User title="No member yet" text="Admins of the installation may do everything here; give others a role." />
        }
        .into_any();
    }
    let row = move |member: Member| {
        let (mine, name) = (member.clone(), member.username.clone());
        let change = move |chosen: String| {
            let Some(role) = role_of(&chosen) else { return };
            let (project, name) = (place.project.get_untracked(), name.clone());
            crate::reactive::spawn(async move {
                match client::put_member(&project, &name, role).await {
                    Ok(_) => toasts.say(Tone::Good, format!("{name} is {chosen} now.")),
                    Err(error) => toasts.fail(&format!("{name} keeps the role"), &error),
                }
                members.refetch();
            });
        };
        let locked = Signal::derive(move || !can_manage(place));
        view! {
            <tr data-testid="member-row">
                <td>
                    <span class="row"><Avatar name=member.username.clone() tiny=true /> <span class="strong">{member.username.clone()}</span></span>
                </td>
                <td>
                    <Select options=role_choices() value=role_name(member.role) on_change=change label=format!("Role of {}", member.username) disabled=locked />
                </td>
                <td class="end"><Button small=true on_click=move |()| removing.set(Some(mine.clone())) disabled=locked>"Remove"</Button></td>
            </tr>
        }
        .into_any()
    };
    super::table(&["Who", "Role", ""], all.into_iter().map(row).collect())
}

#[component]
fn AddMember(
    data: RwSignal<Vec<Member>>,
    members: Query<Vec<Member>>,
    users: Query<Vec<User>>,
) -> impl IntoView {
    let place = Place::current();
    let (name, role) = (
        RwSignal::new(String::new()),
        RwSignal::new("editor".to_owned()),
    );
    let work = Work::new();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let (project, who) = (
            place.project.get_untracked(),
            name.get_untracked().trim().to_owned(),
        );
        let Some(role) = role_of(&role.get_untracked()) else {
            return;
        };
        let add = async move { client::put_member(&project, &who, role).await };
        work.run(add, move |_| {
            name.set(String::new());
            members.refetch();
        });
    };
    // Who is known and not in yet.
    let known = move || {
        let mut users = users.data().unwrap_or_default();
        data.with(|data| {
            users.retain(|user| !data.iter().any(|member| member.username == user.username));
        });
        users
            .into_iter()
            .map(|user| view! { <option value=user.username>{user.name}</option> }.into_any())
            .collect::<Vec<_>>()
    };
    view! {
        <Show when=move || can_manage(place)>
            <form class="add-row" on:submit=submit>
                <input
                    class="input"
                    list="known-users"
                    aria-label="Username"
                    placeholder="Username"
                    autocomplete="off"
                    autocapitalize="off"
                    data-testid="member-name"
                    prop:value=move || name.get()
                    on:input:target=move |event| name.set(event.target().value())
                />
                <datalist id="known-users">{known}</datalist>
                <Select options=role_choices() value=role on_change=move |name| role.set(name) label="Role" />
                <SubmitButton busy=work.busy disabled=Signal::derive(move || name.with(|name| name.trim().is_empty()))>
                    "Add member"
                </SubmitButton>
                <div class="add-error"><ErrorNotice error=work.error /></div>
            </form>
        </Show>
    }
}

#[component]
fn RemoveDialog(member: RwSignal<Option<Member>>, members: Query<Vec<Member>>) -> impl IntoView {
    let place = Place::current();
    let work = Work::new();
    let open = super::opened_by(member, work);
    let name = move || {
        member.with(|member| {
            member
                .as_ref()
                .map(|it| it.username.clone())
                .unwrap_or_default()
        })
    };
    let confirm = move |()| {
        let (project, who) = (place.project.get_untracked(), untrack(name));
        let remove = async move { client::remove_member(&project, &who).await };
        work.run(remove, move |()| {
            open.set(false);
            members.refetch();
        });
    };
    view! {
        <ConfirmDialog
            open
            title=Signal::derive(move || format!("Remove {}?", name()))
            effect=Signal::derive(move || format!("{} and the tokens of {} no longer see this project.", name(), name()))
            verb="Remove member"
            on_confirm=confirm
            busy=work.busy
            error=work.error
        />
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_have_names_that_lead_back() {
        for role in [Role::Viewer, Role::Editor, Role::Admin] {
            assert_eq!(role_of(&role_name(role)), Some(role));
        }
        assert_eq!(role_of("king"), None);
    }
}
