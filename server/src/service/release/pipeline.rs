//! Pipelines: a release that is complete leads to the next one, in another environment.

use futures_util::future::BoxFuture;
use serde_json::Value;
use serin_api::release::PipelineStep;
use serin_engine::{
    release::{Document, Signal, Start, State, Then},
    validate::Violation,
};

use super::{
    schema, start, templated,
    transition::{self, Cause, Place},
    turn::Lines,
};
use crate::{
    service::{Error, Result, document, writer::Work},
    store::{
        self, Tx,
        release::{Placed, Release},
    },
};

/// How many releases a pipeline has at most, the first one included.
const MAX_STEPS: usize = 20;

/// A release that is to follow.
pub(super) struct Next {
    place: Place,
    document: Document,
    start: Start,
}

/// What is wrong with what follows a document.
///
/// # Errors
/// Where the database fails.
pub(super) async fn mistakes(
    tx: &mut Tx,
    place: &Place,
    document: &Document,
) -> Result<Vec<Violation>> {
    let mut mistakes = Vec::new();
    let mut seen = vec![place.environment.as_str()];
    let (mut path, mut then) = ("/then".to_owned(), document.then.as_ref());
    while let Some(next) = then {
        let mut mistake = |member: &str, code, message| {
            let path = format!("{path}/{member}");
            mistakes.push(Violation {
                path,
                code,
                message,
            });
        };
        let key = &next.environment;
        if seen.contains(&key.as_str()) {
            let message = format!("the pipeline has been in {key:?} by then");
            mistake("environment", "repeated", message);
        } else if store::environment::find(tx, place.project_id, key)
            .await?
            .is_none()
        {
            let message = format!("there is no environment {key:?} in the project");
            mistake("environment", "unknown_environment", message);
        }
        if let Some(template) = &next.template
            && templated::plan(tx, place, template).await?.is_none()
        {
            mistake("template", "unknown_template", templated::unknown(template));
        }
        seen.push(key);
        if seen.len() > MAX_STEPS {
            let message = format!("a pipeline has at most {MAX_STEPS} releases");
            mistake("then", "too_many", message);
            break;
        }
        path.push_str("/then");
        then = next.then.as_deref();
    }
    Ok(mistakes)
}

/// What follows a release that is complete, or why nothing can, for its history.
///
/// # Errors
/// Where the database fails.
pub(super) async fn next(
    tx: &mut Tx,
    place: &Place,
    completed: &Document,
    then: &Then,
) -> Result<std::result::Result<Next, String>> {
    let found = store::environment::find(tx, place.project_id, &then.environment).await?;
    let Some(environment) = found else {
        return Ok(Err(format!(
            "the pipeline ends here: there is no environment {:?} any more",
            then.environment
        )));
    };
    let next = Place {
        environment_id: environment.environment_id,
        environment: environment.key,
        ..place.clone()
    };
    match follow(tx, &next, completed, then).await {
        Ok(document) => Ok(Ok(Next {
            place: next,
            document,
            start: then.start,
        })),
        Err(Error::Invalid(details)) => {
            let why = details.into_iter().next();
            let why = why.map_or_else(String::new, |detail| detail.message);
            Ok(Err(format!("the pipeline ends here: {why}")))
        }
        Err(error) => Err(error),
    }
}

/// The next document: the same arms, and how it goes on as the template says.
async fn follow(tx: &mut Tx, place: &Place, completed: &Document, then: &Then) -> Result<Document> {
    let same = Document {
        then: then.then.as_deref().cloned(),
        ..completed.clone()
    };
    let Some(template) = &then.template else {
        return Ok(same);
    };
    let mut members = match document::value(&same)? {
        Value::Object(members) => members,
        _ => serde_json::Map::new(),
    };
    members.retain(|name, _| !matches!(name.as_str(), "policy" | "guards" | "stages" | "windows"));
    match templated::plan(tx, place, template).await? {
        Some(plan) => members.extend(plan),
        None => {
            let message = templated::unknown(template);
            return Err(Error::invalid("/template", "unknown_template", message));
        }
    }
    schema::read(&Value::Object(members))
}

/// Writes the next release and, where nobody is to, starts it. It waits where it may not start
/// yet, so that this never stands in the way of what led to it.
pub(super) fn begin<'a>(
    work: &'a mut Work,
    next: Next,
    completed: &'a Release,
    from: &'a Place,
    actor: &'a str,
) -> BoxFuture<'a, Result<()>> {
    Box::pin(async move {
        let now = work.now();
        let row = Release {
            release_id: work.id(),
            environment_id: next.place.environment_id,
            document: next.document,
            state: State::Draft,
            epoch: 0,
            restore: None,
            created_at: now,
            created_by: actor.to_owned(),
            entered_at: now,
            start_at: None,
            ticked_at: None,
            next_at: None,
            follows: Some(completed.release_id),
        };
        store::release::insert(&mut work.tx, &row).await?;
        transition::created(work, &next.place, &row, actor).await?;
        if next.start == Start::Manual {
            return Ok(());
        }
        let mut observation = start::around(work, &next.place, &row).await?;
        let lines = &mut Lines::default();
        observation.blocked = start::blocked(&mut work.tx, lines, &next.place, &row).await?;
        let cause = Cause {
            observation,
            reason: Some(format!(
                "follows release {} in {:?}",
                completed.release_id, from.environment
            )),
            ..Cause::of(Signal::Start, actor)
        };
        transition::run(work, &next.place, row, cause).await?;
        Ok(())
    })
}

/// The pipeline that a release is part of; empty where it stands alone. It is shown as far as it can
/// be read.
///
/// # Errors
/// Where the database fails.
pub(super) async fn steps(tx: &mut Tx, place: &Place, row: &Release) -> Result<Vec<PipelineStep>> {
    if row.follows.is_none() && row.document.then.is_none() {
        return Ok(Vec::new());
    }
    let id = place.project_id;
    let mut all = vec![Placed {
        release: row.clone(),
        project_id: id,
        project: place.project.clone(),
        environment: place.environment.clone(),
    }];
    while let Some(before) = all[0].release.follows
        && all.len() < MAX_STEPS
    {
        // Its environment, and the release with it, may be gone.
        match store::release::in_project(tx, id, before).await {
            Ok(Some(before)) => all.insert(0, before),
            // One of another version stands in nobody's way, least of all in that of going back.
            Ok(None) | Err(store::Error::Inconsistent { .. }) => break,
            Err(error) => return Err(error.into()),
        }
    }
    let mut last = row.release_id;
    let mut is_known = true;
    while all.len() < MAX_STEPS {
        match store::release::following(tx, id, last).await {
            Ok(Some(next)) => {
                last = next.release.release_id;
                all.push(next);
            }
            Ok(None) => break,
            // It is there already, and so may be what follows it.
            Err(store::Error::Inconsistent { .. }) => {
                is_known = false;
                break;
            }
            Err(error) => return Err(error.into()),
        }
    }
    let planned = all
        .last()
        .and_then(|last| last.release.document.then.clone())
        .filter(|_| is_known);
    let mut automatic = false;
    let mut steps = Vec::with_capacity(all.len());
    for placed in all {
        steps.push(PipelineStep {
            environment: placed.environment,
            release: Some(placed.release.release_id),
            state: Some(placed.release.state.name().to_owned()),
            automatic,
        });
        let then = placed.release.document.then;
        automatic = then.is_some_and(|then| then.start == Start::Automatic);
    }
    let planned = planned.iter().flat_map(Then::chain);
    steps.extend(planned.map(|then| PipelineStep {
        environment: then.environment.clone(),
        release: None,
        state: None,
        automatic: then.start == Start::Automatic,
    }));
    Ok(steps)
}
