//! What people send to releases.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serin_api::{
    release::{Release, SendSignal},
    session::Role,
};
use serin_engine::release::{Approver, Blocked, Signal};
use uuid::Uuid;

use super::{
    find, shown, start,
    transition::{self, Cause, Place},
    turn::{self, Lines},
    view::{self, AsOf},
};
use crate::{
    app::App,
    service::{Actor, Error, Result, access, fields},
};

/// How long ago a release may be scheduled for, since clocks differ and people take their time.
const PAST: TimeDelta = TimeDelta::minutes(1);

/// Sends a person's signal to a release.
///
/// # Errors
/// [`Error::EpochConflict`] where it moved on since the sender saw it,
/// [`Error::IllegalTransition`] where its state does not take the signal,
/// [`Error::Invalid`] where it cannot start as the flag stands now, [`Error::InUse`] where
/// another release lives on the site, [`Error::Forbidden`] where the stage asks for a
/// higher role; as `access::environment`.
pub async fn signal(
    app: &App,
    actor: &Actor,
    project: &str,
    environment: &str,
    release_id: Uuid,
    sent: SendSignal,
) -> Result<Release> {
    check(&sent, app.clock.now())?;
    let (actor, project) = (actor.clone(), project.to_owned());
    let environment = environment.to_owned();
    let grace = app.evidence_grace;
    app.writer
        .run(move |work| {
            Box::pin(async move {
                let place =
                    Place::open(&mut work.tx, &actor, &project, &environment, Role::Editor).await?;
                let row = find(&mut work.tx, &place, release_id).await?;
                if row.epoch != sent.epoch {
                    return Err(Error::EpochConflict { current: row.epoch });
                }
                let needs = view::needs(&row.document, &row.state, sent.signal);
                if needs > Approver::Editor {
                    access::project(&mut work.tx, &actor, &place.project, Role::Admin).await?;
                }
                let mut observation = start::around(work, &place, &row).await?;
                let starts = sent.signal == Signal::Start && row.state.is_ahead();
                if sent.supersede && starts && !observation.window_open {
                    start::refuse_late_takeover(&mut work.tx, &place, &row).await?;
                }
                let mut lines = Lines::default();
                if starts
                    && turn::is_limited(&mut work.tx, &mut lines, &place, &row, sent.supersede)
                        .await?
                {
                    observation.blocked.push(Blocked::Limit);
                }
                let cause = Cause {
                    observation,
                    reason: sent.reason,
                    start_at: sent.start_at,
                    supersede: sent.supersede,
                    ..Cause::of(sent.signal, actor.username)
                };
                let moved = transition::run(work, &place, row, cause).await?;
                let now = work.now();
                shown(&mut work.tx, &place, moved, AsOf { now, grace }).await
            })
        })
        .await
}

fn check(sent: &SendSignal, now: DateTime<Utc>) -> Result<()> {
    if !Signal::BY_PEOPLE.contains(&sent.signal) {
        let message = format!("people do not send {:?}", sent.signal.name());
        return Err(Error::invalid("/signal", "not_for_people", message));
    }
    let is_schedule = sent.signal == Signal::Schedule;
    if is_schedule != sent.start_at.is_some() {
        let message = "a schedule says when the release is to start, and nothing else does";
        return Err(Error::invalid("/start_at", "not_with_signal", message));
    }
    if sent.start_at.is_some_and(|start_at| start_at < now - PAST) {
        let message = format!(
            "that has passed: it is {} by now; send start",
            now.to_rfc3339_opts(SecondsFormat::Secs, true)
        );
        return Err(Error::invalid("/start_at", "in_the_past", message));
    }
    if sent.supersede && sent.signal != Signal::Start {
        let message = "only a start takes a site over";
        return Err(Error::invalid("/supersede", "not_with_signal", message));
    }
    let mut details = Vec::new();
    fields::check_text(sent.reason.as_deref(), "/reason", &mut details);
    if details.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(details))
    }
}
