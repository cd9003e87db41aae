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
    place::Place,
    query::Query,
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
    super::super::table(&["Event", "When", "What came of it", ""], rows.collect())
}

fn row(
    project: Memo<String>,
    webhook: &str,
    delivery: Delivery,
    log: Query<Vec<Delivery>>,
    work: Work,
    enabled: bool,
) -> AnyView {
    let (tone, state) = wording::state(&delivery);
    let at = (webhook.to_owned(), delivery.id.to_string());
    let again = move |()| {
        let (project, (webhook, id)) = (project.get_untracked(), at.clone());
        let send = async move { client::redeliver(&project, &webhook, &id).await };
        work.run(send, move |_| log.refetch());
    };
    let last = delivery.attempts.last().map(wording::attempt);
    let tried = (delivery.attempts.len() > 1).then(|| {
        let all: Vec<String> = delivery.attempts.iter().map(wording::attempt).collect();
        view! { <span class="tiny faint" title=all.join("\n")>{format!("{} attempts", all.len())}</span> }
    });
    let next = delivery.next_at.filter(|_| !delivery.attempts.is_empty());
    let next = next.map(|at| view! { <span class="tiny faint">"next " <Time at /></span> });
    let subject = (delivery.event != PING).then_some(delivery.subject);
    view! {
        <tr data-testid="delivery-row" data-state=state>
            <td>
                <span class="strong">{delivery.event}</span>
                <br />
                <code class="tiny faint origins">{subject}</code>
            </td>
            <td data-label="When"><Time at=delivery.created_at /></td>
            <td data-label="What came of it">
                <span class="row wrap">
                    <Badge tone>{state}</Badge>
                    <span class="small origins">{last}</span>
                    {tried}
                    {next}
                </span>
            </td>
            <td class="end">
                <Button small=true glyph=Glyph::Retry on_click=again disabled=Signal::stored(!enabled) busy=work.busy testid="redeliver">"Send again"</Button>
            </td>
        </tr>
    }
    .into_any()
}
