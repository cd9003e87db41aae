//! Segments whose lists may be long: their sizes, their members by page, and changes to
//! members, in earnest or as a rehearsal.

use serde_json::Value;
use serin_api::{
    change::{Action, Change},
    entity::{Entity, EntityKind},
    page::Page,
    segment::{ListSize, Member, MemberList, MemberPage, MembersOutcome, SegmentOverview},
    session::Role,
};
use serin_engine::segment::{Members, SegmentConfig};

use super::{
    Actor, Error, Paging, Result, access,
    change_set::{self, Write, members},
    document, fields,
    idempotency::{self, Once},
    writer::Work,
};
use crate::{
    app::App,
    store::{
        self, Tx,
        entity::{Entity as Row, Within},
    },
};

/// Names a segment in an environment.
#[derive(Clone, Debug)]
pub struct Address {
    /// The project's key.
    pub project: String,
    /// The environment's key.
    pub environment: String,
    /// The segment's key.
    pub segment: String,
}

/// An environment's segments without their units, by key.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn overviews(
    app: &App,
    actor: &Actor,
    project: &str,
    environment: &str,
    paging: &Paging,
) -> Result<Page<Entity<SegmentOverview>>> {
    let mut tx = app.db.read().await?;
    let (_, environment) =
        access::environment(&mut tx, actor, project, environment, Role::Viewer).await?;
    let within = Within::Environment(environment.environment_id);
    let (after, most) = (paging.after(), paging.probe());
    let rows = store::entity::page(&mut tx, within, "segment_config", after, most).await?;
    let page = paging.page(rows, |row| row.key.clone(), |row| row);
    Ok(Page {
        items: page
            .items
            .into_iter()
            .map(shown)
            .collect::<Result<Vec<_>>>()?,
        next_cursor: page.next_cursor,
    })
}

/// One segment without its units.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn overview(
    app: &App,
    actor: &Actor,
    address: &Address,
) -> Result<Entity<SegmentOverview>> {
    let mut tx = app.db.read().await?;
    shown(row(&mut tx, actor, address, Role::Viewer).await?)
}

async fn row(tx: &mut Tx, actor: &Actor, address: &Address, needs: Role) -> Result<Row> {
    let (project, environment) = (&address.project, &address.environment);
    let (_, environment) = access::environment(tx, actor, project, environment, needs).await?;
    let id = environment.environment_id;
    store::entity::in_environment(tx, id, "segment_config", &address.segment)
        .await?
        .ok_or(Error::NotFound)
}

fn shown(row: Row) -> Result<Entity<SegmentOverview>> {
    let config: SegmentConfig = document::typed(row.document)?;
    Ok(Entity {
        key: row.key,
        version: row.version,
        updated_at: row.updated_at,
        updated_by: row.updated_by,
        document: SegmentOverview {
            lists: sizes(&config),
            rules: config.rules,
        },
    })
}

/// The sizes of the lists; entries of the same attribute are one list.
fn sizes(config: &SegmentConfig) -> Vec<ListSize> {
    let mut sizes: Vec<ListSize> = Vec::new();
    for (list, entries) in lists(config) {
        for entry in entries {
            let attribute = members::attribute(entry.attribute.as_deref());
            let units = entry.values.len();
            let mut same = sizes.iter_mut();
            let same =
                same.find(|size| size.list == list && size.attribute.as_deref() == attribute);
            match same {
                Some(size) => size.units += units,
                None => sizes.push(ListSize {
                    list,
                    attribute: attribute.map(str::to_owned),
                    units,
                }),
            }
        }
    }
    sizes
}

fn lists(config: &SegmentConfig) -> [(MemberList, &Vec<Members>); 2] {
    [
        (MemberList::Included, &config.included),
        (MemberList::Excluded, &config.excluded),
    ]
}

/// Which members are asked for; what is absent does not narrow.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this list.
    pub list: Option<MemberList>,
    /// Listed by this attribute.
    pub attribute: Option<String>,
    /// With this text somewhere in them, in either case.
    pub search: Option<String>,
    /// Which page.
    pub paging: Paging,
}

/// A member's place in the order of pages, and a cursor.
type Key<'a> = (MemberList, &'a str, &'a str);

/// A page of a segment's members.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::BadRequest`] for a cursor that is none.
pub async fn list(
    app: &App,
    actor: &Actor,
    address: &Address,
    filter: &Filter,
) -> Result<MemberPage> {
    let cursor: Option<(MemberList, String, String)> = match &filter.paging.cursor {
        None => None,
        Some(cursor) => Some(
            serde_json::from_str(cursor)
                .map_err(|_| Error::BadRequest("this is no cursor of this list".to_owned()))?,
        ),
    };
    let mut tx = app.db.read().await?;
    let row = row(&mut tx, actor, address, Role::Viewer).await?;
    drop(tx);
    let version = row.version;
    let config: SegmentConfig = document::typed(row.document)?;
    let after = cursor
        .as_ref()
        .map(|(list, attribute, unit)| (*list, attribute.as_str(), unit.as_str()));
    let (mut matches, mut found) = (0, Vec::new());
    for key in matching(&config, filter) {
        matches += 1;
        if after.is_none_or(|after| key > after) {
            found.push(key);
        }
    }
    // Only what is shown needs its place among the others.
    let most = filter.paging.limit();
    let more = found.len() > most;
    if more {
        found.select_nth_unstable(most);
        found.truncate(most);
    }
    found.sort_unstable();
    let next_cursor = match found.last() {
        Some(last) if more => Some(document::text(last)?),
        _ => None,
    };
    Ok(MemberPage {
        version,
        matches,
        items: found.into_iter().map(member).collect(),
        next_cursor,
    })
}

fn matching<'c>(config: &'c SegmentConfig, filter: &'c Filter) -> impl Iterator<Item = Key<'c>> {
    let search = filter.search.as_deref().unwrap_or_default().to_lowercase();
    let wanted = filter.attribute.as_deref();
    let of = move |list: MemberList, named: Option<&str>| {
        filter.list.is_none_or(|only| only == list)
            && wanted.is_none_or(|wanted| members::attribute(Some(wanted)) == named)
    };
    let entries = lists(config).into_iter();
    let entries =
        entries.flat_map(|(list, entries)| entries.iter().map(move |entry| (list, entry)));
    entries
        .map(|(list, entry)| (list, members::attribute(entry.attribute.as_deref()), entry))
        .filter(move |(list, named, _)| of(*list, *named))
        .flat_map(|(list, named, entry)| {
            let units = entry.values.iter();
            units.map(move |unit| (list, named.unwrap_or_default(), unit.as_str()))
        })
        .filter(move |(_, _, unit)| {
            search.is_empty() || unit.contains(&search) || unit.to_lowercase().contains(&search)
        })
}

fn member((list, attribute, unit): Key<'_>) -> Member {
    Member {
        list,
        attribute: (!attribute.is_empty()).then(|| attribute.to_owned()),
        unit: unit.to_owned(),
    }
}

/// A change to members, as it was asked for.
#[derive(Clone, Debug, Default)]
pub struct Edit {
    /// A [`MembersEdit`](serin_api::segment::MembersEdit), not yet read.
    pub document: Value,
    /// The version that the author saw; not checked where absent.
    pub version: Option<u64>,
    /// Why, for the history.
    pub reason: Option<String>,
}

/// Adds and removes members by a change set of one change.
///
/// # Errors
/// As [`change_set::apply`].
pub async fn edit(
    app: &App,
    actor: &Actor,
    address: Address,
    edit: Edit,
    once: Option<Once>,
) -> Result<MembersOutcome> {
    let mut mistakes = Vec::new();
    fields::check_text(edit.reason.as_deref(), "/reason", &mut mistakes);
    if !mistakes.is_empty() {
        return Err(Error::Invalid(mistakes));
    }
    let actor = actor.clone();
    app.writer
        .run(move |work| {
            Box::pin(async move {
                let once = once.as_ref();
                if let Some(answer) = idempotency::before(work, &actor, once).await? {
                    return Ok(answer);
                }
                let answer = edit_in(work, &actor, &address, edit).await?;
                idempotency::after(work, &actor, once, &answer).await?;
                Ok(answer)
            })
        })
        .await
}

async fn edit_in(
    work: &mut Work,
    actor: &Actor,
    address: &Address,
    edit: Edit,
) -> Result<MembersOutcome> {
    let row = row(&mut work.tx, actor, address, Role::Editor).await?;
    let foreseen = foresee(row, &edit.document)?;
    let write = Write {
        project: address.project.clone(),
        reason: edit.reason,
        changes: vec![Change {
            kind: EntityKind::SegmentConfig,
            environment: Some(address.environment.clone()),
            key: address.segment.clone(),
            action: Action::Members,
            document: Some(edit.document),
            version: edit.version,
        }],
        ..Write::default()
    };
    let set = change_set::apply_in(work, actor, write).await?;
    Ok(MembersOutcome {
        version: set
            .changes
            .first()
            .map_or(foreseen.version, |it| it.version),
        lists: foreseen.lists,
    })
}

/// What an edit would come to, as things stand now; nothing is changed.
///
/// # Errors
/// As [`edit`], as far as that can be told beforehand.
pub async fn rehearse(
    app: &App,
    actor: &Actor,
    address: &Address,
    edit: &Value,
) -> Result<MembersOutcome> {
    let mut tx = app.db.read().await?;
    let row = row(&mut tx, actor, address, Role::Viewer).await?;
    drop(tx);
    foresee(row, edit)
}

/// Mistakes have the places that a change set of this one change would give them.
fn foresee(mut row: Row, edit: &Value) -> Result<MembersOutcome> {
    let lists = members::read(edit).and_then(|edit| members::edit(&mut row.document, &edit));
    Ok(MembersOutcome {
        version: row.version,
        lists: lists.map_err(|mistakes| members::refused(0, mistakes))?,
    })
}
