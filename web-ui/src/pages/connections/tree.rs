//! From a graph to the tree that is seen from one of its nodes.

use serin_api::uses::{Edge, Graph, Node, NodeKind, NodeRef, Place};

/// Which way one looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// At what it names.
    Needs,
    /// At what names it.
    NeededBy,
}

/// A node as it is seen from the one above.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Branch {
    pub(super) kind: NodeKind,
    pub(super) key: String,
    pub(super) name: Option<String>,
    pub(super) enabled: Option<bool>,
    pub(super) archived: bool,
    /// Where the one names the other.
    pub(super) places: Vec<Place>,
    /// What is below it stands further up already.
    pub(super) again: bool,
    pub(super) below: Vec<Self>,
}

/// What is seen from a node. Everything is unfolded once: a graph may have more ways than
/// a page has room.
pub(super) fn branches(
    graph: &Graph,
    kind: NodeKind,
    key: &str,
    direction: Direction,
) -> Vec<Branch> {
    let root = NodeRef {
        kind,
        key: key.to_owned(),
    };
    let mut unfolded = vec![root.clone()];
    below(graph, &root, direction, &mut unfolded)
}

fn below(
    graph: &Graph,
    from: &NodeRef,
    direction: Direction,
    unfolded: &mut Vec<NodeRef>,
) -> Vec<Branch> {
    let ends = |edge: &'_ Edge| match direction {
        Direction::Needs => (edge.from.clone(), edge.to.clone()),
        Direction::NeededBy => (edge.to.clone(), edge.from.clone()),
    };
    let mut found = Vec::new();
    for edge in &graph.edges {
        let (near, far) = ends(edge);
        if near != *from {
            continue;
        }
        let mut nodes = graph.nodes.iter();
        let node = nodes.find(|node: &&Node| node.kind == far.kind && node.key == far.key);
        let again = unfolded.contains(&far);
        let below = if again {
            Vec::new()
        } else {
            unfolded.push(far.clone());
            below(graph, &far, direction, unfolded)
        };
        found.push(Branch {
            kind: far.kind,
            name: node.and_then(|node| node.name.clone()),
            enabled: node.and_then(|node| node.enabled),
            archived: node.is_some_and(|node| node.archived),
            key: far.key,
            places: edge.places.clone(),
            again,
            below,
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn graph(edges: &[(&str, &str)]) -> Graph {
        let end = |key: &str| json!({"kind": if key.starts_with('s') { "segment" } else { "flag" }, "key": key});
        let edges: Vec<_> = edges
            .iter()
            .map(|(from, to)| json!({"from": end(from), "to": end(to), "places": [{"path": "/rules/0"}]}))
            .collect();
        let nodes = json!([{"kind": "flag", "key": "b", "name": "Base", "enabled": false}]);
        serde_json::from_value(json!({"nodes": nodes, "edges": edges})).unwrap()
    }

    fn drawn(branches: &[Branch]) -> String {
        let drawn: Vec<String> = branches
            .iter()
            .map(|branch| {
                let again = if branch.again { "*" } else { "" };
                match branch.below.as_slice() {
                    [] => format!("{}{again}", branch.key),
                    below => format!("{}{again}({})", branch.key, drawn(below)),
                }
            })
            .collect();
        drawn.join(" ")
    }

    #[test]
    fn both_ways_and_each_part_once() {
        let graph = graph(&[
            ("a", "b"),
            ("a", "s1"),
            ("b", "s1"),
            ("s1", "s2"),
            ("c", "a"),
        ]);
        let look = |key, direction| drawn(&branches(&graph, NodeKind::Flag, key, direction));
        assert_eq!(look("a", Direction::Needs), "b(s1(s2)) s1*");
        assert_eq!(look("b", Direction::NeededBy), "a(c)");
        assert_eq!(look("c", Direction::NeededBy), "");
        let seen = branches(&graph, NodeKind::Flag, "a", Direction::Needs);
        assert_eq!(
            (seen[0].name.as_deref(), seen[0].enabled),
            (Some("Base"), Some(false))
        );
    }

    #[test]
    fn a_cycle_ends() {
        let graph = graph(&[("a", "b"), ("b", "a")]);
        assert_eq!(
            drawn(&branches(&graph, NodeKind::Flag, "a", Direction::Needs)),
            "b(a*)"
        );
    }
}
