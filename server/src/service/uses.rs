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
    segment::{SegmentConfig, SegmentDefinition},
};
use uuid::Uuid;

use self::places::Named;
use super::{Actor, Error, Result, access, document};
use crate::{
    app::App,
    store::{self, Tx},
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
    let people = people(&mut tx, id).await?;
    let environments = store::environment::list(&mut tx, id).await?;
    let mut items = Vec::new();
    for environment in &environments {
        for (by, mut configuration) in configurations(&mut tx, environment.environment_id).await? {
            let Some(places) = configuration.named.remove(&wanted) else {
                continue;
            };
            let shown = people.get(&by);
            items.push(Use {
                environment: environment.key.clone(),
                kind: by.kind,
                key: by.key,
                name: shown.and_then(|shown| shown.name.clone()),
                archived: shown.is_some_and(|shown| shown.archived),
                places,
            });
        }
    }
    if kind == NodeKind::Flag {
        let live = store::release::live_of_flag(&mut tx, id, key).await?;
        items.extend(live.into_iter().filter_map(|release| {
            let mut found = environments.iter();
            let at = found.find(|it| it.environment_id == release.environment_id)?;
            Some(Use {
                environment: at.key.clone(),
                kind: NodeKind::Release,
                key: release.release_id.to_string(),
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
    let people = people(&mut tx, seen.project.project_id).await?;
    let mut enabled = BTreeMap::new();
    let mut edges = Vec::new();
    let mut connected = BTreeSet::new();
    for (from, configuration) in configurations(&mut tx, environment.environment_id).await? {
        for (to, places) in configuration.named {
            connected.extend([from.clone(), to.clone()]);
            edges.push(Edge {
                from: from.clone(),
                to,
                places,
            });
        }
        enabled.insert(from, configuration.enabled);
    }
    let nodes = connected.into_iter().map(|node| {
        let shown = people.get(&node);
        Node {
            name: shown.and_then(|shown| shown.name.clone()),
            enabled: enabled.get(&node).copied().flatten(),
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
    /// Absent for segments.
    enabled: Option<bool>,
    named: Named,
}

/// All configurations of an environment, by kind and key.
async fn configurations(
    tx: &mut Tx,
    environment_id: Uuid,
) -> Result<BTreeMap<NodeRef, Configuration>> {
    let mut all = BTreeMap::new();
    for row in store::entity::all_in_environment(tx, environment_id, "flag_config").await? {
        let config: FlagConfig = document::typed(row.document)?;
        let configuration = Configuration {
            enabled: Some(config.enabled),
            named: places::of_flag(&config),
        };
        let kind = NodeKind::Flag;
        all.insert(NodeRef { kind, key: row.key }, configuration);
    }
    for row in store::entity::all_in_environment(tx, environment_id, "segment_config").await? {
        let config: SegmentConfig = document::typed(row.document)?;
        let configuration = Configuration {
            enabled: None,
            named: places::of_segment(&config),
        };
        let kind = NodeKind::Segment;
        all.insert(NodeRef { kind, key: row.key }, configuration);
    }
    Ok(all)
}

/// What people are shown of a flag or segment.
struct Shown {
    name: Option<String>,
    archived: bool,
}

async fn people(tx: &mut Tx, project_id: Uuid) -> Result<BTreeMap<NodeRef, Shown>> {
    let mut all = BTreeMap::new();
    for row in store::entity::all_in_project(tx, project_id, "flag").await? {
        let definition: FlagDefinition = document::typed(row.document)?;
        let shown = Shown {
            name: definition.name,
            archived: definition.archived,
        };
        let kind = NodeKind::Flag;
        all.insert(NodeRef { kind, key: row.key }, shown);
    }
    for row in store::entity::all_in_project(tx, project_id, "segment").await? {
        let definition: SegmentDefinition = document::typed(row.document)?;
        let shown = Shown {
            name: definition.name,
            archived: false,
        };
        let kind = NodeKind::Segment;
        all.insert(NodeRef { kind, key: row.key }, shown);
    }
    Ok(all)
}
