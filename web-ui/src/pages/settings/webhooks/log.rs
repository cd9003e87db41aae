//! What a webhook was sent lately, and what waits.

use leptos::prelude::*;
use serin_api::webhook::{Delivery, DeliveryState, PING, Webhook};

use super::super::Work;
use super::wording;
use crate::{
    client, clock,
    components::{
        badge::Badge, button::Button, empty::Empty, error_view::ErrorNotice, icon::Glyph,
        loaded::loaded, skeleton::SkeletonRows, time::Time,
    },
    describe::in_use::delivered,
    place::Place,
    query::Query,
    shell::ProjectFlags,
};

/// The latest deliveries, looked at every second while something waits to be sent.
#[component]
pub(super) fn Log(webhook: Webhook) -> impl IntoView {
    let project = Place::current().project;
    let id = webhook.id.to_string();
    let of = id.clone();
    let log = Query::new(
        move || Some((project.get(), of.clone())),
        |(project, id)| async move { client::deliveries(&project, &id).await },
    );
    let seconds = clock::each_second();
    crate::reactive::effect(move || {
        seconds.track();
        let waits = |it: &Delivery| it.state == DeliveryState::Waiting;
        if untrack(|| log.with(|all| all.iter().any(waits))) == Some(true) {
            log.refetch();
        }
    });
    let work = Work::new();
    let pinged = id.clone();
    let ping = move |()| {
        let (project, id) = (project.get_untracked(), pinged.clone());
        let ping = async move { client::ping_webhook(&project, &id).await };
        work.run(ping, move |_| log.refetch());
    };
    let enabled = webhook.enabled;
    let ready = move |data: RwSignal<Vec<Delivery>>| {
        let id = id.clone();
        let list = move || list(project, &id, data.get(), log, work, enabled);
        view! { {list} }.into_any()
    };
    view! {
        <div class="dialog-body">
            <div class="row wrap">
                <code class="small origins">{webhook.url}</code>
                <span class="push">
                    <Button small=true glyph=Glyph::Play on_click=ping disabled=Signal::stored(!enabled) busy=work.busy testid="webhook-ping">
                        "Send a test"
                    </Button>
                </span>
            </div>
            <ErrorNotice error=work.error />
            {loaded(log, || view! { <SkeletonRows count=3 /> }.into_any(), ready)}
        </div>
    }
}

fn list(
    project: Memo<String>,
    webhook: &str,
    deliveries: Vec<Delivery>,
    log: Query<Vec<Delivery>>,
    work: Work,
    enabled: bool,
) -> AnyView {
    if deliveries.is_empty() {
        return view! {
            <Empty
                glyph=Glyph::Clock
                title="Nothing yet"
                text="What is sent stands here for two weeks. Send a test to see whether it arrives."
            />
        }
        .into_any();
    }
    let each = deliveries.into_iter();
    let rows = each.map(|delivery| row(project, webhook, delivery, log, work, enabled));
    let rows: Vec<AnyView> = rows.collect();
    view! { <ul class="deliveries">{rows}</ul> }.into_any()
}

fn row(
    project: Memo<String>,
    webhook: &str,
    delivery: Delivery,
    log: Query<Vec<Delivery>>,
    work: Work,
    enabled: bool,
) -> AnyView {
    let flags = use_context::<ProjectFlags>();
    let (tone, state) = wording::state(&delivery);
    let at = (webhook.to_owned(), delivery.id.to_string());
    let again = move |()| {
        let (project, (webhook, id)) = (project.get_untracked(), at.clone());
        let send = async move { client::redeliver(&project, &webhook, &id).await };
        work.run(send, move |_| log.refetch());
    };
    let came = wording::came(&delivery);
    let all: Vec<String> = delivery.attempts.iter().map(wording::attempt).collect();
    let next = delivery.next_at.filter(|_| !delivery.attempts.is_empty());
    let next = next.map(|at| view! { " · next " <Time at /> });
    let subject = (delivery.event != PING).then(|| {
        let whole = delivery.subject.clone();
        match delivery.release {
            Some(release) => {
                let name = move || {
                    let named = |flags: &Vec<_>| delivered(flags, &release);
                    let known = flags.and_then(|flags| flags.0.with(named));
                    known.unwrap_or_else(|| delivered(&[], &release))
                };
                view! { <span class="tiny faint truncate" title=whole>{name}</span> }.into_any()
            }
            None => {
                view! { <code class="tiny faint truncate" title=whole>{delivery.subject}</code> }
                    .into_any()
            }
        }
    });
    view! {
        <li class="delivery" data-testid="delivery-row" data-state=state>
            <div class="stack-s">
                <span class="row wrap">
                    <span class="strong">{delivery.event}</span>
                    <Badge tone>{state}</Badge>
                </span>
                <span class="small muted number origins" title=all.join("\n")>{came}{next}</span>
                {subject}
            </div>
            <div class="delivery-end">
                <span class="tiny faint"><Time at=delivery.created_at /></span>
                <Button small=true glyph=Glyph::Retry on_click=again disabled=Signal::stored(!enabled) busy=work.busy testid="redeliver">"Send again"</Button>
            </div>
        </li>
    }
    .into_any()
}
