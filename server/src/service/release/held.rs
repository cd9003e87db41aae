//! What becomes of releases that this version of the server cannot read, by what is known of them
//! without their documents: else they would hold their sites, or begin one day, when another
//! version reads them again.

use serin_engine::{
    flag::{FlagConfig, Serve},
    release::{Owner, Signal, Site, State, remove_rules, settle_rules},
};

use super::{
    ruleset, site,
    transition::{Cause, Place, tell},
    unknown_flag, unreadable,
};
use crate::{
    service::{
        Result, change_set,
        webhook::{After, Moved},
        writer::Work,
    },
    store::{
        self,
        release::{Held, Release, Unreadable},
    },
};

/// How one ends.
pub(super) struct End<'e> {
    pub(super) flag: &'e str,
    pub(super) site: Option<&'e Site>,
    pub(super) state: State,
    /// What the site serves from now on, where that changed.
    pub(super) serve: Option<Serve>,
}

/// Ends one.
pub(super) async fn end(
    work: &mut Work,
    place: &Place,
    unread: &Unreadable,
    end: End<'_>,
    cause: &Cause,
) -> Result<()> {
    let release_id = unread.release_id;
    let (now, epoch) = (work.now(), unread.epoch + 1);
    store::release::end_unread(&mut work.tx, unread, &end.state, now).await?;
    let event = store::release::Event {
        release_id,
        epoch,
        at: now,
        actor: cause.actor.clone(),
        signal: cause.signal,
        state: end.state,
        reason: cause.reason.clone(),
        serve: end.serve,
        evidence: None,
    };
    store::release::insert_event(&mut work.tx, &event).await?;
    let after = After {
        release_id,
        epoch,
        state: &event.state,
        flag: end.flag,
        site: end.site,
        document: None,
    };
    let told = Moved {
        before: None,
        after,
        signal: Some(cause.signal),
        actor: &cause.actor,
        reason: cause.reason.as_deref(),
        serve: event.serve.as_ref(),
        evidence: None,
    };
    tell(work, place, &told).await
}

/// Ends one that lives where another starts. Whether both move the same people nobody knows: so
/// the site is given back first, and nothing is inherited.
///
/// # Errors
/// [`crate::service::Error::Unreadable`] where it is not known what the site served before.
pub(super) async fn take_over(
    work: &mut Work,
    place: &Place,
    by: &Release,
    held: Held,
    cause: &Cause,
) -> Result<()> {
    let Some(before) = held.restore else {
        return Err(unreadable(held.unread));
    };
    let (id, flag, site) = (held.unread.release_id, &by.document.flag, &by.document.site);
    let (_, mut config) = place
        .flag(&mut work.tx, flag)
        .await?
        .ok_or_else(|| unknown_flag(flag))?;
    site::free(id, site, &mut config, before.clone());
    let reason = format!("release {} took over", by.release_id);
    ruleset::forget(work, place, id).await?;
    let why = format!("superseded ({reason})");
    change_set::replace_config(work, place, id, flag, &config, why).await?;
    let cause = Cause {
        reason: Some(reason),
        ..Cause::of(Signal::Supersede, cause.actor.clone())
    };
    let over = End {
        flag,
        site: Some(site),
        state: State::Superseded,
        serve: Some(before),
    };
    end(work, place, &held.unread, over, &cause).await
}

/// A configuration as it is once the site was taken over.
pub(super) fn put_back(held: &Held, site: &Site, config: &mut FlagConfig) {
    if let Some(before) = held.restore.clone() {
        site::free(held.unread.release_id, site, config, before);
    }
}

/// Whether an edit touches what such a release moves.
pub(super) fn touched(held: &Held, before: &FlagConfig, after: &FlagConfig) -> bool {
    match &held.site {
        Some(site) => site.serve(before) != site.serve(after),
        // It may be any.
        None => (&before.default, &before.rules) != (&after.default, &after.rules),
    }
}

/// Puts its rules to where they belong after the flag was edited around them.
pub(super) fn settle(held: &Held, before: &FlagConfig, after: &mut FlagConfig) {
    let id = held.unread.release_id.to_string();
    if let Some(site) = &held.site {
        settle_rules(site, before, after, Owner(&id));
    }
}

/// Cancels one whose flag is turned off. Where the same edit touches the site, what it says
/// there stands; and where nobody knows what was there before, what is there now.
pub(super) async fn cancel(
    work: &mut Work,
    place: &Place,
    cause: &Cause,
    flag: &str,
    held: Held,
    touched: bool,
    after: &mut FlagConfig,
) -> Result<()> {
    let id = held.unread.release_id;
    if let (Some(site), Some(before), false) = (&held.site, &held.restore, touched)
        && let Some(serve) = site.serve_mut(after)
    {
        *serve = before.clone();
    }
    remove_rules(after, Owner(&id.to_string()));
    ruleset::forget(work, place, id).await?;
    let over = End {
        flag,
        site: held.site.as_ref(),
        state: State::Cancelled,
        // While the flag is off its site serves nothing.
        serve: None,
    };
    end(work, place, &held.unread, over, cause).await
}
