//! How a release is written.

use serde_json::Value;
use serin_api::{release::Release, session::Role};
use serin_engine::{
    release::{Document, State, validate},
    validate::Violation,
};

use super::{
    check,
    sent::Sent,
    shown, site, start, templated,
    transition::{self, Place},
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
    let (actor, project) = (actor.clone(), project.to_owned());
    let environment = environment.to_owned();
    app.writer
        .run(move |work| {
            Box::pin(async move {
                let place =
                    Place::open(&mut work.tx, &actor, &project, &environment, Role::Editor).await?;
                let filled = templated::fill(&mut work.tx, &place, document).await?;
                create_in(work, &actor, &place, Sent::read(filled)?).await
            })
        })
        .await
}

async fn create_in(work: &mut Work, actor: &Actor, place: &Place, sent: Sent) -> Result<Release> {
    let mistakes = match sent.document() {
        Some(document) => fits(&mut work.tx, place, document).await?,
        None => Vec::new(),
    };
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
    shown(&mut work.tx, place, row, now).await
}

/// What keeps a new document from being written.
async fn fits(tx: &mut Tx, place: &Place, document: &Document) -> Result<Vec<Violation>> {
    let mut mistakes = match place.flag(tx, &document.flag).await? {
        Some((definition, mut config)) => {
            // One that is to take the site over finds it as it would be given back.
            if let Some(other) = start::on_site(tx, place, document).await?
                && !start::same_people(&other.document, document)
            {
                let before = site::before_start(&other)?;
                site::put_back(&other, &mut config, before);
            }
            validate(document, &definition, &config)
        }
        None => check::without_flag(document),
    };
    mistakes.extend(check::names(tx, place, document).await?);
    Ok(mistakes)
}
