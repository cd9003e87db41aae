//! The users of the installation, for its admins.

use leptos::prelude::*;
use serin_api::session::{NewUser, User};

use super::Work;
use crate::{
    client,
    components::{
        badge::{Badge, Tone},
        button::{Button, SubmitButton},
        confirm::ConfirmDialog,
        dialog::Dialog,
        error_view::ErrorNotice,
        field::{Checkbox, Field, TextInput},
        icon::Glyph,
        loaded::loaded,
        skeleton::SkeletonRows,
        time::Time,
        toast::Toasts,
    },
    query::Query,
    session::CurrentSession,
    shell::account::Avatar,
};

/// Everybody who can sign in.
#[component]
pub(crate) fn Users(users: Query<Vec<User>>) -> impl IntoView {
    let (creating, removing) = (RwSignal::new(false), RwSignal::new(None::<User>));
    let me = expect_context::<CurrentSession>()
        .user()
        .map(|user| user.username);
    let row = move |user: User| {
        let (mine, is_me) = (user.clone(), Some(&user.username) == me.as_ref());
        view! {
            <tr data-testid="user-row">
                <td>
                    <span class="row">
                        <Avatar name=user.name.clone() tiny=true />
                        <span class="strong">{user.name}</span>
                        <code class="tiny faint">{user.username}</code>
                        {user.admin.then(|| view! { <Badge tone=Tone::Accent>"Admin"</Badge> })}
                        {is_me.then(|| view! { <span class="tiny faint">"you"</span> })}
                    </span>
                </td>
                <td data-label="Since" class="muted"><Time at=user.created_at /></td>
                <td class="end">
                    <Button small=true on_click=move |()| removing.set(Some(mine.clone())) disabled=is_me>"Delete"</Button>
                </td>
            </tr>
        }
        .into_any()
    };
    let ready = move |data: RwSignal<Vec<User>>| {
        let row = row.clone();
        let table = move || {
            super::table(
                &["Who", "Since", ""],
                data.get().into_iter().map(&row).collect(),
            )
        };
        view! { {table} }.into_any()
    };
    view! {
        <section class="card" aria-labelledby="users-title">
            <header class="card-head">
                <h2 id="users-title">"Users of this installation"</h2>
                <span class="push"><Button glyph=Glyph::Plus on_click=move |()| creating.set(true) testid="new-user">"New user"</Button></span>
            </header>
            {loaded(users, || view! { <SkeletonRows count=3 /> }.into_any(), ready)}
        </section>
        <Dialog open=creating title="New user">
            <NewUserForm open=creating users />
        </Dialog>
        <DeleteDialog user=removing users />
    }
}

#[component]
fn NewUserForm(open: RwSignal<bool>, users: Query<Vec<User>>) -> impl IntoView {
    let toasts = Toasts::current();
    let text = || RwSignal::new(String::new());
    let (username, name, password, admin) = (text(), text(), text(), RwSignal::new(false));
    let work = Work::new();
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let user = NewUser {
            username: username.get_untracked().trim().to_owned(),
            name: Some(name.get_untracked().trim().to_owned()).filter(|name| !name.is_empty()),
            password: password.get_untracked(),
            admin: admin.get_untracked(),
        };
        work.run(client::create_user(user), move |user| {
            open.set(false);
            users.refetch();
            toasts.say(
                Tone::Good,
                format!(
                    "{} can sign in. Give them a role in the projects they work on.",
                    user.name
                ),
            );
        });
    };
    let short = Signal::derive(move || {
        let length = password.with(|password| password.chars().count());
        (0 < length && length < 10).then(|| "At least 10 characters.".to_owned())
    });
    let complete = move || {
        !username.with(|name| name.trim().is_empty())
            && password.with(|it| it.chars().count() >= 10)
    };
    view! {
        <form on:submit=submit>
            <div class="dialog-body">
                <ErrorNotice error=work.error />
                <Field label="Username" hint="What they sign in with.">
                    <TextInput value=username on_input=move |text| username.set(text) autofocus=true />
                </Field>
                <Field label="Name"><TextInput value=name on_input=move |text| name.set(text) /></Field>
                <Field label="Password" error=short>
                    <TextInput value=password on_input=move |text| password.set(text) kind="password" autocomplete="new-password" />
                </Field>
                <Checkbox checked=admin on_change=move |on| admin.set(on) label="Admin" hint="May do everything in every project, and manage users." />
            </div>
            <div class="dialog-foot">
                <Button on_click=move |()| open.set(false) testid="dialog-cancel">"Cancel"</Button>
                <SubmitButton busy=work.busy disabled=Signal::derive(move || !complete()) testid="dialog-confirm">"Create user"</SubmitButton>
            </div>
        </form>
    }
}

#[component]
fn DeleteDialog(user: RwSignal<Option<User>>, users: Query<Vec<User>>) -> impl IntoView {
    let work = Work::new();
    let open = super::opened_by(user, work);
    let name = move || {
        user.with(|user| {
            user.as_ref()
                .map(|it| it.username.clone())
                .unwrap_or_default()
        })
    };
    let confirm = move |()| {
        let who = untrack(name);
        let remove = async move { client::delete_user(&who).await };
        work.run(remove, move |()| {
            open.set(false);
            users.refetch();
        });
    };
    view! {
        <ConfirmDialog
            open
            title=Signal::derive(move || format!("Delete {}?", name()))
            effect=Signal::derive(move || format!("{} is signed out at once, and the API tokens of {} are refused. What they did stays in the histories.", name(), name()))
            verb="Delete user"
            on_confirm=confirm
            busy=work.busy
            error=work.error
        />
    }
}
