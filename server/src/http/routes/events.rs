//! What changes in an environment, as it changes.

use actix_web::web::{Data, Path};

use super::evaluate::seen;
use crate::http::{
    Management,
    error::{Answer, ApiError},
    extract::caller::Caller,
    sse,
    stream::EventStream,
};

/// `GET …/events`
pub(super) async fn stream_events(
    api: Data<Management>,
    caller: Caller,
    address: Path<(String, String)>,
) -> Answer {
    let (project, environment) = address.into_inner();
    let snapshot = seen(&api, &caller, &project, &environment).await?;
    // The receiver before the revision: nothing falls in between.
    let events = api
        .app
        .publisher
        .events(snapshot.environment_id)
        .ok_or_else(ApiError::not_found)?;
    let snapshot = api
        .app
        .publisher
        .find(&project, &environment)
        .ok_or_else(ApiError::not_found)?;
    let permit = api.api.stream_permit(None)?;
    Ok(sse::answer(
        EventStream::new(&api, caller.credential, &snapshot, events).frames(),
        permit,
    ))
}
