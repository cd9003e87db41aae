//! How a release is written.

use chrono::TimeDelta;
use serde_json::Value;
use serin_api::{release::Release, session::Role};
use serin_engine::{
    release::{State, validate},
    validate::Violation,
};

use super::{
    check,
    early::Early,
    held,
    sent::Sent,
    shown, site, start,
    transition::{self, Place},
    view::AsOf,
};
use crate::{
    app::App,
    service::{Actor, Result, writer::Work},
    store::{self, Tx},
};

/// Writes a release: a draft, which moves nobody. Where its document names a `template`, that
/// says what the document does not.
///
/// # Errors
/// [`crate::service::Error::Invalid`] with every mistake of the document; as `access::environment`.
pub async fn create(
    app: &App,
    actor: &Actor,
    project: &str,
    environment: &str,
    document: Value,
) -> Result<Release> {
    let read = {
        let mut tx = app.db.read().await?;
        let place = Place::open(&mut tx, actor, project, environment, Role::Editor).await?;
        match Early::read(&mut tx, &place, document).await? {
            Early::Read(read) => read,
            Early::Misshapen(sent) => {
                let mistakes = mistakes(&mut tx, &place, &sent).await?;
                return Err(sent.refusal(mistakes));
            }
        }
    };
    let (actor, project) = (actor.clone(), project.to_owned());
    let environment = environment.to_owned();
    let grace = app.evidence_grace;
    app.writer
        .run(move |work| {
            Box::pin(async move {
                let place =
                    Place::open(&mut work.tx, &actor, &project, &environment, Role::Editor).await?;
                let sent = read.again(&mut work.tx, &place).await?;
                create_in(work, &actor, &place, sent, grace).await
            })
        })
        .await
}

async fn create_in(
    work: &mut Work,
    actor: &Actor,
    place: &Place,
    sent: Sent,
    grace: TimeDelta,
) -> Result<Release> {
    let mistakes = mistakes(&mut work.tx, place, &sent).await?;
    let document = sent.accept(mistakes)?;
    let now = work.now();
    let row = store::release::Release {
        release_id: work.id(),
        environment_id: place.environment_id,
        document,
        state: State::Draft,
        epoch: 0,
        restore: None,
        created_at: now,
        created_by: actor.username.clone(),
        entered_at: now,
        start_at: None,
        ticked_at: None,
        next_at: None,
        follows: None,
    };
    store::release::insert(&mut work.tx, &row).await?;
    transition::created(work, place, &row, &actor.username).await?;
    shown(&mut work.tx, place, row, AsOf { now, grace }).await
}

/// What keeps a new document from being written, beside its shape.
async fn mistakes(tx: &mut Tx, place: &Place, sent: &Sent) -> Result<Vec<Violation>> {
    let Some(document) = sent.document() else {
        return Ok(Vec::new());
    };
    let mut mistakes = match place.flag(tx, &document.flag).await? {
        Some((definition, mut config)) => {
            // One that is to take the site over finds it as it would be given back.
            match start::on_site(tx, place, document).await? {
                Some(Ok(other)) if !start::same_people(&other.document, document) => {
                    let before = site::before_start(&other)?;
                    site::put_back(&other, &mut config, before);
                }
                Some(Err(held)) => held::put_back(&held, &document.site, &mut config),
                Some(Ok(_)) | None => {}
            }
            validate(document, &definition, &config)
        }
        None => check::without_flag(document),
    };
    mistakes.extend(check::names(tx, place, document).await?);
    Ok(mistakes)
}
