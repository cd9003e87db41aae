//! Cycles in a graph of names, found without recursion: rulesets may chain thousands
//! of flags.

/// The strongly connected components of a graph.
pub(crate) struct Components {
    /// Every node once, each after all that it leads to (but for cycles).
    pub(crate) order: Vec<usize>,
    /// By node: the component that it is in.
    pub(crate) component: Vec<usize>,
    /// By node: whether it is on a cycle; an edge to itself is one.
    pub(crate) on_cycle: Vec<bool>,
}

const UNSEEN: usize = usize::MAX;

/// Tarjan's algorithm with a stack of its own; `edges[node]` lists where a node leads.
pub(crate) fn components<E: AsRef<[usize]>>(edges: &[E]) -> Components {
    let mut search = Search {
        edges,
        index: vec![UNSEEN; edges.len()],
        low: vec![0; edges.len()],
        open: Vec::new(),
        is_open: vec![false; edges.len()],
        visited: 0,
        found: 0,
        result: Components {
            order: Vec::with_capacity(edges.len()),
            component: vec![UNSEEN; edges.len()],
            on_cycle: vec![false; edges.len()],
        },
    };
    for node in 0..edges.len() {
        if search.index[node] == UNSEEN {
            search.run_from(node);
        }
    }
    search.result
}

struct Search<'e, E> {
    edges: &'e [E],
    index: Vec<usize>,
    low: Vec<usize>,
    open: Vec<usize>,
    is_open: Vec<bool>,
    visited: usize,
    found: usize,
    result: Components,
}

impl<E: AsRef<[usize]>> Search<'_, E> {
    fn run_from(&mut self, root: usize) {
        let mut path = vec![(root, 0)];
        self.enter(root);
        while let Some((node, next_edge)) = path.last_mut() {
            let node = *node;
            if let Some(&target) = self.edges[node].as_ref().get(*next_edge) {
                *next_edge += 1;
                if self.index[target] == UNSEEN {
                    self.enter(target);
                    path.push((target, 0));
                } else if self.is_open[target] {
                    self.low[node] = self.low[node].min(self.index[target]);
                }
                continue;
            }
            path.pop();
            if let Some((parent, _)) = path.last() {
                self.low[*parent] = self.low[*parent].min(self.low[node]);
            }
            if self.low[node] == self.index[node] {
                self.close(node);
            }
        }
    }

    fn enter(&mut self, node: usize) {
        self.index[node] = self.visited;
        self.low[node] = self.visited;
        self.visited += 1;
        self.open.push(node);
        self.is_open[node] = true;
    }

    /// Takes the component whose first node is `root` off the stack.
    fn close(&mut self, root: usize) {
        let alone = self.open.last() == Some(&root);
        let cyclic = !alone || self.edges[root].as_ref().contains(&root);
        while let Some(node) = self.open.pop() {
            self.is_open[node] = false;
            self.result.component[node] = self.found;
            self.result.on_cycle[node] = cyclic;
            self.result.order.push(node);
            if node == root {
                break;
            }
        }
        self.found += 1;
    }
}
