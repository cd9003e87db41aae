//! What names what: for those who want to take something away, and for the pages that
//! show what hangs together.

pub(crate) mod places;

use std::collections::{BTreeMap, BTreeSet};

use serin_api::{
    session::Role,
    uses::{Edge, Graph, Node, NodeKind, NodeRef, Use, Uses},
};
use serin_engine::{
    flag::{FlagConfig, FlagDefinition},
    segment::SegmentDefinition,
};
use uuid::Uuid;

use self::places::Named;
use super::{Actor, Error, Result, access, document};
use crate::{
    app::App,
    store::{self, Tx, entity::Address},
};

/// Everything that names a flag or segment, in all environments.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn of(
    app: &App,
    actor: &Actor,
    project: &str,
    kind: NodeKind,
    key: &str,
) -> Result<Uses> {
    let mut tx = app.db.read().await?;
    let seen = access::project(&mut tx, actor, project, Role::Viewer).await?;
    let id = seen.project.project_id;
    let entity = match kind {
        NodeKind::Flag => "flag",
        NodeKind::Segment => "segment",
        NodeKind::Release => return Err(Error::NotFound),
    };
    store::entity::in_project(&mut tx, id, entity, key)
        .await?
        .ok_or(Error::NotFound)?;
    let wanted = NodeRef {
        kind,
        key: key.to_owned(),
    };
    let environments = store::environment::list(&mut tx, id).await?;
    let mut naming = configurations(&mut tx, id, None, [key, key]).await?;
    naming.retain(|it| it.named.contains_key(&wanted));
    let people = people(&mut tx, id, naming.iter().map(|it| &it.of)).await?;
    let mut items = Vec::new();
    for environment in &environments {
        let here = naming
            .iter_mut()
            .filter(|it| it.environment_id == environment.environment_id);
        for Configuration { of, named, .. } in here {
            let shown = people.get(of);
            items.push(Use {
                environment: environment.key.clone(),
                kind: of.kind,
                key: of.key.clone(),
                name: shown.and_then(|shown| shown.name.clone()),
                archived: shown.is_some_and(|shown| shown.archived),
                places: named.remove(&wanted).unwrap_or_default(),
            });
        }
    }
    if kind == NodeKind::Flag {
        let live = store::release::live_of_flag(&mut tx, id, key).await?;
        items.extend(live.names().filter_map(|(environment_id, release_id)| {
            let mut found = environments.iter();
            let at = found.find(|it| it.environment_id == environment_id)?;
            Some(Use {
                environment: at.key.clone(),
                kind: NodeKind::Release,
                key: release_id.to_string(),
                name: None,
                archived: false,
                places: Vec::new(),
            })
        }));
    }
    Ok(Uses { items })
}

/// Which flags and segments of an environment name which.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn graph(app: &App, actor: &Actor, project: &str, environment: &str) -> Result<Graph> {
    let mut tx = app.db.read().await?;
    let (seen, environment) =
        access::environment(&mut tx, actor, project, environment, Role::Viewer).await?;
    let (id, within) = (seen.project.project_id, environment.environment_id);
    let mut edges = Vec::new();
    let mut connected = BTreeSet::new();
    // What names others has these members.
    for from in configurations(&mut tx, id, Some(within), ["flag", "segment"]).await? {
        for (to, places) in from.named {
            connected.extend([from.of.clone(), to.clone()]);
            edges.push(Edge {
                from: from.of.clone(),
                to,
                places,
            });
        }
    }
    let people = people(&mut tx, id, connected.iter()).await?;
    let enabled = enabled(&mut tx, id, within, &connected).await?;
    let nodes = connected.into_iter().map(|node| {
        let shown = people.get(&node);
        Node {
            name: shown.and_then(|shown| shown.name.clone()),
            enabled: enabled
                .get(&node.key)
                .copied()
                .filter(|_| node.kind == NodeKind::Flag),
            archived: shown.is_some_and(|shown| shown.archived),
            kind: node.kind,
            key: node.key,
        }
    });
    Ok(Graph {
        nodes: nodes.collect(),
        edges,
    })
}

/// What a configuration says of others.
struct Configuration {
    environment_id: Uuid,
    of: NodeRef,
    named: Named,
}

/// The configurations of a project, or of one environment, that have any of two texts in
/// them: by kind and key.
async fn configurations(
    tx: &mut Tx,
    project_id: Uuid,
    within: Option<Uuid>,
    texts: [&str; 2],
) -> Result<Vec<Configuration>> {
    let mut all = Vec::new();
    for (kind, name) in [
        (NodeKind::Flag, "flag_config"),
        (NodeKind::Segment, "segment_config"),
    ] {
        for row in store::entity::with_text(tx, project_id, within, name, texts).await? {
            let named = match kind {
                NodeKind::Segment => places::of_segment(&document::typed(row.document)?),
                _ => places::of_flag(&document::typed(row.document)?),
            };
            all.extend(row.environment_id.map(|environment_id| Configuration {
                environment_id,
                of: NodeRef { kind, key: row.key },
                named,
            }));
        }
    }
    all.sort_by(|left, right| left.of.cmp(&right.of));
    Ok(all)
}

/// Whether flags of an environment are on.
async fn enabled(
    tx: &mut Tx,
    project_id: Uuid,
    environment_id: Uuid,
    nodes: &BTreeSet<NodeRef>,
) -> Result<BTreeMap<String, bool>> {
    let flags = nodes.iter().filter(|node| node.kind == NodeKind::Flag);
    let addresses: Vec<Address> = flags
        .map(|flag| Address {
            project_id,
            environment_id: Some(environment_id),
            kind: "flag_config".into(),
            key: flag.key.clone(),
        })
        .collect();
    let mut enabled = BTreeMap::new();
    for row in store::entity::at(tx, &addresses).await? {
        let config: FlagConfig = document::typed(row.document)?;
        enabled.insert(row.key, config.enabled);
    }
    Ok(enabled)
}

/// What people are shown of a flag or segment.
struct Shown {
    name: Option<String>,
    archived: bool,
}

async fn people(
    tx: &mut Tx,
    project_id: Uuid,
    nodes: impl Iterator<Item = &NodeRef>,
) -> Result<BTreeMap<NodeRef, Shown>> {
    let nodes: BTreeSet<&NodeRef> = nodes.collect();
    let addresses: Vec<Address> = nodes
        .into_iter()
        .map(|node| Address {
            project_id,
            environment_id: None,
            kind: match node.kind {
                NodeKind::Segment => "segment".into(),
                _ => "flag".into(),
            },
            key: node.key.clone(),
        })
        .collect();
    let mut all = BTreeMap::new();
    for row in store::entity::at(tx, &addresses).await? {
        let (kind, shown) = if row.kind == "segment" {
            let definition: SegmentDefinition = document::typed(row.document)?;
            let archived = false;
            (NodeKind::Segment, (definition.name, archived))
        } else {
            let definition: FlagDefinition = document::typed(row.document)?;
            (NodeKind::Flag, (definition.name, definition.archived))
        };
        let (name, archived) = shown;
        all.insert(NodeRef { kind, key: row.key }, Shown { name, archived });
    }
    Ok(all)
}
